"""A proposed change: the rows of one page as its form would have saved them.

A money row or a text that readers see is corrected by a row that replaces it. What such rows rest
on has no second row: a donor's name, the footnotes of a pledge, the occasion of a statement. There
the change itself is submitted, and takes effect once somebody else approves it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Self

from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.serializers.base import DeserializedObject
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mptf_portal.editing import versions
from mptf_portal.editing.wording import Difference
from mptf_portal.publishing import REASON_LENGTH, PublicQuerySet, PublicRow, RestedOn


class ProposedChangeQuerySet(PublicQuerySet):
    """Questions about proposed changes."""

    def of(self, page: models.Model) -> Self:
        """Return what was proposed on the page of this row."""
        return self.filter(page=page._meta.label, page_key=page.pk)

    def rows_of(self, model: type[models.Model], keys: Iterable[int]) -> dict[int, Any]:
        """Return by key the rows of a model as they would be saved, of pages with these keys."""
        proposals = self.filter(page=model._meta.label, page_key__in=keys).order_by("pk")
        rows = chain.from_iterable(serializers.deserialize("python", one.rows) for one in proposals)
        return {one.object.pk: one.object for one in rows if isinstance(one.object, model)}


class ProposedChange(PublicRow):
    """What an officer entered on a page whose rows readers see; nothing of it shows before."""

    page = models.CharField(_("page"), max_length=100, help_text=_("As in contributions.Donor."))
    page_key = models.PositiveBigIntegerField(_("number"))
    title = models.CharField(_("what is changed"), max_length=300)
    why = models.TextField(_("why"))
    rows = models.JSONField(_("rows as they would be saved"), encoder=DjangoJSONEncoder)
    seen = models.JSONField(_("versions of the rows when it was entered"))
    words = models.JSONField(_("changes in words"), help_text=_("Row, field, before, after."))

    objects = ProposedChangeQuerySet.as_manager()

    untold = ("page", "page_key", "rows", "seen", "words")  # by its history: the page says it

    class Meta(PublicRow.Meta):
        verbose_name = _("proposed change")
        verbose_name_plural = _("proposed changes")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def of_rows(
        cls,
        page: models.Model,
        rows: Iterable[models.Model],
        differences: Sequence[tuple[str, Difference]],
        why: str,
    ) -> Self:
        """Return an unsaved proposal of these changed rows of a page; `differences` name the row.

        A row that is not on record yet has no key: it is added once the change takes effect.
        """
        return cls(
            page=page._meta.label,
            page_key=page.pk,
            title=f"{page._meta.verbose_name} {page}"[:300],
            why=why,
            rows=serializers.serialize("python", rows),
            words=[[name, str(one.field), one.before, one.after] for name, one in differences],
        )

    @property
    def differences(self) -> list[tuple[str, Difference]]:
        """Return each field that would change, with the row it belongs to."""
        return [(name, Difference(*one)) for name, *one in self.words]

    @property
    def in_words(self) -> str:
        """Return what an approver must see: every field before and after, and why."""
        changes = "; ".join(
            _("%(row)s, %(field)s: “%(before)s” → “%(after)s”")
            % {"row": row, "field": one.field, "before": one.before, "after": one.after}
            for row, one in self.differences
        )
        return f"{self.title} · {changes} · {self.why}"

    @property
    def state(self) -> str:
        """Return where the proposal stands; once it is approved, nothing of it is left to do."""
        return _("In effect") if self.public_from else super().state

    def clean(self) -> None:
        """Refuse an embargo: what a row says has no moment from which it says it."""
        super().clean()
        if self.public_from and self.public_from > timezone.now():
            raise ValidationError(
                _("A change of what readers see already takes effect at once; leave the day empty.")
            )

    def rests_on(self) -> list[Any]:
        """Return the donors that it names; whom readers do not know, they come to know by it."""
        return list(self._named(self._changed()))

    def _changed(self) -> list[DeserializedObject]:
        return list(serializers.deserialize("python", self.rows))

    @staticmethod
    def _named(changed: Iterable[DeserializedObject]) -> Iterator[models.Model]:
        """Yield what changed rows name of what is approved itself: by one key, and by several."""
        for one in changed:
            fields = [each for each in one.object._meta.concrete_fields if each.many_to_one]
            linked = [getattr(one.object, each.name) for each in fields]
            for name, keys in (one.m2m_data or {}).items():
                linked += one.object._meta.get_field(name).related_model.objects.filter(pk__in=keys)
            yield from (each for each in linked if isinstance(each, RestedOn))

    def take_effect(self) -> None:
        """Save the rows as they were proposed, in the name of who proposed it.

        Raises ValidationError, then nothing is saved, where one of them was changed meanwhile or
        breaks a rule by now.
        """
        changed = self._changed()
        on_record = [one.object for one in changed if one.object.pk]
        if any(self.seen[key] != found for key, found in versions.of(on_record).items()):
            raise ValidationError(
                _(
                    "Somebody changed it after this was proposed. Send the proposal back, so that "
                    "it is entered anew on what stands now."
                )
            )
        for one in changed:
            self._save(one.object, one.m2m_data or {})

    def _save(self, row: Any, chosen_of_several: dict[str, list]) -> None:
        row._state.adding = row.pk is None  # noqa: SLF001 (Django's documented attribute)
        row._history_user = self.history.earliest().history_user  # noqa: SLF001 (simple-history's attribute)
        row._change_reason = self.why[:REASON_LENGTH]  # noqa: SLF001 (simple-history's attribute)
        row.full_clean()
        row.save()
        for name, chosen in chosen_of_several.items():
            getattr(row, name).set(chosen)

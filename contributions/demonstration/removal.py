"""Take the demonstration out, with everything that was written while it was loaded."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from django.apps import apps
from django.db import models, transaction
from django.db.models import F, ProtectedError
from simple_history.models import HistoricalChanges

from contributions.models import Donor
from mptf_portal.models import Demonstration, PublicEffect, PublicEffectRow
from mptf_portal.publishing import DemonstrationField, PublicRow
from programmes.models import Result


@transaction.atomic
def remove() -> bool:
    """Take out every flagged row with its history, and tell whether a demonstration was loaded.

    What a flagged row had replaced is public again, such as a text that was corrected meanwhile. A
    flagged donor that an unflagged row rests on stays and is flagged no longer.
    """
    demonstration = Demonstration.objects.first()
    if demonstration is None:
        return False
    _give_results_back()
    models_flagged = flagged_models()
    ended = [row for model in models_flagged for row in _ended_by_flagged(model)]
    for model in models_flagged:
        _erase(model)
    _forget_effects(demonstration)
    demonstration.delete()
    for donor in Donor.objects.filter(demonstration=True).order_by(
        F("parent").asc(nulls_last=True)
    ):
        _let_go(donor)
    for row in ended:
        row.public_until = None
        row.save()
    return True


def _give_results_back() -> None:
    """Put a real result that rests on a correction made meanwhile on the programme's own row."""
    for result in Result.objects.filter(demonstration=False, programme__demonstration=True):
        while result.programme.demonstration and result.programme.replaces:
            result.programme = result.programme.replaces
        result.save()


def _forget_effects(demonstration: Demonstration) -> None:
    """Delete what acts changed while it was loaded: invented amounts were counted in all of it."""
    loaded = datetime.combine(demonstration.loaded_on, time.min, UTC)
    effects = PublicEffect.objects.filter(at__gte=loaded)
    PublicEffectRow.objects.filter(effect__in=effects).delete()
    effects.delete()


def flagged_models() -> list[type[models.Model]]:
    """Return every model whose rows are flagged on writing, whichever app it is of."""
    return [
        model
        for model in apps.get_models()
        if not issubclass(model, HistoricalChanges)
        and any(isinstance(field, DemonstrationField) for field in model._meta.fields)
    ]


def _ended_by_flagged(model: type[models.Model]) -> models.QuerySet:
    """Return the unflagged rows that ended in the instant in which a flagged one replaced them."""
    if not issubclass(model, PublicRow):
        return model.objects.none()
    by_flagged = {
        "replacements__demonstration": True,
        "replacements__public_from": F("public_until"),
    }
    return model.objects.filter(demonstration=False, **by_flagged)


def _erase(model: type[models.Model]) -> None:
    """Delete the flagged rows at once: the database asks about references at the end of it all."""
    rows = model.objects.filter(demonstration=True)
    history = model.history.filter(id__in=rows.values("pk"))
    for pairs in (*_pairs_of(rows), *_pairs_of_history(history)):
        pairs._raw_delete(pairs.db)  # noqa: SLF001 (nothing rests on a pair)
    history.delete()
    rows._raw_delete(rows.db)  # noqa: SLF001 (delete() refuses rows that replace each other)


def _pairs_of(rows: models.QuerySet) -> Iterator[models.QuerySet]:
    """Yield the rows' own pairs in the table that Django made for each many-to-many field."""
    for field in rows.model._meta.many_to_many:
        through = field.remote_field.through
        if through._meta.auto_created:
            yield through.objects.filter(**{f"{field.m2m_field_name()}__in": rows.values("pk")})


def _pairs_of_history(history: models.QuerySet) -> Iterator[models.QuerySet]:
    """Yield what simple-history keeps of those pairs; its foreign keys do nothing on deletion."""
    for relation in history.model._meta.related_objects:
        pairs = relation.related_model.objects
        yield pairs.filter(**{f"{relation.field.name}__in": history.values("pk")})


def _let_go(donor: Donor) -> None:
    pk = donor.pk
    try:
        with transaction.atomic():
            donor.delete()
    except ProtectedError:
        donor.demonstration = False
        donor.save()
    else:
        Donor.history.filter(id=pk).delete()

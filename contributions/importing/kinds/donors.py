"""Files of donors."""

from collections.abc import Iterable
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.importing.kinds.resources import Key, LedgerResource, Line, column, refuse
from contributions.importing.values import Text, Yes, text
from contributions.models import Donor
from programmes.models import Country
from proposals.models import ProposedChange


class DonorResource(LedgerResource):
    """Who gives, known by the short name, a government by its country, or by the name."""

    title = gettext_lazy("Donors")
    required = ("name", "kind")
    also = {"contributor/partner": "name", "contributor": "name", "partner": "name",
            "donor": "name", "iso3": "country", "country code": "country",
            "short name": "slug", "type": "kind"}  # fmt: skip

    along = ("country", "parent")

    name = column("name")
    slug = column("slug", key=True)
    kind = column("kind", Text(Donor.Kind.choices))
    country = column("country__iso3", name="country", key=True)
    parent = column("parent__slug", name="parent", key=True)
    global_south = column("global_south", Yes())

    class Meta(LedgerResource.Meta):
        model = Donor
        fields = ("name", "slug", "kind", "country", "parent", "global_south", "demonstration")

    def key_of(self, line: Line) -> Key:
        """Return the short name of whom the line is about, on record or new."""
        slug, name = text(line.get("slug")), text(line.get("name"))
        kind = text(line.get("kind")).casefold()
        if slug in self.slugs:
            return (slug,)
        known = None
        if not slug and kind in (Donor.Kind.GOVERNMENT, Donor.Kind.GOVERNMENT.label.casefold()):
            known = self.governments.get(text(line.get("country")))
        known = known or self.names.get(name.casefold())
        return (known.slug if known else slug or slugify(name),)

    def prepare(self, lines: Iterable[Line]) -> None:
        """Read the countries and governments, and how donors are called."""
        self.countries = {row.iso3: row for row in Country.objects.all()}
        self.governments = Donor.objects.governments()
        self.names = {row.name.casefold(): row for row in Donor.objects.all()}
        self.slugs = {row.slug for row in self.names.values()}
        self.in_file: dict[str, Any] = getattr(self, "in_file", {})
        slugs = {text(line.get("parent")) for line in lines}
        self.parents = {row.slug: row for row in Donor.objects.filter(slug__in=slugs)}

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:
        """Return the donors of these short names, each after how an open proposal would have it."""
        slugs = [key[0] for key in keys]
        rows = Donor.objects.select_related("country", "parent").filter(slug__in=slugs)
        proposals = ProposedChange.objects.unpublished()
        self.proposed = proposals.rows_of(Donor, [row.pk for row in rows])
        found: dict[Key, list[Any]] = {(row.slug,): [row] for row in rows}
        for row in rows:
            if row.pk in self.proposed:
                found[row.slug,].insert(0, self.proposed[row.pk])
        self.known = set(rows.approved().values_list("pk", flat=True))
        return found

    def refuse_locked(self, row: Donor) -> None:
        """Refuse a donor of whom a change is proposed."""
        if row.pk in self.proposed:
            refuse(_("A change of it is proposed already. Have that decided on, or withdraw it."))

    def begin(self, line: Line) -> Donor:
        """Return a donor with the short name."""
        (slug,) = self.key_of(line)
        if not slug:
            refuse(
                _("slug: “%(name)s” makes none. Give a short name in Latin letters."),
                name=text(line.get("name")),
            )
        return Donor(slug=slug)

    def fill(self, row: Donor, line: Line) -> None:
        """Write the columns; countries and governments by their codes."""
        super().fill(row, line)
        for name, known in (("country", self.countries), ("parent", self.parents)):
            if name in line:
                code = text(line[name])
                if code and code not in known:
                    refuse(_("%(column)s: “%(code)s” is not known."), column=name, code=code)
                setattr(row, name, known.get(code))
        slug = text(line.get("slug"))
        if slug and slug != row.slug:
            self._rename(row, slug)

    def _rename(self, row: Donor, slug: str) -> None:
        """Give another short name to a donor whom readers do not know by it."""
        if row.pk in self.known:
            refuse(
                _("slug: readers know this donor as “%(known)s”. Write that, or leave it empty."),
                known=row.slug,
            )
        row.slug = slug

    def check(self, row: Donor, line: Line) -> None:  # noqa: ARG002
        """Refuse another donor's name, and what else the ledger's rules refuse."""
        name = row.name.casefold()
        known = self.names.get(name)
        if known is not None and known.pk != row.pk:
            refuse(_("name: another donor, “%(slug)s”, has this name."), slug=known.slug)
        if self.in_file.setdefault(name, row.pk or row.slug) != (row.pk or row.slug):
            refuse(_("name: “%(name)s” stands twice in the file."), name=row.name)
        if row.kind == Donor.Kind.GOVERNMENT and row.country is None:
            refuse(_("country: a government has a country."))
        if row.parent is not None and row.kind != Donor.Kind.AGENCY:
            refuse(_("parent: only an agency belongs to a government."))

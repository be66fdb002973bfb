"""Files of joint programmes and of their results."""

from collections.abc import Iterable
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field

from contributions.importing.kinds.resources import Key, LedgerResource, Line, column, refuse
from contributions.importing.values import Amount, Day, Text, Whole, text
from mptf_portal.dates import Precision, end_of_period, today
from programmes.models import Country, JointProgramme, Objective, Result


class ProgrammeResource(LedgerResource):
    """Joint programmes, known by their short name in addresses."""

    title = gettext_lazy("Joint programmes")
    required = ("slug", "title", "short_title")
    also = {"project number": "gateway_number", "project id": "gateway_number",
            "project": "title", "short name": "slug", "short title": "short_title",
            "budget": "budget_usd", "approved budget": "budget_usd",
            "net funded amount": "net_funded_usd", "expenditure": "expenditure_usd",
            "start date": "start_on", "end date": "end_on"}  # fmt: skip
    several = {"countries": (Country, "iso3"), "objectives": (Objective, "number")}

    slug = column("slug", key=True)
    title_ = column("title", name="title")
    short_title = column("short_title")
    summary = column("summary")
    gateway_number = column("gateway_number")
    region = column("region")
    status = column("status", Text(JointProgramme.Status.choices))
    status_on = column("status_on", Day())
    start_on = column("start_on", Day())
    end_on = column("end_on", Day())
    duration_months = column("duration_months", Whole())
    budget_usd = column("budget_usd", Amount())
    budget_as_of = column("budget_as_of", Day())
    net_funded_usd = column("net_funded_usd", Amount())
    net_funded_as_of = column("net_funded_as_of", Day())
    expenditure_usd = column("expenditure_usd", Amount())
    expenditure_as_of = column("expenditure_as_of", Day())
    countries = Field(column_name="countries", readonly=True)
    objectives = Field(column_name="objectives", readonly=True)

    class Meta(LedgerResource.Meta):
        model = JointProgramme
        fields = ("slug", "title_", "short_title", "summary", "gateway_number", "region", "status",
                  "status_on", "start_on", "end_on", "duration_months", "budget_usd",
                  "budget_as_of", "net_funded_usd", "net_funded_as_of", "expenditure_usd",
                  "expenditure_as_of", "countries", "objectives",
                  "public_until", "demonstration")  # fmt: skip

    def dehydrate_countries(self, row: JointProgramme) -> str:
        """Return the codes of the countries."""
        return "; ".join(sorted(one.iso3 for one in row.countries.all()))

    def dehydrate_objectives(self, row: JointProgramme) -> str:
        """Return the numbers of the objectives."""
        return "; ".join(map(str, sorted(one.number for one in row.objectives.all())))

    def key_of(self, line: Line) -> Key:
        """Return the short name."""
        return (text(line.get("slug")),)

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:
        """Return the programmes of these short names."""
        found: dict[Key, list[Any]] = {}
        rows = JointProgramme.objects.filter(slug__in=[key[0] for key in keys])
        for row in rows.order_by("-pk"):
            found.setdefault((row.slug,), []).append(row)
        return found

    def begin(self, line: Line) -> JointProgramme:
        """Return a programme of the short name."""
        slug = self.key_of(line)[0]
        if slug != slugify(slug):
            refuse(_("slug: small letters, figures and hyphens alone, as in “border-work”."))
        return JointProgramme(slug=slug)

    def follow(self, row: JointProgramme, old: JointProgramme | None) -> None:  # noqa: ARG002
        """Set how far the days are known, and that a day to come is planned."""
        for name in ("start", "end"):
            _know(row, f"{name}_on", f"{name}_precision")
            day = getattr(row, f"{name}_on")
            if day is not None and day > today():
                setattr(row, f"{name}_planned", True)


class ResultResource(LedgerResource):
    """Results, known by their programme and key."""

    title = gettext_lazy("Results")
    required = ("programme", "key", "figure", "unit", "what", "source", "source_url")
    also = {"joint programme": "programme", "number": "figure", "source address": "source_url"}

    along = ("programme",)

    programme = column("programme__slug", name="programme", key=True)
    key = column("key", key=True)
    qualifier = column("qualifier", Text(Result.Qualifier.choices))
    figure = column("figure", Amount())
    unit = column("unit")
    what = column("what")
    as_of = column("as_of", Day())
    as_of_precision = column("as_of_precision", Text(Precision.choices))
    as_of_words = column("as_of_words")
    source = column("source")
    source_url = column("source_url")

    class Meta(LedgerResource.Meta):
        model = Result
        fields = ("programme", "key", "qualifier", "figure", "unit", "what", "as_of",
                  "as_of_precision", "as_of_words", "source", "source_url",
                  "public_until", "demonstration")  # fmt: skip

    def key_of(self, line: Line) -> Key:
        """Return the programme's short name and the result's key."""
        return text(line.get("programme")), text(line.get("key"))

    def prepare(self, lines: Iterable[Line]) -> None:
        """Read the programmes, of each the row that readers see or will see."""
        slugs = {text(line.get("programme")) for line in lines}
        rows = JointProgramme.objects.filter(slug__in=slugs, public_until=None)
        self.programmes = {row.slug: row for row in rows.order_by("public_from", "pk")}

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:
        """Return the results of these programmes and keys."""
        found: dict[Key, list[Any]] = {}
        named = {key[1] for key in keys}
        rows = Result.objects.filter(key__in=named)
        for row in rows.select_related("programme").order_by("-pk"):
            found.setdefault((row.programme.slug, row.key), []).append(row)
        return found

    def begin(self, line: Line) -> Result:
        """Return a result of the programme."""
        slug, key = self.key_of(line)
        if slug not in self.programmes:
            refuse(_("programme: “%(slug)s” is not on record."), slug=slug)
        return Result(programme=self.programmes[slug], key=key)

    def follow(self, row: Result, old: Result | None) -> None:  # noqa: ARG002
        """Set how far the day is known."""
        _know(row, "as_of", "as_of_precision")


def _know(row: Any, day: str, precision: str) -> None:
    """Let a date be one of a day where nothing else is said; store a period as its last day."""
    known = getattr(row, day)
    so_far = "" if known is None else getattr(row, precision) or Precision.DAY.value
    setattr(row, precision, so_far)
    if known is not None:
        setattr(row, day, end_of_period(known, so_far))

"""Files of funding targets."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.importing.kinds.resources import (
    YEARS,
    Key,
    LedgerResource,
    Line,
    RefusedRowError,
    column,
    refuse,
)
from contributions.importing.values import Amount, Day, Text, Whole, text
from contributions.models import FundingTarget


class TargetResource(LedgerResource):
    """Targets, an annual one known by its year, another by its period."""

    title = gettext_lazy("Funding targets")
    required = ("amount_usd", "source")
    also = {"target_usd": "amount_usd", "target": "amount_usd", "measured on": "basis"}

    kind = column("kind", Text(FundingTarget.Kind.choices))
    year = column("year", Whole())
    period = column("period")
    amount_usd = column("amount_usd", Amount())
    basis = column("basis", Text(FundingTarget.Basis.choices))
    announced_by = column("announced_by")
    announced_on = column("announced_on", Day())
    source = column("source")
    source_url = column("source_url")

    class Meta(LedgerResource.Meta):
        model = FundingTarget
        fields = ("kind", "year", "period", "amount_usd", "basis", "announced_by",
                  "announced_on", "source", "source_url", "public_until",
                  "demonstration")  # fmt: skip

    def key_of(self, line: Line) -> Key:
        """Return the year, or the period."""
        try:
            year = Whole().clean(line.get("year"), writing=self.writing)
        except ValueError as error:
            raise RefusedRowError(f"year: {error}") from error
        return year, text(line.get("period"))

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:  # noqa: ARG002
        """Return all targets: they are few."""
        found: dict[Key, list[Any]] = {}
        for row in FundingTarget.objects.order_by("-pk"):
            found.setdefault((row.year, row.period), []).append(row)
        return found

    def begin(self, line: Line) -> FundingTarget:
        """Return a target; one with a year is an annual one."""
        kinds = FundingTarget.Kind
        return FundingTarget(kind=kinds.ANNUAL if text(line.get("year")) else kinds.CAPITALISATION)

    def check(self, row: FundingTarget, line: Line) -> None:  # noqa: ARG002
        """Refuse what the ledger's rules refuse."""
        if row.amount_usd is None or row.amount_usd <= 0:
            refuse(_("amount_usd: a target is above zero."))
        is_annual = row.kind == FundingTarget.Kind.ANNUAL
        if is_annual != bool(row.year) or is_annual == bool(row.period):
            refuse(_("year: an annual target has a year and no period, another one the reverse."))
        if row.year and row.year not in YEARS:
            refuse(_("year: from 2019, when the Fund began, to 2100."))

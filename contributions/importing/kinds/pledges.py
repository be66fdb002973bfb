"""Files of pledges and of the deposits on them."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
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
from contributions.importing.values import Amount, Day, Text, Whole, amount, day, text
from contributions.models import Deposit, Donor, ExchangeRate, Pledge, PledgeEntry
from contributions.models.pledges import DOLLAR
from mptf_portal.money import ZERO, format_amount


def key_of(pledge: Pledge) -> Key:
    """Return what lines call the pledge: see `OfAPledge.agreed`."""
    if pledge.agreement_reference:
        return pledge.agreement_reference, pledge.funding_year
    return "", pledge.funding_year, pledge.donor.name, pledge.currency


class OfAPledge(LedgerResource):
    """Lines about a pledge: its agreement reference and funding year lead to it."""

    along = ("pledge__donor",)

    agreement_reference = column(
        "pledge__agreement_reference", name="agreement_reference", key=True
    )
    funding_year = column("pledge__funding_year", Whole(), "funding_year", key=True)
    donor = column("pledge__donor__name", name="donor", key=True)
    currency = column("pledge__currency", name="currency", key=True)

    def needed(self, line: Line) -> Iterable[str]:
        """Return the columns that are not empty; a pledge on record may have no reference."""
        return [name for name in super().needed(line) if name != "agreement_reference"]

    def agreed(self, line: Line) -> Key:
        """Return the agreement reference and funding year of a line.

        Without a reference, the donor and the currency say which pledge of the year it is.
        """
        try:
            year = amount(line.get("funding_year"), self.writing)
        except ValueError as error:
            raise RefusedRowError(f"funding_year: {error}") from error
        if year is not None and year != int(year):
            refuse(_("funding_year: “%(year)s” is no year."), year=year)
        reference = text(line.get("agreement_reference"))
        year = None if year is None else int(year)
        if reference:
            return reference, year
        donor = self.donor_of(line) or text(line.get("donor"))
        return "", year, str(donor), text(line.get("currency"))

    def read_pledges(self, lines: Iterable[Line]) -> None:
        """Add the pledges that these lines name to those known of the file."""
        if not hasattr(self, "pledges"):
            donors = Donor.objects.all()
            names = {name.casefold(): row for row in donors for name in (row.name, row.slug)}
            codes = {code.casefold(): row for code, row in donors.governments().items()}
            self.donors = codes | names
            self.pledges: dict[Key, Pledge] = {}
            self.spelt: dict[Key, str] = {}
        references = {text(line.get("agreement_reference")) for line in lines}
        if "" in references and not hasattr(self, "ambiguous"):
            self.pledges |= self._only_ones()
        known = Pledge.objects.exclude(agreement_reference="").select_related("donor")
        small = {reference.lower() for reference in references}
        rows = known.annotate(small=Lower("agreement_reference")).filter(small__in=small)
        for row in rows.order_by("-pk"):
            self.pledges.setdefault(key_of(row), row)
            self.spelt.setdefault((row.small, row.funding_year), row.agreement_reference)

    def _only_ones(self) -> dict[Key, Pledge]:
        """Return the pledges without a reference of which anything stands, where it is but one."""
        standing = Q(Exists(PledgeEntry.objects.filter(pledge=OuterRef("pk"), public_until=None)))
        standing |= Q(Exists(Deposit.objects.filter(pledge=OuterRef("pk"), public_until=None)))
        rows = Pledge.objects.filter(standing, agreement_reference="").select_related("donor")
        counts = Counter(map(key_of, rows))
        self.ambiguous = {key for key, count in counts.items() if count > 1}
        return {key_of(row): row for row in rows if key_of(row) not in self.ambiguous}

    def refuse_unreferenced(self, agreed: Key) -> None:
        """Refuse a line without a reference, of which no pledge is found."""
        reference, *others = agreed
        if reference:
            return
        if agreed in self.ambiguous:
            refuse(
                _(
                    "agreement_reference: the cell is empty, and so is that of several pledges of "
                    "%(others)s. Give them their references on their pages first."
                ),
                others=", ".join(map(str, others)),
            )
        refuse(
            _(
                "agreement_reference: the cell is empty. A new pledge needs it; one on record "
                "without it is found by its donor, year and currency, and none has these."
            )
        )

    def donor_of(self, line: Line) -> Donor | None:
        """Return whom the line names: a donor, or a government by the code of its country."""
        return self.donors.get(text(line.get("donor")).casefold())

    def refuse_another(self, pledge: Pledge, line: Line) -> None:
        """Refuse a line that calls the pledge's donor or currency something else."""
        currency, donor = text(line.get("currency")), text(line.get("donor"))
        if currency and currency != pledge.currency:
            refuse(
                _("currency: the pledge is in %(known)s, not in %(typed)s."),
                known=pledge.currency,
                typed=currency,
            )
        if donor and self.donor_of(line) != pledge.donor:
            refuse(
                _("donor: the agreement is of %(known)s, not of %(typed)s."),
                known=pledge.donor,
                typed=donor,
            )


class PledgeResource(OfAPledge):
    """Entries of pledges; a line of a new agreement and year makes its pledge, too."""

    title = gettext_lazy("Pledges")
    required = ("donor", "agreement_reference", "funding_year", "currency", "amount", "dated")
    also = {"contributor/partner": "donor", "contributor": "donor", "partner": "donor",
            "commitment": "amount", "pledge": "amount", "agreement": "agreement_reference",
            "agreement reference": "agreement_reference", "year": "funding_year",
            "funding year": "funding_year", "signature date": "dated", "date": "dated",
            "signed on": "dated", "stage": "kind"}  # fmt: skip

    kind = column("kind", Text(PledgeEntry.Kind.choices))
    dated = column("dated", Day())
    amount = column("amount", Amount())
    reason = column("reason")
    evidence = column("evidence")
    earmark = column("pledge__earmark", name="earmark", key=True)
    conditions = column("pledge__conditions", name="conditions", key=True)

    class Meta(LedgerResource.Meta):
        model = PledgeEntry
        fields = ("donor", "agreement_reference", "funding_year", "currency", "kind", "dated",
                  "amount", "reason", "evidence", "earmark", "conditions",
                  "public_until", "demonstration")  # fmt: skip
        export_order = fields

    def needed(self, line: Line) -> Iterable[str]:
        """Return the columns that are not empty; a cancellation has no amount."""
        cancelled = PledgeEntry.Kind.CANCELLED
        named = text(line.get("kind")).casefold() in (cancelled, cancelled.label.casefold())
        return [name for name in super().needed(line) if not (named and name == "amount")]

    def key_of(self, line: Line) -> Key:
        """Return the agreement reference, the year and the day."""
        try:
            return (*self.agreed(line), day(line.get("dated"), self.writing))
        except ValueError as error:
            raise RefusedRowError(f"dated: {error}") from error

    def prepare(self, lines: Iterable[Line]) -> None:
        """Read the pledges, the donors and the rates in force."""
        self.read_pledges(list(lines))
        if not hasattr(self, "rates"):
            self.rates: dict[str, list[ExchangeRate]] = {}
            for rate in ExchangeRate.objects.order_by("-effective_on"):
                self.rates.setdefault(rate.currency, []).append(rate)

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:
        """Return the entries of these pledges and days."""
        keys = set(keys)
        pledges = [self.pledges[key[:-1]].pk for key in keys if key[:-1] in self.pledges]
        found: dict[Key, list[Any]] = {}
        rows = PledgeEntry.objects.filter(pledge__in=[pk for pk in pledges if pk])
        for row in rows.select_related("pledge__donor").order_by("-pk"):
            found.setdefault((*key_of(row.pledge), row.dated), []).append(row)
        return found

    def meant(self, rows: list[PledgeEntry], line: Line) -> list[PledgeEntry]:
        """Put entries of the line's own kind first: two of a day may wait for one to be chosen."""
        typed = text(line.get("kind")).casefold()
        return sorted(
            rows, key=lambda row: typed not in (row.kind, row.get_kind_display().casefold())
        )

    def begin(self, line: Line) -> PledgeEntry:
        """Return an entry of the pledge, which is new where the agreement has none of the year."""
        agreed = self.agreed(line)
        if agreed not in self.pledges:
            self.refuse_unreferenced(agreed)
        pledge = self.pledges.get(agreed) or self._new_pledge(agreed, line)
        return PledgeEntry(pledge=pledge, kind=PledgeEntry.Kind.SIGNED)

    def _new_pledge(self, agreed: Key, line: Line) -> Pledge:
        if spelt := self.spelt.get((agreed[0].lower(), agreed[1])):
            refuse(
                _("agreement_reference: it is on record as “%(spelt)s”. Write it so."), spelt=spelt
            )
        donor = self.donor_of(line)
        if donor is None:
            refuse(
                _("donor: “%(name)s” is not on record. Import or enter the donor first."),
                name=text(line.get("donor")),
            )
        pledge = Pledge(
            donor=donor,
            agreement_reference=agreed[0],
            funding_year=agreed[1],
            currency=text(line.get("currency")),
            earmark=text(line.get("earmark")),
            conditions=text(line.get("conditions")),
        )
        try:
            pledge.clean_fields(exclude=["donor"])
        except ValidationError as error:
            raise RefusedRowError(
                [f"{name}: {one}" for name, said in error.message_dict.items() for one in said]
            ) from error
        if pledge.currency != DOLLAR and pledge.currency not in self.rates:
            refuse(
                _("currency: no UN operational rate of “%(code)s” is on record."),
                code=pledge.currency,
            )
        if pledge.funding_year not in YEARS:
            refuse(_("funding_year: from 2019, when the Fund began, to 2100."))
        self.pledges[agreed] = pledge
        return pledge

    def check(self, row: PledgeEntry, line: Line) -> None:
        """Refuse another pledge's words, and an amount that is none."""
        pledge = row.pledge
        self.refuse_another(pledge, line)
        for name in ("earmark", "conditions"):
            if name in line and text(line[name]) != text(getattr(pledge, name)):
                refuse(
                    _("%(column)s: the pledge says “%(known)s”. Change its terms on its page."),
                    column=name,
                    known=getattr(pledge, name),
                )
        if row.kind == PledgeEntry.Kind.CANCELLED:
            if not row.reason:
                refuse(_("reason: say why the pledge was cancelled."))
            if row.amount is not None:
                refuse(_("amount: a cancellation has none, what was deposited stays. Empty it."))
        elif row.amount is None or row.amount <= 0:
            refuse(_("amount: a pledge is above zero. A refund is entered as a deposit below it."))

    def follow(self, row: PledgeEntry, old: PledgeEntry | None) -> None:
        """Value a new amount: an entry on record keeps its rate, as it does in its form."""
        if old is not None and row.amount == old.amount:
            return
        if row.amount is None or row.rate is not None or row.pledge.currency == DOLLAR:
            row.set_value()
            return
        known = self.rates.get(row.pledge.currency, [])
        row.take_rate(next((rate for rate in known if rate.effective_on <= row.dated), None))


class DepositResource(OfAPledge):
    """What the Administrative Agent received, known by its reference."""

    title = gettext_lazy("Deposits")
    required = ("agent_reference", "agreement_reference", "funding_year", "received_on",
                "amount", "amount_usd")  # fmt: skip
    also = {"contributor/partner": "donor", "contributor": "donor", "partner": "donor",
            "deposit": "amount_usd", "deposit usd": "amount_usd", "amount usd": "amount_usd",
            "us dollars": "amount_usd", "amount in currency": "amount",
            "agreement reference": "agreement_reference", "agreement": "agreement_reference",
            "year": "funding_year", "funding year": "funding_year", "date": "received_on",
            "deposit date": "received_on", "value date": "received_on",
            "received on": "received_on", "transaction reference": "agent_reference",
            "reference": "agent_reference",
            "administrative agent's reference": "agent_reference"}  # fmt: skip

    agent_reference = column("agent_reference", key=True)
    received_on = column("received_on", Day())
    amount = column("amount", Amount())
    amount_usd = column("amount_usd", Amount())
    evidence = column("evidence")

    class Meta(LedgerResource.Meta):
        model = Deposit
        fields = ("agent_reference", "donor", "agreement_reference", "funding_year", "currency",
                  "received_on", "amount", "amount_usd", "evidence", "public_until",
                  "demonstration")  # fmt: skip
        export_order = fields

    def key_of(self, line: Line) -> Key:
        """Return the Administrative Agent's reference."""
        return (text(line.get("agent_reference")),)

    def prepare(self, lines: Iterable[Line]) -> None:
        """Read the pledges."""
        lines = list(lines)
        self.read_pledges(lines)
        self._read_held(row for row in map(self._named, lines) if row is not None)

    def _named(self, line: Line) -> Pledge | None:
        try:
            return self.pledges.get(self.agreed(line))
        except RefusedRowError:  # it is told with its line
            return None

    def _read_held(self, pledges: Iterable[Pledge]) -> None:
        """Add what is held of these pledges; from then on the lines of the file are counted."""
        self.held: dict[int, Decimal] = getattr(self, "held", {})
        unread = {row.pk for row in pledges} - self.held.keys()
        paid = Deposit.objects.on_record().filter(pledge__in=unread).paid_by_pledge()
        self.held |= {pk: paid[pk][0] if pk in paid else ZERO for pk in unread}

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:
        """Return the deposits of these references."""
        references = [key[0] for key in keys]
        known = Deposit.objects.filter(agent_reference__in=references)
        rows = known.select_related("pledge__donor", "replaces").order_by("-pk")
        self._read_held(row.pledge for row in rows)
        found: dict[Key, list[Any]] = {}
        for row in rows:
            found.setdefault((row.agent_reference,), []).append(row)
        return found

    def begin(self, line: Line) -> Deposit:
        """Return a deposit on the pledge."""
        agreed = self.agreed(line)
        if agreed not in self.pledges:
            self.refuse_unreferenced(agreed)
            refuse(
                _("agreement_reference: “%(reference)s” has no pledge for %(year)s on record."),
                reference=agreed[0],
                year=agreed[1],
            )
        return Deposit(pledge=self.pledges[agreed], agent_reference=self.key_of(line)[0])

    def check(self, row: Deposit, line: Line) -> None:
        """Refuse amounts that are none, of two signs, or two of one dollar."""
        self.refuse_another(row.pledge, line)
        if not row.amount or not row.amount_usd or (row.amount > 0) != (row.amount_usd > 0):
            refuse(_("amount: a deposit is above zero and a refund below, in both currencies."))
        if row.pledge.currency == DOLLAR and row.amount != row.amount_usd:
            refuse(_("amount_usd: the pledge is in US dollars, so that both amounts are the same."))
        if key_of(row.pledge) != self.agreed(line):
            refuse(
                _("agreement_reference: this deposit is on record for %(pledge)s."),
                pledge=row.pledge,
            )

    def weigh(self, row: Deposit, old: Deposit | None) -> None:
        """Refuse a refund above what is held of its pledge, the lines above included."""
        others = self.held[row.pledge_id] - _counted(old)
        if row.is_refund and -row.amount > max(others, ZERO):
            refuse(
                _(
                    "amount: %(refund)s is more than the %(held)s deposited on this pledge and not "
                    "paid back. Put deposits above their refunds."
                ),
                refund=format_amount(-row.amount, row.pledge.currency),
                held=format_amount(max(others, ZERO), row.pledge.currency),
            )
        if old is None or (old.is_draft and old.replaces_id is None):
            self.held[row.pledge_id] = others + row.amount


def _counted(old: Deposit | None) -> Decimal:
    """Return what the sum on record holds of a row: of a correction, what that corrects."""
    row = old.replaces if old is not None and old.is_draft and old.replaces_id else old
    return row.amount if row is not None and row.public_until is None else ZERO

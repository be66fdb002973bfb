"""What kinds of files there are: their columns, and which row of the ledger a line is about.

A column is a field of an import-export resource, so that what a list exports is read again. Columns
that name the row itself (`KEYS`) are never written; a natural key leads from them to the row: the
agreement reference and year of a pledge, the Administrative Agent's reference of a deposit, ISO
codes, short names.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import ModelResource

from contributions.importing.values import Amount, Day, Text, Whole, Writing, Yes, amount, day, text
from contributions.models import Deposit, Donor, ExchangeRate, FundingTarget, Pledge, PledgeEntry
from contributions.models.pledges import DOLLAR
from mptf_portal.editing.lists import downloadable
from programmes.models import Country, JointProgramme, Objective, Result
from proposals.models import ProposedChange

Line = Mapping[str, Any]  # a row of the file by the names of our columns
Key = tuple[Any, ...]
YEARS = range(2019, 2101)  # the Fund began in 2019
ENDED = "public_until"  # the column that a line of a replaced or withdrawn row fills


class RefusedRowError(ValidationError):
    """A line that cannot be brought in; the message names its cells and the way out."""


class LedgerResource(ModelResource):
    """One kind of file. A subclass says how lines and rows of the ledger find each other."""

    title: ClassVar[Any]
    required: ClassVar[tuple[str, ...]]
    also: ClassVar[dict[str, str]] = {}  # other headings of a column, in small letters
    several: ClassVar[dict[str, tuple[type[models.Model], str]]] = {}  # columns of many codes

    public_until = Field(column_name=ENDED, readonly=True)
    demonstration = Field("demonstration", "demonstration", Yes(), readonly=True)

    class Meta:
        clean_model_instances = False

    def __init__(self, writing: Writing | None = None) -> None:
        """Read cells as this file writes them."""
        super().__init__()
        self.writing = writing or Writing()
        self._codes: dict[type[models.Model], dict[str, Any]] = {}

    def dehydrate_public_until(self, row: Any) -> str:
        """Return when the row was replaced or withdrawn; most rows stand."""
        until = getattr(row, ENDED, None)
        return until.isoformat(timespec="seconds") if until else ""

    def key_of(self, line: Line) -> Key:
        """Return the natural key of a line."""
        raise NotImplementedError

    def prepare(self, lines: Iterable[Line]) -> None:
        """Read at once what the lines name."""

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:
        """Return by natural key the rows that stand and those that ended, the latest first."""
        raise NotImplementedError

    def begin(self, line: Line) -> Any:
        """Return a new row that a line is about. Raises RefusedRowError where it names nothing."""
        raise NotImplementedError

    def check(self, row: Any, line: Line) -> None:
        """Raise RefusedRowError where the filled row breaks a rule of the ledger."""

    def refuse_locked(self, row: Any) -> None:
        """Raise RefusedRowError where the row on record is not changed as it stands."""
        if row.is_submitted:
            _refuse(_("It waits for an approver. Take it back first, or let it be."))
        if row.public_from is not None and not row.is_locked:
            _refuse(_("It is under an embargo. Send it back first, or let it be."))

    def fill(self, row: Any, line: Line) -> None:
        """Write the columns of the file, and no others, into the row."""
        errors = []
        for field in self.fields.values():
            name = field.column_name
            if name not in line or field.readonly:
                continue
            try:
                value = field.clean(line, writing=self.writing)
                column = row._meta.get_field(field.attribute)
                if value is None and not column.null:
                    value = column.get_default()
                setattr(row, field.attribute, column.clean(value, row))
            except (ValueError, ValidationError) as error:
                said = getattr(error, "messages", None) or [str(error)]
                errors += [f"{name}: {message}" for message in said]
        if errors:
            raise RefusedRowError(errors)

    def chosen(self, line: Line) -> dict[str, list[Any]]:
        """Return for each column of many codes the rows that they name."""
        found = {}
        for name, (model, code) in self.several.items():
            if name in line:
                typed = [one.strip() for one in text(line[name]).split(";") if one.strip()]
                rows = self._of_code(model, code)
                if unknown := [one for one in typed if one not in rows]:
                    message = _("%(column)s: nothing is called “%(typed)s”.")
                    raise RefusedRowError(message % {"column": name, "typed": unknown[0]})
                found[name] = [rows[one] for one in typed]
        return found

    def _of_code(self, model: type[models.Model], code: str) -> dict[str, Any]:
        """Return all rows of a list of codes, which is read once for a file."""
        if model not in self._codes:
            self._codes[model] = {str(getattr(row, code)): row for row in model.objects.all()}
        return self._codes[model]


def _column(attribute: str, widget: Any = None, name: str = "", *, key: bool = False) -> Field:
    return Field(attribute, column_name=name or attribute, widget=widget or Text(), readonly=key)


def _refuse(message: str, **said: Any) -> None:
    raise RefusedRowError(message % said)


class DonorResource(LedgerResource):
    """Who gives, known by the short name, or by the name."""

    title = gettext_lazy("Donors")
    required = ("name", "kind")
    also = {"contributor/partner": "name", "contributor": "name", "partner": "name",
            "donor": "name", "iso3": "country", "country code": "country",
            "short name": "slug", "type": "kind"}  # fmt: skip

    name = _column("name")
    slug = _column("slug", key=True)
    kind = _column("kind", Text(Donor.Kind.choices))
    country = _column("country__iso3", name="country", key=True)
    parent = _column("parent__slug", name="parent", key=True)
    global_south = _column("global_south", Yes())

    class Meta(LedgerResource.Meta):
        model = Donor
        fields = ("name", "slug", "kind", "country", "parent", "global_south", "demonstration")

    def key_of(self, line: Line) -> Key:
        """Return the short name."""
        return (text(line.get("slug")) or slugify(text(line.get("name"))),)

    def prepare(self, lines: Iterable[Line]) -> None:
        """Read the countries and governments."""
        self.countries = {row.iso3: row for row in Country.objects.all()}
        slugs = {text(line.get("parent")) for line in lines}
        self.parents = {row.slug: row for row in Donor.objects.filter(slug__in=slugs)}

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:
        """Return the donors of these short names, each as an open proposal would have it."""
        slugs = [key[0] for key in keys]
        rows = Donor.objects.select_related("country", "parent").filter(slug__in=slugs)
        self.proposed = ProposedChange.objects.unpublished().rows_of(
            Donor, [one.pk for one in rows]
        )
        return {(row.slug,): [self.proposed.get(row.pk, row)] for row in rows}

    def refuse_locked(self, row: Donor) -> None:
        """Refuse a donor of whom a change is proposed."""
        if row.pk in self.proposed:
            _refuse(_("A change of it is proposed already. Have that decided on, or withdraw it."))

    def begin(self, line: Line) -> Donor:
        """Return a donor with the short name."""
        return Donor(slug=self.key_of(line)[0])

    def fill(self, row: Donor, line: Line) -> None:
        """Write the columns; countries and governments by their codes."""
        super().fill(row, line)
        for name, known in (("country", self.countries), ("parent", self.parents)):
            if name in line:
                code = text(line[name])
                if code and code not in known:
                    _refuse(_("%(column)s: “%(code)s” is not known."), column=name, code=code)
                setattr(row, name, known.get(code))

    def check(self, row: Donor, line: Line) -> None:  # noqa: ARG002
        """Refuse what the ledger's rules refuse."""
        if row.kind == Donor.Kind.GOVERNMENT and row.country is None:
            _refuse(_("country: a government has a country."))
        if row.parent is not None and row.kind != Donor.Kind.AGENCY:
            _refuse(_("parent: only an agency belongs to a government."))


class OfAPledge(LedgerResource):
    """Lines about a pledge: its agreement reference and funding year lead to it."""

    agreement_reference = _column(
        "pledge__agreement_reference", name="agreement_reference", key=True
    )
    funding_year = _column("pledge__funding_year", Whole(), "funding_year", key=True)
    donor = _column("pledge__donor__name", name="donor", key=True)
    currency = _column("pledge__currency", name="currency", key=True)

    def agreed(self, line: Line) -> Key:
        """Return the agreement reference and the funding year of a line."""
        try:
            year = amount(line.get("funding_year"), self.writing)
        except ValueError as error:
            raise RefusedRowError(f"funding_year: {error}") from error
        if year is not None and year != int(year):
            _refuse(_("funding_year: “%(year)s” is no year."), year=year)
        reference = text(line.get("agreement_reference"))
        return reference, None if year is None else int(year)

    def read_pledges(self, lines: Iterable[Line]) -> None:
        """Add the pledges that these lines name to those known of the file."""
        references = {text(line.get("agreement_reference")) for line in lines} - {""}
        rows = Pledge.objects.filter(agreement_reference__in=references).select_related("donor")
        self.pledges = getattr(self, "pledges", {})
        for row in rows.order_by("-pk"):
            self.pledges.setdefault((row.agreement_reference, row.funding_year), row)

    def refuse_another(self, pledge: Pledge, line: Line) -> None:
        """Refuse a line that calls the pledge's donor or currency something else."""
        currency, donor = text(line.get("currency")), text(line.get("donor"))
        if currency and currency != pledge.currency:
            _refuse(
                _("currency: the pledge is in %(known)s, not in %(typed)s."),
                known=pledge.currency,
                typed=currency,
            )
        if donor and donor.casefold() not in {
            pledge.donor.name.casefold(),
            pledge.donor.slug.casefold(),
        }:
            _refuse(
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

    kind = _column("kind", Text(PledgeEntry.Kind.choices))
    dated = _column("dated", Day())
    amount = _column("amount", Amount())
    reason = _column("reason")
    evidence = _column("evidence")
    earmark = _column("pledge__earmark", name="earmark", key=True)
    conditions = _column("pledge__conditions", name="conditions", key=True)

    class Meta(LedgerResource.Meta):
        model = PledgeEntry
        fields = ("donor", "agreement_reference", "funding_year", "currency", "kind", "dated",
                  "amount", "reason", "evidence", "earmark", "conditions",
                  "public_until", "demonstration")  # fmt: skip
        export_order = fields

    def key_of(self, line: Line) -> Key:
        """Return the agreement reference, the year and the day."""
        try:
            return (*self.agreed(line), day(line.get("dated"), self.writing))
        except ValueError as error:
            raise RefusedRowError(f"dated: {error}") from error

    def prepare(self, lines: Iterable[Line]) -> None:
        """Read the pledges, the donors and the rates in force."""
        lines = list(lines)
        self.read_pledges(lines)
        names = {text(line.get("donor")) for line in lines}
        donors = Donor.objects.filter(Q(name__in=names) | Q(slug__in=names))
        self.donors = {known.casefold(): row for row in donors for known in (row.name, row.slug)}
        if not hasattr(self, "rates"):
            self.rates: dict[str, list[ExchangeRate]] = {}
            for rate in ExchangeRate.objects.order_by("-effective_on"):
                self.rates.setdefault(rate.currency, []).append(rate)

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:
        """Return the entries of these pledges and days."""
        keys = set(keys)
        pledges = [self.pledges[key[:2]].pk for key in keys if key[:2] in self.pledges]
        found: dict[Key, list[Any]] = {}
        rows = PledgeEntry.objects.filter(pledge__in=[pk for pk in pledges if pk])
        for row in rows.select_related("pledge__donor").order_by("-pk"):
            key = row.pledge.agreement_reference, row.pledge.funding_year, row.dated
            found.setdefault(key, []).append(row)
        return found

    def begin(self, line: Line) -> PledgeEntry:
        """Return an entry of the pledge, which is new where the agreement has none of the year."""
        agreed = self.agreed(line)
        pledge = self.pledges.get(agreed) or self._new_pledge(agreed, line)
        return PledgeEntry(pledge=pledge, kind=PledgeEntry.Kind.SIGNED)

    def _new_pledge(self, agreed: Key, line: Line) -> Pledge:
        donor = self.donors.get(text(line.get("donor")).casefold())
        if donor is None:
            _refuse(
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
            _refuse(
                _("currency: no UN operational rate of “%(code)s” is on record."),
                code=pledge.currency,
            )
        if pledge.funding_year not in YEARS:
            _refuse(_("funding_year: from 2019, when the Fund began, to 2100."))
        self.pledges[agreed] = pledge
        return pledge

    def check(self, row: PledgeEntry, line: Line) -> None:
        """Refuse another pledge's words, and an amount that is none; value the entry."""
        pledge = row.pledge
        self.refuse_another(pledge, line)
        for name in ("earmark", "conditions"):
            if name in line and text(line[name]) != getattr(pledge, name):
                _refuse(
                    _("%(column)s: the pledge says “%(known)s”. Change its terms on its page."),
                    column=name,
                    known=getattr(pledge, name),
                )
        if row.kind == PledgeEntry.Kind.CANCELLED:
            row.amount = None
            if not row.reason:
                _refuse(_("reason: say why the pledge was cancelled."))
        elif row.amount is None or row.amount <= 0:
            _refuse(_("amount: a pledge is above zero. A refund is entered as a deposit below it."))
        self._value(row)

    def _value(self, row: PledgeEntry) -> None:
        if row.amount is None or row.pledge.currency == DOLLAR:
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

    agent_reference = _column("agent_reference", key=True)
    received_on = _column("received_on", Day())
    amount = _column("amount", Amount())
    amount_usd = _column("amount_usd", Amount())
    evidence = _column("evidence")

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
        self.read_pledges(list(lines))

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:
        """Return the deposits of these references."""
        references = [key[0] for key in keys]
        rows = Deposit.objects.filter(agent_reference__in=references)
        found: dict[Key, list[Any]] = {}
        for row in rows.select_related("pledge__donor").order_by("-pk"):
            found.setdefault((row.agent_reference,), []).append(row)
        return found

    def begin(self, line: Line) -> Deposit:
        """Return a deposit on the pledge."""
        agreed = self.agreed(line)
        if agreed not in self.pledges:
            _refuse(
                _("agreement_reference: “%(reference)s” has no pledge for %(year)s on record."),
                reference=agreed[0],
                year=agreed[1],
            )
        return Deposit(pledge=self.pledges[agreed], agent_reference=self.key_of(line)[0])

    def check(self, row: Deposit, line: Line) -> None:
        """Refuse amounts that are none, of two signs, or two of one dollar."""
        self.refuse_another(row.pledge, line)
        if not row.amount or not row.amount_usd or (row.amount > 0) != (row.amount_usd > 0):
            _refuse(_("amount: a deposit is above zero and a refund below, in both currencies."))
        if row.pledge.currency == DOLLAR and row.amount != row.amount_usd:
            _refuse(
                _("amount_usd: the pledge is in US dollars, so that both amounts are the same.")
            )
        agreed = row.pledge.agreement_reference, row.pledge.funding_year
        if agreed != self.agreed(line):
            _refuse(
                _("agreement_reference: this deposit is on record for %(pledge)s."),
                pledge=row.pledge,
            )


class TargetResource(LedgerResource):
    """Targets, an annual one known by its year, another by its period."""

    title = gettext_lazy("Funding targets")
    required = ("amount_usd", "source")
    also = {"target_usd": "amount_usd", "target": "amount_usd", "measured on": "basis"}

    kind = _column("kind", Text(FundingTarget.Kind.choices))
    year = _column("year", Whole())
    period = _column("period")
    amount_usd = _column("amount_usd", Amount())
    basis = _column("basis", Text(FundingTarget.Basis.choices))
    announced_by = _column("announced_by")
    announced_on = _column("announced_on", Day())
    source = _column("source")
    source_url = _column("source_url")

    class Meta(LedgerResource.Meta):
        model = FundingTarget
        fields = ("kind", "year", "period", "amount_usd", "basis", "announced_by",
                  "announced_on", "source", "source_url", "public_until",
                  "demonstration")  # fmt: skip

    def key_of(self, line: Line) -> Key:
        """Return the year, or the period."""
        return (text(line.get("year")) or None, text(line.get("period")))

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:  # noqa: ARG002
        """Return all targets: they are few."""
        found: dict[Key, list[Any]] = {}
        for row in FundingTarget.objects.order_by("-pk"):
            key = (str(row.year) if row.year else None, row.period)
            found.setdefault(key, []).append(row)
        return found

    def begin(self, line: Line) -> FundingTarget:
        """Return a target; one with a year is an annual one."""
        kinds = FundingTarget.Kind
        return FundingTarget(kind=kinds.ANNUAL if text(line.get("year")) else kinds.CAPITALISATION)

    def check(self, row: FundingTarget, line: Line) -> None:  # noqa: ARG002
        """Refuse what the ledger's rules refuse."""
        if row.amount_usd is None or row.amount_usd <= 0:
            _refuse(_("amount_usd: a target is above zero."))
        is_annual = row.kind == FundingTarget.Kind.ANNUAL
        if is_annual != bool(row.year) or is_annual == bool(row.period):
            _refuse(_("year: an annual target has a year and no period, another one the reverse."))
        if row.year and row.year not in YEARS:
            _refuse(_("year: from 2019, when the Fund began, to 2100."))


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

    slug = _column("slug", key=True)
    title_ = _column("title", name="title")
    short_title = _column("short_title")
    summary = _column("summary")
    gateway_number = _column("gateway_number")
    region = _column("region")
    status = _column("status", Text(JointProgramme.Status.choices))
    status_on = _column("status_on", Day())
    start_on = _column("start_on", Day())
    end_on = _column("end_on", Day())
    duration_months = _column("duration_months", Whole())
    budget_usd = _column("budget_usd", Amount())
    budget_as_of = _column("budget_as_of", Day())
    net_funded_usd = _column("net_funded_usd", Amount())
    net_funded_as_of = _column("net_funded_as_of", Day())
    expenditure_usd = _column("expenditure_usd", Amount())
    expenditure_as_of = _column("expenditure_as_of", Day())
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
        return "; ".join(str(one.number) for one in row.objectives.order_by("number"))

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
            _refuse(_("slug: small letters, figures and hyphens alone, as in “border-work”."))
        return JointProgramme(slug=slug)


class ResultResource(LedgerResource):
    """Results, known by their programme and key."""

    title = gettext_lazy("Results")
    required = ("programme", "key", "figure", "unit", "what", "source", "source_url")
    also = {"joint programme": "programme", "number": "figure", "source address": "source_url"}

    programme = _column("programme__slug", name="programme", key=True)
    key = _column("key", key=True)
    qualifier = _column("qualifier", Text(Result.Qualifier.choices))
    figure = _column("figure", Amount())
    unit = _column("unit")
    what = _column("what")
    as_of = _column("as_of", Day())
    as_of_precision = _column("as_of_precision")
    as_of_words = _column("as_of_words")
    source = _column("source")
    source_url = _column("source_url")

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
            _refuse(_("programme: “%(slug)s” is not on record."), slug=slug)
        return Result(programme=self.programmes[slug], key=key)


KINDS: dict[str, type[LedgerResource]] = {
    "donors": DonorResource,
    "pledges": PledgeResource,
    "deposits": DepositResource,
    "targets": TargetResource,
    "programmes": ProgrammeResource,
    "results": ResultResource,
}


def columns(kind: str) -> list[str]:
    """Return the names of a kind's columns: what a file may hold."""
    names = [field.column_name for field in KINDS[kind]().fields.values()]
    return [name for name in names if name != "demonstration"]


def exported(kind: str, rows: models.QuerySet, form: str) -> tuple[bytes, str]:
    """Return rows of the ledger as a file that can be brought in again, and its type."""
    resource = KINDS[kind]()
    made = {"csv": CSV, "xlsx": XLSX}[form]()
    content = made.export_data(resource.export(queryset=rows))
    return (content.encode() if isinstance(content, str) else content), made.get_content_type()


for _kind, _resource in KINDS.items():
    downloadable(_resource._meta.model, partial(exported, _kind))


def mapped(kind: str, headings: Iterable[str]) -> dict[str, str]:
    """Return for each heading of a file the column it names; headings that name none are left."""
    resource, found = KINDS[kind], {}
    known = {name.casefold(): name for name in columns(kind)}
    known |= {name.replace("_", " "): name for name in columns(kind)}
    known |= {name.casefold(): column for name, column in resource.also.items()}
    for heading in headings:
        column = known.get(" ".join(heading.split()).casefold())
        if column and column not in found.values():
            found[heading] = column
    return found

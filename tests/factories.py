"""Rows for tests; money rows are public since the Fund's inception unless a test says otherwise."""

from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from contributions.models import (
    Delivery,
    Deposit,
    Donor,
    Edition,
    ExchangeRate,
    FundingTarget,
    JointAnnouncement,
    Pledge,
    PledgeEntry,
    ReportedContribution,
    Statement,
)
from contributions.models.deliveries import checksum
from programmes.models import (
    Country,
    JointProgramme,
    Marker,
    MarkerLevel,
    Objective,
    Organization,
    Participation,
    Result,
    StatedFigure,
    ThematicArea,
)

LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)


def letters(number: int) -> str:
    """Return two small letters; they come round after 676 numbers."""
    return chr(97 + number // 26 % 26) + chr(97 + number % 26)


class CountryFactory(DjangoModelFactory):
    """A State outside UNECE, with codes that no real one has."""

    class Meta:
        model = Country

    iso3 = factory.Sequence(lambda n: f"X{letters(n)}".upper())
    iso2 = factory.Sequence(letters)
    m49 = factory.Sequence(lambda n: f"x{letters(n)}")
    name_en = factory.LazyAttribute(lambda row: f"Country {row.iso3}")
    name_fr = name_es = name_ru = name_zh = name_ar = factory.SelfAttribute("name_en")
    region = "Africa"
    subregion = "Eastern Africa"
    latitude = longitude = Decimal(1)
    unece = ldc = False


class DonorFactory(DjangoModelFactory):
    """A government of a country outside UNECE."""

    class Meta:
        model = Donor

    name = factory.Sequence(lambda n: f"Donor {n}")
    slug = factory.Sequence(lambda n: f"donor-{n}")
    kind = Donor.Kind.GOVERNMENT
    country = factory.SubFactory(CountryFactory, unece=factory.SelfAttribute("..in_unece"))

    class Params:
        """`DonorFactory(in_unece=True)`: a member of UNECE."""

        in_unece = False


class PledgeFactory(DjangoModelFactory):
    """A pledge in US dollars for 2023."""

    class Meta:
        model = Pledge

    donor = factory.SubFactory(DonorFactory)
    funding_year = 2023
    currency = "USD"


class EntryFactory(DjangoModelFactory):
    """A public signature of USD 100; valued as an officer's form would."""

    class Meta:
        model = PledgeEntry

    pledge = factory.SubFactory(PledgeFactory)
    dated = date(2023, 1, 10)
    kind = PledgeEntry.Kind.SIGNED
    amount = Decimal(100)
    public_from = LONG_AGO

    @classmethod
    def _create(
        cls, model_class: type[PledgeEntry], *args: object, **values: object
    ) -> PledgeEntry:
        entry = model_class(*args, **values)
        entry.set_value()
        entry.save()
        return entry


class DepositFactory(DjangoModelFactory):
    """A public deposit of USD 100."""

    class Meta:
        model = Deposit

    pledge = factory.SubFactory(PledgeFactory)
    received_on = date(2023, 2, 10)
    amount = Decimal(100)
    amount_usd = factory.SelfAttribute("amount")
    agent_reference = factory.Sequence(lambda n: f"REF-{n}")
    public_from = LONG_AGO


class ExchangeRateFactory(DjangoModelFactory):
    """Ten Danish kroner a dollar since 2019."""

    class Meta:
        model = ExchangeRate

    currency = "DKK"
    effective_on = date(2019, 1, 1)
    rate = Decimal(10)
    source = "UN operational rates of exchange"


class JointAnnouncementFactory(DjangoModelFactory):
    """What donors announce together at a conference."""

    class Meta:
        model = JointAnnouncement

    title = "Pledging conference"


class TargetFactory(DjangoModelFactory):
    """A public target of USD 1,000 for 2023, its basis unknown."""

    class Meta:
        model = FundingTarget

    kind = FundingTarget.Kind.ANNUAL
    year = 2023
    amount_usd = Decimal(1000)
    source = "An announcement"
    public_from = LONG_AGO


class StatedFigureFactory(DjangoModelFactory):
    """The Administrative Agent's total of deposits."""

    class Meta:
        model = StatedFigure

    figure = "contributed?by=all&stage=deposited"
    value = Decimal(0)
    stated_for = date(2024, 1, 1)
    source = "Administrative Agent"
    public_from = LONG_AGO


class StatementFactory(DjangoModelFactory):
    """A statement without an edition."""

    class Meta:
        model = Statement

    title = "A statement"
    slug = factory.Sequence(lambda n: f"statement-{n}")
    occasion = "An occasion"
    place = "Geneva"
    date = date(2024, 3, 11)


class EditionFactory(DjangoModelFactory):
    """A public English original."""

    class Meta:
        model = Edition

    statement = factory.SubFactory(StatementFactory)
    language = Edition.Language.ENGLISH
    kind = Edition.Kind.ORIGINAL
    title = "A statement"
    markdown = "We have contributed."
    public_from = LONG_AGO


class ReportedContributionFactory(DjangoModelFactory):
    """A public report of a pledge of NOK 15 million, without a day."""

    class Meta:
        model = ReportedContribution

    donor = factory.SubFactory(DonorFactory)
    year = 2020
    stage = ReportedContribution.Stage.PLEDGE
    amount = Decimal(15_000_000)
    currency = "NOK"
    what = "Announced a contribution."
    source = "A newspaper"
    source_url = "https://news.example.org/contribution"
    confidence = "high"
    public_from = LONG_AGO


class ObjectiveFactory(DjangoModelFactory):
    """One of the Compact's objectives; the numbers come round after 23."""

    class Meta:
        model = Objective
        django_get_or_create = ("number",)

    number = factory.Sequence(lambda n: n % 23 + 1)
    short_title = factory.LazyAttribute(lambda row: f"Objective {row.number}")
    title = factory.LazyAttribute(lambda row: f"The official title of objective {row.number}")
    source_url = "https://compact.example.org/"


class OrganizationFactory(DjangoModelFactory):
    """A UN organization."""

    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"United Nations Organization {n}")
    acronym = factory.Sequence(lambda n: f"UNO{n}")
    kind = Organization.Kind.UN


class ThematicAreaFactory(DjangoModelFactory):
    """An area by which objectives are grouped."""

    class Meta:
        model = ThematicArea

    name = factory.Sequence(lambda n: f"Area {n}")
    source_url = "https://fund.example.org/areas"


class MarkerFactory(DjangoModelFactory):
    """What programmes are scored for."""

    class Meta:
        model = Marker

    key = factory.Sequence(lambda n: f"marker-{n}")
    name = factory.Sequence(lambda n: f"Marker {n}")
    purpose = "Tracks something."
    source_url = "https://fund.example.org/markers"


class MarkerLevelFactory(DjangoModelFactory):
    """A step of a marker's scale."""

    class Meta:
        model = MarkerLevel

    marker = factory.SubFactory(MarkerFactory)
    name = factory.Sequence(lambda n: f"Level {n}")


class ProgrammeFactory(DjangoModelFactory):
    """A public joint programme that was launched in 2021, as one source says, and no more."""

    class Meta:
        model = JointProgramme
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"programme-{n}")
    title = factory.LazyAttribute(lambda row: f"The long title of {row.slug}")
    short_title = factory.LazyAttribute(lambda row: f"Title of {row.slug}")
    launched_on = date(2021, 5, 25)
    public_from = LONG_AGO

    @factory.post_generation
    def countries(self, create, countries):
        """`ProgrammeFactory(countries=[…])`."""
        if create and countries:
            self.countries.set(countries)

    @factory.post_generation
    def sources(self, create, sources):
        """`ProgrammeFactory(sources=[])`: without one."""
        if create:
            for url in ["https://un.example.org/first-source"] if sources is None else sources:
                self.links.create(kind="source", url=url)

    @factory.post_generation
    def objectives(self, create, objectives):
        """`ProgrammeFactory(objectives=[…])`."""
        if create and objectives:
            self.objectives.set(objectives)


class ParticipationFactory(DjangoModelFactory):
    """A UN organization that takes part in a programme."""

    class Meta:
        model = Participation

    programme = factory.SubFactory(ProgrammeFactory)
    organization = factory.SubFactory(OrganizationFactory)
    role = Participation.Role.PARTICIPATING


class ResultFactory(DjangoModelFactory):
    """A public result: over 130,000 people."""

    class Meta:
        model = Result

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"result-{n}")
    figure = Decimal(130_000)
    qualifier = Result.Qualifier.OVER
    unit = "people"
    what = "reached"
    source = "A page of the United Nations"
    source_url = "https://un.example.org/result"
    public_from = LONG_AGO


class DeliveryFactory(DjangoModelFactory):
    """The delivery of a public edition, with an empty record."""

    class Meta:
        model = Delivery

    edition = factory.SubFactory(EditionFactory)
    statement = factory.SelfAttribute("edition.statement")
    language = factory.SelfAttribute("edition.language")
    delivered_on = date(2024, 3, 11)
    record = "{}"
    sha256 = factory.LazyAttribute(lambda row: checksum(row.record))

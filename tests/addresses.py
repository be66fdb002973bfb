"""Every public address, and the smallest record in which each of them has something to show."""

from datetime import UTC, date, datetime
from decimal import Decimal

from contributions.delivery import deliver, freeze
from contributions.models import PledgeFootnote
from mptf_portal.snapshot import latest
from tests.factories import (
    CountryFactory,
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    MarkerLevelFactory,
    ObjectiveFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProgrammeFactory,
    ReportedContributionFactory,
    ResultFactory,
    StatedFigureFactory,
    TargetFactory,
    ThematicAreaFactory,
)

PAGES = [
    "/",
    "/statements/",
    "/statements/unece-2024/",
    "/statements/unece-2024/delivered/",
    "/statements/to-come/delivered/",
    "/about/",
    "/contributions/",
    "/contributions/pledges/",
    "/contributions/pledges/?donor=denmark&year=2023&unece=yes&sort=-outstanding",
    "/contributions/donors/",
    "/contributions/donors/denmark/",
    "/contributions/targets/2023/",
    "/corrections/",
    "/countries/",
    "/countries/DNK/",
    "/programmes/",
    "/programmes/?country=DNK&objective=1&organization=DATA&status=active&year=2022&view=table",
    "/programmes/?q=DATA&region=Africa&sdg=10&view=map",
    "/programmes/border/",
    "/programmes/objectives/",
    "/programmes/objectives/1/",
]
FIGURES = [
    "/figures/",
    "/figures/contributed/",
    "/figures/contributed/?by=unece&stage=pledged&year=2023",
    "/figures/contributed/?stage=committed",
    "/figures/donors/",
    "/figures/donors/?by=unece",
    "/figures/outstanding/",
    "/figures/uncommitted/",
    "/figures/target/?year=2023",
    "/figures/target-gap/?year=2023",
    "/figures/programmes/",
    "/figures/countries-reached/",
    "/figures/objectives-covered/",
    "/figures/result/?programme=border&key=people",
]
CLAIMS = [
    "/figures/target-reached/?year=2023",
    "/figures/consecutive-year/?year=2024",
    "/figures/all-continents/",
    "/figures/objectives-nearly-all/",
]
ADDRESSES = PAGES + FIGURES + CLAIMS
FOR_ROBOTS = ["/sitemap.xml", "/robots.txt"]

MARKDOWN = (
    "DATA [XX](figure:contributed) DATA [DATA](claim:target-reached?year=2023) "
    "[USD 20](figure:target?year=2023) [21](figure:programmes) [DATA](claim:all-continents)"
)


def one_of_each():
    """Write the record; whatever is a row's own text reads DATA."""
    country = CountryFactory(iso3="DNK", iso2="dk", m49="208", name_en="DATA", unece=True)
    donor = DonorFactory(slug="denmark", name="DATA", country=country, global_south=True)
    write_the_ledger(donor)
    write_the_register(country)
    edition = EditionFactory(
        markdown=MARKDOWN, title="DATA", statement__slug="unece-2024", statement__title="DATA",
        statement__occasion="DATA", statement__place="DATA", statement__date=date(2023, 3, 11),
    )  # fmt: skip
    edition.statement.signatories.add(donor)
    deliver(edition, freeze(edition, latest().on(date(2024, 3, 11))))
    EditionFactory(
        markdown="DATA", title="DATA", statement__slug="to-come", statement__title="DATA",
        statement__occasion="DATA", statement__place="DATA", statement__date=date(2022, 5, 19),
    )  # fmt: skip


def write_the_ledger(donor):
    """Write a pledge with deposits and a note, an agency's without a rate, a report, a target."""
    pledge = EntryFactory(
        pledge__donor=donor, pledge__earmark="DATA", amount=Decimal(900), evidence="DATA"
    ).pledge
    PledgeFootnote.objects.create(pledge=pledge, kind="parliament", text="DATA")
    for day in (date(2023, 12, 31), date(2024, 1, 1)):
        DepositFactory(
            pledge=pledge, amount=Decimal(50), received_on=day, agent_reference=f"DATA {day}"
        )
    agency = DonorFactory(
        slug="danida", name="DATA DATA", kind="agency", parent=donor, country=donor.country
    )
    EntryFactory(pledge__donor=agency, pledge__currency="DKK")
    ReportedContributionFactory(donor=donor, what="DATA", source="DATA", confidence="DATA")
    TargetFactory(source="DATA", announced_by="DATA", announced_on=date(2023, 1, 5))
    corrected, gone = (datetime(2023, 3, day, tzinfo=UTC) for day in (1, 2))
    wrong = TargetFactory(year=2024, source="DATA", public_until=corrected)
    TargetFactory(
        year=2024, source="DATA DATA", replaces=wrong, public_from=corrected, public_until=gone,
        withdrawn_reason="DATA",
    )  # fmt: skip
    StatedFigureFactory(value=Decimal(50), stated_for=date(2023, 12, 31))


def write_the_register(country):
    """Write a programme with each of its parts, and that a source knows of more programmes."""
    programme = ProgrammeFactory(
        slug="border", title="DATA", short_title="DATA", summary="DATA", region="DATA",
        gateway_number="00123456", status="active", status_on=date(2023, 5, 5),
        start_on=date(2022, 6, 30), start_precision="day", duration_months=30,
        budget_usd=Decimal(1000), budget_note="DATA", budget_as_of=date(2022, 1, 1),
        net_funded_usd=Decimal(900), net_funded_as_of=date(2023, 1, 1),
        expenditure_usd=Decimal(450), expenditure_as_of=date(2023, 1, 1),
        thematic_area=ThematicAreaFactory(name="DATA"),
        sources=[],
        countries=[country],
        objectives=[ObjectiveFactory(number=1, short_title="DATA", title="DATA")],
    )  # fmt: skip
    programme.marker_levels.add(MarkerLevelFactory(marker__name="DATA", name="DATA"))
    programme.goal_tags.create(goal=10, target="10.2")
    for number, kind in enumerate(("source", "document")):
        programme.links.create(kind=kind, url=f"https://un.example.org/{number}", title="DATA")
    for role in ("lead", "partner"):
        organization = OrganizationFactory(
            name=f"DATA {len(role)}", acronym="DATA", country=country
        )
        ParticipationFactory(programme=programme, organization=organization, role=role)
    ResultFactory(programme=programme, key="people", unit="DATA", what="DATA", source="DATA")
    StatedFigureFactory(
        figure="programmes", value=Decimal(21), stated_for=date(2023, 3, 11), source="DATA"
    )

"""A public page asks the database the same number of questions of ten rows and of ten thousand."""

from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connections

from contributions.models import Deposit, Donor, Pledge, PledgeEntry, ReportedContribution
from mptf_portal.models import Demonstration
from programmes.models import (
    Country,
    JointProgramme,
    Objective,
    Participation,
    Result,
    StatedFigure,
)
from tests.addresses import ADDRESSES, FOR_ROBOTS, one_of_each
from tests.factories import LONG_AGO, CountryFactory, ObjectiveFactory, OrganizationFactory

pytestmark = pytest.mark.django_db

QUERIES = {  # the two of a transaction's savepoint in tests included
    "/": 17,
    "/statements/": 7,
    "/statements/unece-2024/": 17,
    "/statements/unece-2024/delivered/": 14,
    "/statements/to-come/delivered/": 6,
    "/about/": 7,
    "/contributions/": 25,
    "/contributions/pledges/": 20,
    "/contributions/pledges/?donor=denmark&year=2023&unece=yes&sort=-outstanding": 21,
    "/contributions/donors/": 15,
    "/contributions/donors/denmark/": 31,
    "/contributions/targets/2023/": 19,
    "/corrections/": 9,
    "/countries/": 7,
    "/countries/DNK/": 22,
    "/programmes/": 18,
    "/programmes/?country=DNK&objective=1&organization=DATA&status=active&year=2022&view=table": 21,
    "/programmes/?q=DATA&region=Africa&sdg=10&view=map": 17,
    "/programmes/border/": 20,
    "/programmes/objectives/": 11,
    "/programmes/objectives/1/": 10,
    "/figures/": 19,
    "/figures/contributed/": 9,
    "/figures/contributed/?by=unece&stage=pledged&year=2023": 9,
    "/figures/contributed/?stage=committed": 9,
    "/figures/donors/": 7,
    "/figures/donors/?by=unece": 7,
    "/figures/outstanding/": 9,
    "/figures/uncommitted/": 9,
    "/figures/target/?year=2023": 7,
    "/figures/target-gap/?year=2023": 10,
    "/figures/programmes/": 8,
    "/figures/countries-reached/": 8,
    "/figures/objectives-covered/": 8,
    "/figures/result/?programme=border&key=people": 7,
    "/figures/target-reached/?year=2023": 7,
    "/figures/consecutive-year/?year=2024": 7,
    "/figures/all-continents/": 8,
    "/figures/objectives-nearly-all/": 7,
    "/sitemap.xml": 10,
    "/robots.txt": 4,
}


@pytest.mark.parametrize("rows", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_the_number_of_queries_is_the_same_for_ten_rows_and_for_many(client, rows):
    one_of_each()
    StatedFigure.objects.filter(figure="programmes").update(value=1_000_000)  # never all on record
    write(range(10))
    few = {address: queries(client, address) for address in ADDRESSES + FOR_ROBOTS}
    write(range(10, rows))
    analyze()
    many = {address: queries(client, address) for address in ADDRESSES + FOR_ROBOTS}

    assert few == QUERIES
    assert many == QUERIES


def queries(client, address):
    """Count the queries of one request."""
    connection = connections["default"]
    connection.force_debug_cursor = True
    connection.queries_log.clear()
    assert client.get(address).status_code == 200
    return len(connection.queries_log)


def analyze():
    """Tell the database how large its tables are now, as it does by itself in the background."""
    with connections["default"].cursor() as cursor:
        cursor.execute("ANALYZE")


def write(numbers):
    """Write rows of each kind, every second one where `one_of_each` has its own."""
    here = Country.objects.get(iso3="DNK")
    elsewhere = Country.objects.exclude(pk=here.pk).first() or CountryFactory()
    with patch.object(Demonstration, "is_on", return_value=False):  # else asked for each row
        write_the_ledger(numbers, here, elsewhere)
        write_the_register(numbers, here, elsewhere)


def write_the_ledger(numbers, here, elsewhere):
    """Write donors, pledges, an entry and a deposit on each, and reported contributions."""
    donors = create(
        Donor(
            name=f"Donor number {number}",
            slug=f"donor-number-{number}",
            kind="government",
            country=elsewhere if number % 2 else here,
        )
        for number in numbers
    )
    denmark = Donor.objects.get(slug="denmark")
    givers = [donor if number % 2 else denmark for number, donor in enumerate(donors)]
    pledges = create(
        Pledge(donor=donor, funding_year=2019 + number % 8 if number % 4 else 2023, currency="USD")
        for number, donor in enumerate(givers)
    )
    days = [date(2023, 1, 1) + timedelta(number % 300) for number in numbers]
    create(entry(pledge, day) for pledge, day in zip(pledges, days, strict=True))
    create(deposit(pledge, day) for pledge, day in zip(pledges, days, strict=True))
    create(reported(donor) for donor in givers)


def write_the_register(numbers, here, elsewhere):
    """Write programmes with a country, an objective and an organization, and results."""
    programmes = create(
        JointProgramme(
            slug=f"programme-{number}",
            title=f"Programme {number}",
            short_title=f"Programme {number}",
            launched_on=date(2021, 5, 25),
            public_from=LONG_AGO,
        )
        for number in numbers
    )
    objectives = [Objective.objects.get(number=1), ObjectiveFactory(number=2)]
    organization = OrganizationFactory()
    create(Participation(programme=p, organization=organization, role="lead") for p in programmes)
    join(JointProgramme.countries, "country", programmes, [here, elsewhere])
    join(JointProgramme.objectives, "objective", programmes, objectives)
    border = JointProgramme.objects.get(slug="border")
    create(
        result(programme if number % 2 else border, f"result-{number}")
        for number, programme in zip(numbers, programmes, strict=True)
    )


def create(rows):
    """Save rows of one model in few queries, and return them."""
    made = list(rows)
    return type(made[0]).objects.bulk_create(made)


def join(field, name, programmes, others):
    """Give each programme one of the others, in turn."""
    through = field.through
    create(
        through(jointprogramme=programme, **{name: others[number % 2]})
        for number, programme in enumerate(programmes)
    )


def entry(pledge, day):
    return PledgeEntry(
        pledge=pledge,
        dated=day,
        kind="signed",
        amount=Decimal(100),
        rate=Decimal(1),
        rate_date=day,
        rate_source="USD",
        amount_usd=Decimal(100),
        public_from=LONG_AGO,
    )


def deposit(pledge, day):
    return Deposit(
        pledge=pledge,
        received_on=day,
        amount=Decimal(90),
        amount_usd=Decimal(90),
        agent_reference=f"Agent {pledge.pk}",
        public_from=LONG_AGO,
    )


def reported(donor):
    return ReportedContribution(
        donor=donor,
        year=2020,
        stage="pledge",
        what="Announced a contribution.",
        source="A newspaper",
        source_url="https://news.example.org/contribution",
        confidence="high",
        public_from=LONG_AGO,
    )


def result(programme, key):
    return Result(
        programme=programme,
        key=key,
        figure=Decimal(500),
        unit="people",
        what="reached",
        source="A page of the United Nations",
        source_url="https://un.example.org/result",
        public_from=LONG_AGO,
    )

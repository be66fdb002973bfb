"""Joint programmes and objectives: what is known stands there, what is not is never 0."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from mptf_portal.publishing import draft_correction, publish
from mptf_portal.snapshot import latest
from programmes.models import JointProgramme
from tests.addresses import one_of_each
from tests.elements import parse
from tests.factories import (
    CountryFactory,
    ObjectiveFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProgrammeFactory,
    ResultFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]

LIST = "/programmes/"


def get(client, address):
    response = client.get(address)
    assert response.status_code == 200, response
    return parse(response.content.decode())


def facts(client, programme, query=""):
    """Return the facts of a programme's page by their names."""
    (found,) = get(client, programme.get_absolute_url() + query).all("dl", "facts")
    names, texts = ([e.text for e in found.all(tag)] for tag in ("dt", "dd"))
    return {
        name: text.removesuffix(f" sources : {name}")
        for name, text in zip(names, texts, strict=True)
    }


def rows(client, address):
    page = get(client, address)
    return [a.text for body in page.all("tbody") for th in body.all("th") for a in th.all("a")]


def money(**amounts):
    """Return a programme with these amounts, known on 1 June 2023."""
    values = {f"{name}_usd": Decimal(amount) for name, amount in amounts.items()}
    return ProgrammeFactory(**values, **{f"{name}_as_of": date(2023, 6, 1) for name in amounts})


def test_what_is_not_known_is_not_yet_recorded_and_never_0(client):
    programme = ProgrammeFactory(launched_on=None, title="Border", short_title="Border")

    known = facts(client, programme)
    page = get(client, programme.get_absolute_url())

    missing = known.pop("Also not yet recorded")
    assert set(known.values()) == {"not yet recorded"}
    assert set(known) >= {"Status", "Countries", "Start", "End", "Approved budget", "Expenditure"}
    for name in ("Delivery rate", "Launch event", "Thematic area", "Gateway project number"):
        assert f"{name}." in missing
    assert "No result is recorded yet." in page.text
    assert "0" not in page.place("main").text


def test_a_budget_of_zero_is_known(client):
    assert facts(client, money(budget=0))["Approved budget"] == "USD 0.00 as of 1 June 2023"


@pytest.mark.parametrize(
    ("net_funded", "expenditure", "rate"),
    [
        ("300", "200", "66 %"),
        ("1000", "999.99", "99 %"),
        ("100", "150.50", "150 %"),
        ("9", "0", "0 %"),
    ],
)
def test_the_delivery_rate_rounds_down_and_can_exceed_100_percent(
    client, net_funded, expenditure, rate
):
    known = facts(client, money(net_funded=net_funded, expenditure=expenditure))

    assert known["Delivery rate"].startswith(f"{rate} expenditure in percent")


@pytest.mark.parametrize(
    "amounts", [{"net_funded": 100}, {"expenditure": 5}, {"net_funded": 0, "expenditure": 5}]
)
def test_without_both_amounts_there_is_no_delivery_rate(client, amounts):
    known = facts(client, money(**amounts))

    assert "Delivery rate" not in known
    assert "Delivery rate." in known["Also not yet recorded"]


def test_an_earlier_day_knows_no_later_money_status_or_result(client):
    programme = money(budget=100, net_funded=100, expenditure=50)
    programme.status, programme.status_on = "closed", date(2023, 6, 1)
    programme.save()
    ResultFactory(programme=programme, what="RESULT", as_of=date(2023, 6, 1), as_of_precision="day")
    address = programme.get_absolute_url()

    before = facts(client, programme, "?as_of=2023-05-31")
    since = facts(client, programme, "?as_of=2023-06-01")

    names = ("Status", "Approved budget", "Net funded amount", "Expenditure")
    assert {before[name] for name in names} == {"not yet recorded"}
    assert "Delivery rate" not in before
    assert [since[name].split(" ")[0] for name in names] == ["Closed", "USD", "USD", "USD"]
    assert "RESULT" not in get(client, f"{address}?as_of=2023-05-31").text
    assert "RESULT" in get(client, f"{address}?as_of=2023-06-01").text


@pytest.mark.parametrize("address", ["/programmes/?view=table&", "/figures/programmes/?"])
def test_a_list_of_programmes_keeps_to_the_day_too(client, address):
    programme = money(budget=100)
    programme.status, programme.status_on = "closed", date(2023, 6, 1)
    programme.save()

    before, since = (
        next(get(client, f"{address}as_of=2023-{day}").all("tbody")) for day in ("05-31", "06-01")
    )

    assert "Closed" not in before.text
    assert "Closed" in since.text


def test_results_stand_beside_each_other_and_are_never_added_up(client):
    programme = ProgrammeFactory()
    for figure, qualifier in [(300, "almost"), (45, "")]:
        ResultFactory(programme=programme, figure=Decimal(figure), qualifier=qualifier)

    page = get(client, programme.get_absolute_url())

    (found,) = page.all("ul", "results")
    assert [b.text for b in found.all("b")] == ["almost 300", "45"]
    assert "345" not in page.text


def test_many_results_go_on_over_pages(client):
    programme = ProgrammeFactory()
    for number in range(101):
        ResultFactory(programme=programme, what=f"result {number}")
    address = programme.get_absolute_url()

    assert "Rows 1 to 100 of 101" in get(client, address).text
    (last,) = get(client, f"{address}?page=2").all("ul", "results")
    assert "result 100" in last.text


def test_a_corrected_programme_keeps_its_results_and_their_addresses(client):
    programme = ProgrammeFactory(slug="border", short_title="Old name")
    ResultFactory(programme=programme, key="people", what="reached")
    correction = draft_correction(programme)
    correction.short_title = "New name"
    publish(correction, latest().now)

    assert "reached" in get(client, "/programmes/border/").text
    figure = get(client, "/figures/result/?programme=border&key=people").text
    assert "New name" in figure
    assert "Old name" not in figure


@pytest.mark.parametrize("ahead", [None, timedelta(days=1)])
def test_an_embargoed_programme_leaks_nowhere(client, ahead):
    country, objective = CountryFactory(iso3="XYZ"), ObjectiveFactory(number=1)
    hidden = ProgrammeFactory(
        slug="hidden",
        short_title="SECRET",
        title="SECRET",
        public_from=ahead and timezone.now() + ahead,
        countries=[country],
        objectives=[objective],
    )
    ResultFactory(programme=hidden, key="people")

    for address in (LIST, f"{LIST}?view=table", f"{LIST}?view=map", "/programmes/objectives/"):
        assert "SECRET" not in get(client, address).text
    for address in ("/programmes/objectives/1/", "/countries/XYZ/"):
        assert rows(client, address) == []
    for address in ("/programmes/", "/figures/programmes/", "/figures/countries-reached/"):
        assert list(get(client, address).all("data")) == []
    result = client.get("/figures/result/?programme=hidden&key=people")
    assert (client.get("/programmes/hidden/").status_code, result.status_code) == (404, 400)
    assert "SECRET" not in result.content.decode()


@pytest.mark.parametrize("ahead", [None, timedelta(days=1)])
def test_an_embargoed_result_leaks_nowhere(client, ahead):
    public_from = ahead and timezone.now() + ahead
    result = ResultFactory(
        programme__slug="border", key="people", what="SECRET", public_from=public_from
    )

    figure = client.get("/figures/result/?programme=border&key=people")

    assert figure.status_code == 400
    assert "SECRET" not in figure.content.decode()
    assert "SECRET" not in get(client, result.programme.get_absolute_url()).text


def test_the_objectives_page_counts_the_programmes_of_each(client):
    one, two, _three = (ObjectiveFactory(number=number) for number in (1, 2, 3))
    ProgrammeFactory(objectives=[one, two], launched_on=date(2022, 1, 1))
    ProgrammeFactory(objectives=[one])
    ProgrammeFactory(objectives=[one, two], public_from=None)

    page = get(client, "/programmes/objectives/")
    earlier = get(client, "/programmes/objectives/?as_of=2021-12-31")

    assert [row.text for row in page.all("td", "number")] == ["2", "1", "none on record"]
    assert [row.text for row in earlier.all("td", "number")][:2] == ["1", "none on record"]
    assert len(rows(client, "/programmes/objectives/1/")) == 2
    assert "No programme on record names this" in get(client, "/programmes/objectives/3/").text


@pytest.mark.parametrize("number", ["0", "24", "99999999999999999999"])
def test_there_is_no_24th_objective(client, number):
    ObjectiveFactory(number=23)

    assert client.get(f"/programmes/objectives/{number}/").status_code == 404


def test_objectives_is_the_address_of_no_programme(client):
    programme = ProgrammeFactory.build(slug="objectives")

    with pytest.raises(ValidationError, match="names another page"):
        programme.full_clean()


def test_who_takes_part_stands_with_its_role_and_partners_apart(client):
    programme = ProgrammeFactory(organizations_complete=False)
    for acronym, role in [("IOM", "lead"), ("ILO", "participating"), ("NGO", "partner")]:
        organization = OrganizationFactory(name=f"Long {acronym}", acronym=acronym)
        ParticipationFactory(programme=programme, organization=organization, role=role)

    known = facts(client, programme)

    assert known["UN organizations"] == (
        "Long IOM (IOM) Lead Long ILO (ILO) Participating the list may not be complete"
    )
    assert known["Partners"] == "Long NGO (NGO)"
    assert "IOM, ILO" in get(client, "/programmes/").text


def test_a_long_name_is_shown_whole(client):
    title = "A very long title of a joint programme, " * 12

    programme = ProgrammeFactory(title=title.strip(), short_title=title[:200].strip())

    assert [h1.text for h1 in get(client, programme.get_absolute_url()).all("h1")] == [
        title.strip()
    ]
    assert rows(client, "/programmes/?view=table") == [programme.short_title]


def test_an_empty_register_says_so(client):
    assert JointProgramme.objects.count() == 0

    page = get(client, "/programmes/")

    assert "No joint programme is recorded yet." in page.text
    assert list(page.all("data")) == []


def test_a_day_before_every_programme_is_not_called_a_register_without_any(client):
    ProgrammeFactory(launched_on=date(2022, 1, 1))

    page = get(client, "/programmes/?as_of=2019-06-01")

    assert "programme is recorded yet." not in page.text
    assert "Nothing of it is on record for 1 June 2019" in page.text


@pytest.mark.parametrize(
    ("host", "told"),
    [("portal.uat.un.example.org", 1), ("new-staging.example.org", 1), ("quater.example.org", 0)],
)
def test_a_source_on_a_test_site_says_so(client, host, told):
    programme = ProgrammeFactory()
    programme.links.create(kind="source", url=f"https://{host}/news")

    page = client.get(programme.get_absolute_url()).content.decode()

    assert page.count("on which its publisher tries pages out") == told


def test_a_programme_of_which_all_is_recorded_has_no_line_of_what_is_not(client):
    one_of_each()
    row = JointProgramme.objects.get(slug="border")
    assert "Also not yet recorded" in client.get(row.get_absolute_url()).content.decode()

    row.funded_on, row.funded_precision, row.launched_on = [
        date(2022, 1, 1),
        "day",
        date(2022, 1, 1),
    ]
    row.save()

    assert "Also not yet recorded" not in client.get(row.get_absolute_url()).content.decode()

"""The log of corrections: what was public and is no longer, and nothing that never was."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from mptf_portal.publishing import draft_correction, publish, withdraw
from tests.contributions import desk
from tests.elements import parse
from tests.factories import (
    DepositFactory,
    EditionFactory,
    EntryFactory,
    ProgrammeFactory,
    ResultFactory,
    StatedFigureFactory,
    TargetFactory,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("nothing_foretold"),
    pytest.mark.either,
]

ADDRESS = "/corrections/"
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def get(client, query=""):
    response = client.get(ADDRESS + query)
    assert response.status_code == 200, response
    return parse(response.content.decode())


def logged(page):
    """Return what each line says: about, was, is, reason."""
    rows = [row for body in page.all("tbody") for row in body.all("tr")]
    return [[cell.text for cell in row.children if not isinstance(cell, str)] for row in rows]


def correct(row, at=None, **values):
    """Publish a correction of the row with other values, at once or at a moment to come."""
    draft = draft_correction(row)
    for name, value in values.items():
        setattr(draft, name, value)
    publish(draft, at or timezone.now())
    return draft


def test_nothing_is_corrected_yet(client):
    DepositFactory()

    assert "No public figure has been corrected yet." in get(client).text


def test_a_replaced_deposit_tells_what_it_was_and_what_it_is(client):
    deposit = DepositFactory(
        pledge__donor__name="Norway", amount=Decimal(500), agent_reference="REF"
    )
    correct(deposit, amount=Decimal("450.50"), amount_usd=Decimal("450.50"))

    page = get(client)

    assert logged(page) == [
        [
            "Norway Deposit, REF, funding year 2023 09:30 UTC",
            "Amount USD 500.00 US dollars credited USD 500.00",
            "Amount USD 450.50 US dollars credited USD 450.50",
            "no reason recorded",
        ]
    ]
    links = [a.attributes["href"] for body in page.all("tbody") for a in body.all("a")]
    assert links == [deposit.pledge.donor.get_absolute_url()]


def test_a_withdrawn_row_tells_all_it_said_and_why_it_is_gone(client):
    target = TargetFactory(announced_on=date(2023, 1, 5))
    withdraw(target, "It was announced for 2024", NOW)

    ((about, was, now, reason),) = logged(get(client))

    assert about == "2023 Funding target 09:30 UTC"
    assert was == (
        "Year 2023 Amount in US dollars USD 1,000.00 Announced on 5 January 2023 "
        "Source An announcement"
    )
    assert (now, reason) == ("withdrawn", "It was announced for 2024")


def programme_of_two_rows():
    return correct(ProgrammeFactory(), short_title="The new title")


@pytest.mark.parametrize(
    ("write", "was", "now"),
    [
        (
            lambda: correct(EntryFactory(), amount=Decimal(90)),
            "Amount from then on USD 100.00 US dollars USD 100.00",
            "Amount from then on USD 90.00 US dollars USD 90.00",
        ),
        (
            lambda: correct(EntryFactory(), dated=date(2023, 1, 11)),
            "Date 10 January 2023",
            "Date 11 January 2023",
        ),
        (
            lambda: correct(TargetFactory(), basis="deposited"),
            "Measured on not yet recorded",
            "Measured on Deposits",
        ),
        (
            lambda: correct(StatedFigureFactory(value=Decimal(5)), value=Decimal("6.50")),
            "Value USD 5.00",
            "Value USD 6.50",
        ),
        (
            lambda: correct(
                StatedFigureFactory(figure="programmes", value=Decimal(21)), value=Decimal(24)
            ),
            "Value 21",
            "Value 24",
        ),
        (
            lambda: correct(ResultFactory(), figure=Decimal(500), qualifier=""),
            "Figure over 130,000 people",
            "Figure 500 people",
        ),
        (
            programme_of_two_rows,
            "Short title Title of programme-",
            "Short title The new title",
        ),
        (
            lambda: correct(
                EditionFactory(
                    markdown="One.\n\nWe gave [\\$XX](figure:contributed) in all.\n\nThree."
                ),
                markdown="One.\n\nWe gave [\\$XX](figure:contributed).\n\nThree.",
            ),
            "Text We gave $XX in all.",
            "Text We gave $XX.",
        ),
    ],
)
def test_every_kind_of_public_row_is_logged_with_what_changed_and_no_more(client, write, was, now):
    write()

    ((_about, told, told_now, _reason),) = logged(get(client))

    assert told.startswith(was)
    assert told_now == now


def test_the_words_that_changed_in_a_long_text_are_told_apart(client):
    text = "Human mobility presents both opportunities and challenges to us all."
    row = EditionFactory(markdown=text)
    correct(row, markdown=text.replace("presents both", "always presents"))

    page = get(client)

    told = {tag: [one.text for one in page.all(tag)] for tag in ("del", "ins")}
    assert told == {"del": ["both"], "ins": ["always"]}
    assert logged(page)[0][1] == f"Text {text}"


def test_a_programmes_parts_are_compared_too(client):
    programme = ProgrammeFactory()
    draft = draft_correction(programme)
    draft.goal_tags.create(goal=10)
    publish(draft, NOW)

    ((_about, was, now, _reason),) = logged(get(client))

    assert was == "Sustainable Development Goals not yet recorded"
    assert now == "Sustainable Development Goals SDG 10"


def test_a_correction_of_nothing_that_readers_see_says_so(client):
    correct(EntryFactory(), reason="An inner remark")

    ((_about, was, now, reason),) = logged(get(client))

    assert (was, now) == ("nothing that readers see", "nothing that readers see")
    assert reason == "no reason recorded"


def test_a_row_corrected_twice_has_two_lines_the_latest_first(client, clock):
    second = correct(DepositFactory(amount=Decimal(1)), amount=Decimal(2), amount_usd=Decimal(2))
    clock.shift(timedelta(hours=1))
    correct(second, amount=Decimal(3), amount_usd=Decimal(3))

    lines = logged(get(client))

    assert [(line[1][-8:], line[2][-8:]) for line in lines] == [
        ("USD 2.00", "USD 3.00"),
        ("USD 1.00", "USD 2.00"),
    ]


def test_a_correction_that_was_withdrawn_itself_leaves_both_lines(client, clock):
    second = correct(DepositFactory(amount=Decimal(1)), amount=Decimal(2), amount_usd=Decimal(2))
    clock.shift(timedelta(hours=1))
    withdraw(second, "Paid to another fund", timezone.now())

    lines = logged(get(client))

    assert [line[2] for line in lines] == [
        "withdrawn",
        "Amount USD 2.00 US dollars credited USD 2.00",
    ]


# What must not show


def test_a_draft_of_a_correction_does_not_show(client):
    draft_correction(DepositFactory())

    assert logged(get(client)) == []


def test_a_correction_still_to_come_shows_from_its_moment_on(client, clock):
    correct(DepositFactory(), at=NOW + timedelta(hours=1), amount=Decimal(7), amount_usd=Decimal(7))

    assert logged(get(client)) == []
    clock.shift(timedelta(hours=1))
    assert len(logged(get(client))) == 1


@pytest.mark.parametrize("public_from", [None, NOW + timedelta(days=1)])
def test_what_was_withdrawn_before_it_was_public_does_not_show(client, public_from):
    withdraw(DepositFactory(public_from=public_from), "Not for readers", NOW)

    page = get(client)

    assert logged(page) == []
    assert "Not for readers" not in page.text


def test_a_draft_that_would_have_replaced_a_withdrawn_row_does_not_show(client):
    deposit = DepositFactory()
    draft = draft_correction(deposit)
    draft.amount = draft.amount_usd = Decimal("77.77")
    draft.save()
    withdraw(deposit, "Paid to another fund", NOW)

    ((_about, _was, now, _reason),) = logged(get(client))

    assert now == "withdrawn"
    assert "77.77" not in get(client).text


def test_the_result_of_a_programme_that_nobody_saw_does_not_show(client):
    withdraw(ResultFactory(programme__public_from=None), "Not for readers", NOW)

    assert logged(get(client)) == []


def test_the_title_of_a_programmes_draft_does_not_show(client):
    draft = draft_correction(ProgrammeFactory(short_title="The title"))
    draft.short_title = "Not for readers"
    draft.save()
    withdraw(ResultFactory(programme=draft), "Counted twice", NOW)

    ((about, *_rest),) = logged(get(client))

    assert about.startswith("The title Result")


def test_a_programme_that_readers_know_no_longer_is_named_as_its_address_was(client):
    programme = ProgrammeFactory(slug="border")
    draft = draft_correction(programme)
    draft.short_title = "Not for readers"
    draft.save()
    withdraw(ResultFactory(programme=draft), "Counted twice", NOW)
    withdraw(programme, "Never funded", NOW)

    about = [line[0] for line in logged(get(client))]

    assert about == ["Title of border Joint programme 09:30 UTC", "border Result 09:30 UTC"]


def test_a_stated_total_does_not_name_a_donor_that_readers_do_not_know(client):
    withdraw(
        StatedFigureFactory(figure="contributed?by=nobody-known&stage=deposited"), "Wrong", NOW
    )

    page = get(client)

    assert logged(page)[0][0].startswith("Contributed Stated figure 09:30")
    assert "nobody-known" not in page.text


def test_what_readers_know_no_longer_is_named_without_a_link(client):
    deposit = DepositFactory(pledge__donor__name="Norway")
    withdraw(deposit, "Paid to another fund", NOW)

    page = get(client)

    assert logged(page)[0][0].startswith("Norway Deposit")
    assert [a for body in page.all("tbody") for a in body.all("a")] == []


def test_every_link_of_the_log_leads_somewhere(client):
    correct(DepositFactory(), amount=Decimal(7), amount_usd=Decimal(7))
    correct(TargetFactory(), basis="deposited")
    correct(StatedFigureFactory(), value=Decimal(1))
    correct(ResultFactory(), figure=Decimal(1))
    correct(EditionFactory(), title="Another")
    withdraw(TargetFactory(year=2024), "Wrong", NOW)
    withdraw(ProgrammeFactory(), "Wrong", NOW)
    correct(StatedFigureFactory(figure="result?programme=none&key=none"), value=Decimal(1))

    links = [a.attributes["href"] for body in get(client).all("tbody") for a in body.all("a")]

    assert len(links) == 5
    assert [client.get(link).status_code for link in links] == [200] * 5


# Reasons


def test_the_reason_is_what_was_said_when_the_correction_was_published(client):
    draft = draft_correction(DepositFactory())
    draft.amount = draft.amount_usd = Decimal(7)
    draft._change_reason = "A remark on the draft"  # noqa: SLF001 (simple-history's attribute)
    draft.save()
    publish(draft, NOW, reason="The Agent credited less")

    assert logged(get(client))[0][3] == "The Agent credited less"


def test_an_approver_is_asked_why_a_row_is_corrected_and_readers_are_told(client):
    draft = desk.submitted(draft_correction(DepositFactory()))
    page = desk.page("deposit", "publish", draft.pk)

    desk.act(desk.approver(), page, desk.NOW | {"reason": "The Agent credited less"})

    assert logged(get(client))[0][3] == "The Agent credited less"


def test_nobody_is_asked_why_a_first_row_is_published():
    draft = desk.submitted(DepositFactory(public_from=None))

    form = desk.approver().get(desk.page("deposit", "publish", draft.pk)).context["form"]

    assert list(form.fields) == ["public_from"]


def test_the_reason_of_an_embargo_that_was_taken_back_is_forgotten(client):
    draft = draft_correction(DepositFactory())
    publish(draft, NOW + timedelta(hours=1), reason="Too early")
    publish(draft, None)
    publish(draft, NOW)

    assert logged(get(client))[0][3] == "no reason recorded"


def test_what_was_noted_on_a_draft_stays_there(client):
    draft = draft_correction(DepositFactory())
    draft.amount = draft.amount_usd = Decimal(7)
    draft._change_reason = "Not for readers"  # noqa: SLF001 (simple-history's attribute)
    draft.save()
    publish(draft, NOW)

    assert logged(get(client))[0][3] == "no reason recorded"


# Days and pages


def days(page):
    return [h2.text for h2 in page.all("h2")]


def test_lines_stand_under_their_days_the_latest_first(client, clock):
    for _day in range(2):
        withdraw(DepositFactory(), "Wrong", timezone.now())
        withdraw(EntryFactory(), "Wrong", timezone.now())
        clock.shift(timedelta(days=1))

    page = get(client)

    assert days(page) == ["21 November 2026", "20 November 2026"]
    assert [len(list(body.all("tr"))) for body in page.all("tbody")] == [2, 2]


def test_another_day_knows_the_corrections_up_to_it(client, clock):
    withdraw(DepositFactory(), "Wrong", timezone.now())
    clock.shift(timedelta(days=5))

    assert days(get(client, "?as_of=2026-11-20")) == ["20 November 2026"]
    assert "had been corrected by that day" in get(client, "?as_of=2026-11-19").text


def test_a_long_log_goes_on_over_pages(client):
    for _number in range(51):
        withdraw(DepositFactory(), "Wrong", NOW)

    first, second = get(client), get(client, "?page=2")

    assert "Rows 1 to 50 of 51" in first.text
    assert [len(logged(page)) for page in (first, second)] == [50, 1]


def test_the_number_of_queries_does_not_depend_on_the_rows(client, django_assert_num_queries):
    def write(number):
        for _number in range(number):
            correct(DepositFactory(), amount=Decimal(7), amount_usd=Decimal(7))
            correct(EntryFactory(), amount=Decimal(7))
            correct(EditionFactory(), title="Another")
            correct(TargetFactory(year=None, kind="capitalisation", period="A"), period="B")
            correct(ResultFactory(), figure=Decimal(1))
            correct(StatedFigureFactory(stated_for=date(2024, 1, 1) + timedelta(_number + number)))
            programme_of_two_rows()

    write(1)
    with django_assert_num_queries(29):
        client.get(ADDRESS)
    write(6)
    with django_assert_num_queries(29):
        client.get(ADDRESS)


def test_the_log_is_found_from_every_page(client):
    DepositFactory()

    for address in ("/about/", "/contributions/", "/contributions/pledges/"):
        page = parse(client.get(address).content.decode())
        (footer,) = page.all("footer", "site-footer")
        assert ADDRESS in [a.attributes["href"] for a in footer.all("a")]

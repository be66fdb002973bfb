"""The first page of the desk counts what waits, and each number leads to a list of just so many."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contributions.models import Instalment
from mptf_portal import review
from tests.contributions import desk
from tests.factories import (
    DepositFactory,
    EditionFactory,
    EntryFactory,
    PledgeFactory,
    ProgrammeFactory,
    ResultFactory,
    TargetFactory,
)

pytestmark = pytest.mark.django_db
HOME = "admin:index"


def panels(client):
    """Return by title the lines of every panel of the first page."""
    answer = client.get(reverse(HOME))
    assert answer.status_code == 200
    return {str(one.title): one.lines for one in answer.context["panels"]}


def listed(client, line):
    """Return how many rows the list behind a line holds."""
    answer = client.get(line.address)
    assert answer.status_code == 200
    return answer.context["cl"].result_count


def draft_entry(**values):
    return EntryFactory(public_from=None, evidence="Letter", **values)


def sent_back(row):
    review.send_back([desk.submitted(row)], desk.account("paula", "publish"), "Ask again")
    return row


def soon(row):
    type(row).objects.filter(pk=row.pk).update(public_from=timezone.now() + timedelta(days=3))


def some_of_everything(number=1):
    """Write so many rows for each panel, and as many that belong in none."""
    for _one in range(number):
        draft_entry()
        desk.submitted(draft_entry())
        desk.submitted(ResultFactory(public_from=None))
        sent_back(draft_entry())
        soon(draft_entry())
        EntryFactory(pledge__currency="XAF", evidence="Letter")
        DepositFactory(evidence="")
        owed = EntryFactory(evidence="Letter").pledge
        Instalment.objects.create(pledge=owed, due_on=date(2024, 3, 1), amount=Decimal(40))
        DepositFactory(pledge=owed, amount=Decimal(30), evidence="Receipt")
        paid = EntryFactory(evidence="Letter").pledge
        Instalment.objects.create(pledge=paid, due_on=date(2024, 3, 1), amount=Decimal(40))
        DepositFactory(pledge=paid, amount=Decimal(40), evidence="Receipt")
        later = EntryFactory(evidence="Letter").pledge
        due = timezone.now().date() + timedelta(days=1)
        Instalment.objects.create(pledge=later, due_on=due, amount=Decimal(40))


@pytest.mark.parametrize(
    "title",
    [
        "To review",
        "Sent back, to be changed",
        "Drafts",
        "Embargoes that end within 14 days",
        "To value: no rate",
        "Payments overdue",
        "Without evidence",
    ],
)
def test_each_number_leads_to_a_list_of_just_so_many(title):
    some_of_everything(2)
    client = desk.second_approver()

    lines = panels(client)[title]

    assert lines
    numbered = [line for line in lines if line.words[0].isdigit()]
    assert numbered
    for line in numbered:
        assert int(re.match(r"\d+", line.words)[0]) == listed(client, line) > 0


def test_nothing_waits_on_an_empty_ledger():
    html = desk.second_approver().get(reverse(HOME)).content.decode()

    assert {title for title, lines in panels(desk.second_approver()).items() if lines} == set()
    for said in ("Nothing waits for review.", "Every entry has its rate.", "No embargo ends"):
        assert said in html


def test_the_page_of_a_part_lists_what_it_keeps_and_nothing_that_waits():
    page = desk.officer().get(reverse("admin:app_list", args=["contributions"]))

    assert "To review" not in page.content.decode()
    assert ">Deposits</a>" in page.content.decode()
    assert "Joint programmes" not in page.content.decode()


def test_a_pledge_is_overdue_until_what_was_due_is_entered():
    pledge = EntryFactory().pledge
    Instalment.objects.create(pledge=pledge, due_on=date(2024, 3, 1), amount=Decimal(40))
    client = desk.second_approver()
    assert "USD\xa040.00 missing" in {line.note for line in panels(client)["Payments overdue"]}

    DepositFactory(pledge=pledge, amount=Decimal(40), public_from=None)

    assert not panels(client)["Payments overdue"]


def test_what_is_to_come_later_is_not_received_by_its_day():
    pledge = EntryFactory().pledge
    Instalment.objects.create(pledge=pledge, due_on=date(2024, 3, 1), amount=Decimal(40))
    later = timezone.now().date() + timedelta(days=90)
    DepositFactory(pledge=pledge, amount=Decimal(30), received_on=later, public_from=None)

    told = panels(desk.second_approver())["Payments overdue"]

    assert "USD\xa040.00 missing" in {line.note for line in told}


def test_who_sees_no_row_is_told_nothing_of_rows():
    client, _user = desk.member("Administrator")

    assert "Drafts" not in panels(client)


@pytest.mark.parametrize("kind", ["announced", "cancelled"])
def test_what_is_not_signed_or_is_cancelled_is_not_overdue(kind):
    pledge = PledgeFactory()
    if kind == "cancelled":
        EntryFactory(pledge=pledge)
        EntryFactory(pledge=pledge, kind=kind, amount=None, dated=date(2023, 9, 1), reason="Law")
    else:
        EntryFactory(pledge=pledge, kind=kind)
    Instalment.objects.create(pledge=pledge, due_on=date(2024, 3, 1), amount=Decimal(40))

    assert not panels(desk.second_approver())["Payments overdue"]


def test_an_approver_is_told_which_rows_somebody_else_must_approve():
    client = desk.approver()
    row = draft_entry()
    review.submit([row], desk.account("ana", "add", "change", "view", "publish"))

    (line,) = panels(client)["To review"]

    assert "1 submitted by you" in line.note


def test_an_assertion_that_does_not_hold_is_told_with_its_evidence():
    TargetFactory(year=2023, amount_usd=Decimal(500))
    EditionFactory(markdown="We [reached the target](claim:target-reached?year=2023).")

    lines = panels(desk.second_approver())["Assertions that do not hold, or cannot be told"]

    assert [line.words.partition(":")[0] for line in lines] == ["“reached the target”"]
    assert "US$" in lines[0].note or "recorded yet" in lines[0].note


def test_the_target_of_the_year_is_told():
    year = timezone.now().year
    TargetFactory(year=year, amount_usd=Decimal(500))

    (line,) = panels(desk.second_approver())[f"Target of {year}"]

    assert str(year) in line.note


def test_only_what_one_may_view_is_told():
    some_of_everything()

    assert [title for title, lines in panels(desk.stranger()).items() if lines] == []


def queries(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len(asked)


def test_the_first_page_asks_as_often_however_many_rows_there_are():
    some_of_everything(1)
    client = desk.second_approver()
    few = queries(client, reverse(HOME))

    some_of_everything(4)

    assert queries(client, reverse(HOME)) == few


LISTS = [
    ("pledge", "contributions"),
    ("pledgeentry", "contributions"),
    ("deposit", "contributions"),
    ("donor", "contributions"),
    ("fundingtarget", "contributions"),
    ("edition", "contributions"),
    ("exchangerate", "contributions"),
    ("reportedcontribution", "contributions"),
    ("jointprogramme", "programmes"),
    ("result", "programmes"),
    ("statedfigure", "programmes"),
    ("proposedchange", "proposals"),
]


@pytest.mark.parametrize(("model", "app"), LISTS)
def test_no_list_asks_once_for_each_of_its_rows(model, app):
    client, address = desk.second_approver(), desk.page(model, "changelist", app=app)
    some_of_everything(1)
    ProgrammeFactory()
    few = queries(client, address)

    some_of_everything(4)
    for _one in range(4):
        ProgrammeFactory()

    assert queries(client, address) == few


STATES = {
    "draft": draft_entry,
    "submitted": lambda: desk.submitted(draft_entry()),
    "returned": lambda: sent_back(draft_entry()),
    "embargoed": lambda: soon(draft_entry()),
    "public": EntryFactory,
    "withdrawn": lambda: EntryFactory(
        public_until=timezone.now(), withdrawn_reason="Entered twice"
    ),
    "replaced": lambda: EntryFactory(public_until=timezone.now()),
}


def test_the_filter_by_state_parts_all_rows():
    for make in STATES.values():
        make()
    client = desk.second_approver()

    found = {
        state: client.get(f"{desk.page('pledgeentry', 'changelist')}?state={state}")
        .context["cl"]
        .result_count
        for state in STATES
    }

    assert found == dict.fromkeys(STATES, 1)


def totals(client, model, query="", app="contributions"):
    answer = client.get(f"{desk.page(model, 'changelist', app=app)}?{query}")
    return dict(answer.context["totals"])


def test_pledges_are_added_as_the_figures_add_them():
    pledge = EntryFactory(kind="announced", amount=Decimal(100)).pledge
    EntryFactory(pledge=pledge, dated=date(2023, 3, 1), amount=Decimal(120))
    EntryFactory(pledge__funding_year=2024, kind="announced", amount=Decimal(7))
    draft_entry(pledge=pledge, dated=date(2023, 9, 1), amount=Decimal(999))
    DepositFactory(pledge=pledge, amount=Decimal(50))
    client = desk.second_approver()

    every, one = (totals(client, "pledge", query) for query in ("", "funding_year=2023"))

    assert list(every.values()) == ["USD\xa0127.00", "USD\xa0120.00", "USD\xa050.00"]
    assert list(one.values()) == ["USD\xa0120.00", "USD\xa0120.00", "USD\xa050.00"]


def test_deposits_are_added_once_each():
    public = DepositFactory(amount=Decimal(50))
    DepositFactory(amount=Decimal(7), public_from=None)
    DepositFactory(amount=Decimal(1), public_until=timezone.now(), withdrawn_reason="Twice")
    desk.correct(desk.officer(), "deposit", public.pk)

    assert list(totals(desk.second_approver(), "deposit").values()) == ["USD\xa057.00"]


def test_programmes_are_added_once_each_whatever_they_are_filtered_by():
    programme = ProgrammeFactory(budget_usd=Decimal(10), budget_as_of=date(2024, 1, 1))
    ProgrammeFactory(budget_usd=Decimal(5), budget_as_of=date(2024, 1, 1), public_from=None)
    desk.correct(desk.officer(), "jointprogramme", programme.pk, app="programmes")

    found = totals(desk.second_approver(), "jointprogramme", app="programmes")

    assert found["Approved budgets, drafts included"] == "USD\xa015.00"

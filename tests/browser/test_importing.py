"""An officer brings a file in: it is refused, put right, looked at, confirmed and undone."""

import csv
from decimal import Decimal

import pytest

from contributions.models import Deposit
from tests.browser.test_desk import account, sign_in
from tests.factories import EntryFactory, PledgeFactory

pytestmark = pytest.mark.django_db(transaction=True)

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def file(tmp_path):
    """Return what writes the Administrative Agent's file anew, each time with these amounts."""

    def write(*amounts):
        path = tmp_path / "deposits.csv"
        headings = ("Contributor/Partner", "Agreement", "Year", "Deposit date", "Amount",
                    "Deposit", "Reference")  # fmt: skip
        with path.open("w", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(headings)
            for number, amount in enumerate(amounts):
                rows.writerow(
                    ("Norway", "SAA-1", 2023, "05/04/2023", amount, amount, f"AA-{number}")
                )
        return path

    return write


def choose(page, path):
    page.get_by_label("Deposits").check()
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Read the file").click()


def test_a_file_is_refused_put_right_imported_and_undone(open_page, axe, picture, file):
    pledge = PledgeFactory(donor__name="Norway", agreement_reference="SAA-1")
    EntryFactory(pledge=pledge, amount=Decimal(100))
    account("olga", "add", "change", "view")
    page = open_page()
    sign_in(page, "olga")

    page.get_by_role("link", name="Imports").click()
    page.get_by_role("link", name="Bring a file in").click()
    choose(page, file("60", "-60x"))
    axe(page, runOnly=WCAG)
    page.get_by_role("button", name="Show what it brings").click()
    assert "may be 2023-04-05 or 2023-05-04" in page.locator("#content").inner_text()

    page.get_by_role("link", name="Change how it is read").click()
    page.get_by_label("03/04/2024 is 3 April").check()
    picture(page, "import-reading")
    page.get_by_role("button", name="Show what it brings").click()
    assert "is no number" in page.locator("#content").inner_text()
    assert page.get_by_role("button", name="Import all of it").count() == 0
    axe(page, runOnly=WCAG)
    picture(page, "import-refused")

    page.goto("/admin/contributions/fileimport/add/")
    choose(page, file("60", "40"))
    page.get_by_label("03/04/2024 is 3 April").check()
    page.get_by_role("button", name="Show what it brings").click()
    page.get_by_role("button", name="Import all of it").press("Enter")
    assert "waits for an approver" in page.locator(".messagelist").inner_text()
    assert {row.amount for row in Deposit.objects.submitted()} == {60, 40}
    axe(page, runOnly=WCAG)
    picture(page, "import-done")

    page.get_by_role("link", name="Undo the import").click()
    page.get_by_role("button", name="Undo the import").click()
    assert "Undone" in page.locator(".messagelist").inner_text()
    assert not Deposit.objects.submitted().exists()

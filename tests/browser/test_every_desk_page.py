"""Every page of the desk is accessible, by the keyboard too, light and dark, and fits a phone.

The addresses are asked of the admin, and of the pages themselves, as each group finds them. The
browser opens each page that is made of something which none before it shows; in the quick test, of
so many things at `least`.
"""

from urllib.parse import urljoin

import pytest
from django.test import Client
from django.urls import reverse

from contributions.models import FileImport
from mptf_portal.accounts.roles import load_groups
from mptf_portal.accounts.urls import urlpatterns as of_accounts
from tests.browser.conftest import DESKTOP, IN_THE_DARK
from tests.browser.crawl import within
from tests.browser.keyboard import missed
from tests.contributions import desk
from tests.desk_pages import APPS, acts_of, address, models_kept, page_of, states_of
from tests.elements import parse

pytestmark = pytest.mark.django_db(transaction=True)

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Where a row stands on whose page each group has something to do; some have no such life.
STATES = {
    "Officer": ("", "draft", "published"),
    "Approver": ("submitted",),
    "Administrator": ("",),
    "": (),
}
NARROW = {"width": 320, "height": 640}
LIES_BESIDE = "document.documentElement.scrollWidth > innerWidth"
FILE = b"Agreement,Year,Deposit date,Amount,Reference\nSAA-1,2023,2023-05-04,60,AA-1\n"


def written(officer):
    """Write a row of each model wherever it may stand; return each with where that is."""
    rows = [
        (state, page_of(model, state, desk.someone("clerk")))
        for model in models_kept()
        for state in states_of(model)
        if any(state in one for one in STATES.values())
    ]
    held = FileImport.objects.get()
    held.by, held.file_name, held.content = officer, "deposits.csv", FILE
    held.save()
    return rows


def starts(rows):
    """Yield the first page, each part's, each list, what stands beside it, and each row's page."""
    yield reverse("admin:index")
    yield from (reverse("admin:app_list", args=[one]) for one in sorted(APPS))
    for model in models_kept():
        for act in acts_of(model, on_a_row=False):
            yield address(model, act)
    for row in rows:
        yield address(type(row), "change", row.pk)
    for one in of_accounts:
        if one.name and not one.pattern.regex.groups:
            yield reverse(one.name)


def onward(here, tree):
    """Yield what a page leads to: its row's acts, its list narrowed, its list without a row."""
    links = [one.attributes["href"] for one in tree.all("a") if "href" in one.attributes]
    if here.endswith("/change/"):
        inside = [within(here, link) for link in links]
        root = here.removesuffix("change/")
        yield from (one for one, _place in filter(None, inside) if one.startswith(root))
    if (filters := tree.place("changelist-filter")) and "?" not in here:
        choices = [one for offered in filters.all("ul") for one in offered.all("a")]
        narrowed = (one.attributes["href"] for one in choices)
        yield urljoin(here, next(link for link in narrowed if link != "?"))
        yield urljoin(here, "?q=nowhere")


def pages(client, rows):
    """Yield the address and the tree of each page that the client is shown."""
    waiting = list(dict.fromkeys(starts(rows)))
    for here in waiting:
        answer = client.get(here)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            tree = parse(answer.content.decode())
            yield here, tree
            waiting += [one for one in onward(here, tree) if one not in waiting]


def made_of(tree):
    """Return what a page is made of: its elements, each by its classes and what it lies in."""
    return {
        (outer.tag, inner.tag, inner.attributes.get("type"), *inner.classes)
        for outer in tree.all()
        for inner in outer.children
        if not isinstance(inner, str) and inner.tag not in {"body", "td", "th"}
    }


def sign_in(page, client, address):
    """Give the browser the session of the client at that address, or take it away."""
    page.context.clear_cookies()
    kept = [{"name": one.key, "value": one.value} for one in client.cookies.values()]
    page.context.add_cookies([one | {"url": address} for one in kept])


def look_at(page, axe):
    """Check the page that is open: all of it, by the keyboard, and that it fits a narrow screen."""
    assert missed(page) == {"unreached": [], "unseen": []}
    page.emulate_media(color_scheme="light")
    axe(page, runOnly=WCAG)
    page.emulate_media(color_scheme="dark")
    axe(page, runOnly=IN_THE_DARK)
    page.set_viewport_size(NARROW)
    try:
        assert not page.evaluate(LIES_BESIDE)
    finally:
        page.set_viewport_size(DESKTOP["viewport"])


@pytest.mark.usefixtures("nothing_foretold")
@pytest.mark.parametrize("least", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_every_page_is_accessible_and_fits(open_page, axe, live_server, subtests, least):
    load_groups()
    rows = written(desk.member("Officer")[1])
    page, shown = open_page(**DESKTOP), set()
    for group, states in STATES.items():
        client = desk.member(group)[0] if group else Client()
        sign_in(page, client, live_server.url)
        for here, tree in pages(client, [row for state, row in rows if state in states]):
            if len((parts := made_of(tree)) - shown) < least:
                continue
            shown |= parts
            with subtests.test(f"{group} {here}"):
                page.goto(here)
                look_at(page, axe)
                send = page.locator("#content-main .submit-row [type=submit]").first
                if here.endswith("/add/") and send.count():
                    send.click()  # nothing is filled in: the form comes back and says so
                    refused = made_of(parse(page.content()))
                    if not refused <= shown:
                        look_at(page, axe)
                    shown |= refused

"""Every page that a link or the sitemap leads to is whole, valid, accessible, narrow and true."""

from decimal import Decimal
from functools import cache

import pytest
from django.test import Client

from contributions.models import Donor
from tests import vnu
from tests.browser.conftest import DESKTOP, IN_THE_DARK, PHONE
from tests.browser.crawl import MOST, crawl, of_each_kind, within
from tests.browser.keyboard import missed
from tests.browser.ledger import write_every_kind_of_row

pytestmark = pytest.mark.django_db(transaction=True)

A_FEW = 3
WIDER_THAN_ITS_WINDOW = "document.documentElement.scrollWidth > window.innerWidth"


@cache
def site(of_a_kind):
    """Crawl the ledger, which is the same for each test here, once."""
    write_every_kind_of_row()
    return crawl(Client(), of_a_kind)


@pytest.fixture(
    params=[A_FEW, pytest.param(MOST, marks=pytest.mark.slow)], ids=["a few of a kind", "all"]
)
def visited(request):
    """Return every address with what was answered there; in the quick tests, a few of each kind."""
    return site(request.param)


@pytest.fixture
def kinds(request, visited):
    """Return a page of each kind; in the quick tests, of each view."""
    quick = request.node.callspec.params["visited"] == A_FEW
    return of_each_kind(visited.values(), by_view=quick)


@pytest.fixture(
    params=[PHONE, pytest.param(DESKTOP, marks=pytest.mark.slow)], ids=["phone", "desktop"]
)
def size(request):
    """Return the size of the browser; the quick tests have a telephone in hand."""
    return request.param


@pytest.fixture
def ledger(visited):
    """Write the ledger for the browser, unless the crawl did so in this test."""
    if not Donor.objects.exists():
        write_every_kind_of_row()


@pytest.fixture
def pages(visited):
    """Return what of it is a page."""
    return [one for one in visited.values() if one.is_page]


def test_no_link_is_broken(visited):
    broken = [
        (one.address, address, fragment)
        for one in visited.values()
        for address, fragment in one.links
        if is_broken(visited.get(address), fragment)
    ]

    assert broken == []


def is_broken(target, fragment):
    """Tell whether a link leads to no page (a redirect is none), or to no place on it.

    The day of some is not asked.
    """
    if target is None:
        return False
    return target.status != 200 or bool(fragment and target.tree.place(fragment) is None)


def test_every_address_of_the_sitemap_leads_to_a_page(visited):
    listed = [address for address, _fragment in visited["/sitemap.xml"].links]

    assert len(listed) > 60
    asked = [visited[address] for address in listed if address in visited]
    assert [one.address for one in asked if not one.is_page] == []


def test_every_page_is_valid_html(pages, tmp_path):
    for number, one in enumerate(pages):
        (tmp_path / f"{number}.html").write_text(one.text, encoding="utf-8")

    said = vnu.complaints(tmp_path)

    assert [(pages[int(one.split(".")[0])].address, one) for one in said] == []
    assert len(pages) > 100


def test_every_page_has_one_heading_and_each_table_its_caption_and_scopes(pages):
    wrong = [one.address for one in pages if len(list(one.tree.all("h1"))) != 1]
    for one in pages:
        for table in one.tree.all("table"):
            captions = [caption.text for caption in table.all("caption")]
            heads = [head.attributes.get("scope") for head in table.all("th")]
            if not (captions and captions[0] and heads and all(heads)):
                wrong.append(one.address)

    assert wrong == []


def test_every_number_in_a_link_is_the_one_on_its_figures_page(visited, pages):
    numbers = [number for one in pages for number in numbers_in_links(one)]
    compared = [(page, figure, value) for page, figure, value in numbers if figure in visited]

    wrong = [
        (page, figure, value, headline(visited[figure]))
        for page, figure, value in compared
        if headline(visited[figure]) != value
    ]

    assert wrong == []
    assert len(compared) > 100


def numbers_in_links(one):
    """Yield the page, the figure's address and the value of each `<data>` in a link to a figure."""
    for link in one.tree.all("a"):
        address, _fragment = within(one.address, link.attributes.get("href", "")) or ("", "")
        if address.startswith("/figures/"):
            for data in link.all("data"):
                yield one.address, address, Decimal(data.attributes["value"])


@cache
def headline(visited):
    """Return the value that a figure's page states of itself."""
    (told,) = [data for place in visited.tree.all(name="headline") for data in place.all("data")]
    return Decimal(told.attributes["value"])


@pytest.mark.usefixtures("ledger")
def test_a_page_of_each_kind_is_accessible_and_fits_a_narrow_screen(
    open_page, size, axe, kinds, subtests
):
    page = open_page(**size)
    for address in kinds:
        with subtests.test(address):
            page.set_viewport_size(size["viewport"])
            page.emulate_media(color_scheme="light")
            assert page.goto(address).status == 200

            if size is DESKTOP:
                assert missed(page) == {"unreached": [], "unseen": []}
            axe(page)
            page.emulate_media(color_scheme="dark")
            axe(page, runOnly=IN_THE_DARK)
            assert page.evaluate("document.styleSheets.length") >= 7
            page.set_viewport_size({"width": 320, "height": 600})
            assert not page.evaluate(WIDER_THAN_ITS_WINDOW)

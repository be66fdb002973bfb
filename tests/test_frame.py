"""What frames every page: the way to it, what others are told of it, and whom to write to."""

import struct
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils import timezone, translation

from contributions.models import Donor
from mptf_portal.models import Demonstration
from mptf_portal.templatetags.frame import language_and_territory
from tests.addresses import ADDRESSES, one_of_each
from tests.elements import parse

pytestmark = [pytest.mark.django_db, pytest.mark.either]

SECTIONS = ["/", "/statements/unece-2024/", "/about/", "/contributions/", "/programmes/"]
HOST = "http://testserver"
FIGURE = "/figures/contributed/?by=unece&stage=pledged&year=2023"


@pytest.fixture(autouse=True)
def _record():
    one_of_each()


def get(client, address):
    return parse(client.get(address).content.decode())


def meta(page):
    """Return what the head says, by name or property; each stands once."""
    said = [one.attributes for one in page.all("meta") if "content" in one.attributes]
    named = {one.get("name") or one.get("property"): one["content"] for one in said}
    assert len([one for one in said if "itemprop" not in one]) == len(named) - (None in named)
    return named


def trail(page):
    (nav,) = page.all("nav", "breadcrumb")
    return [item.text for item in nav.all("li")], [a.attributes["href"] for a in nav.all("a")]


# The way to a page


def test_a_page_below_a_section_shows_the_way_to_it(client, subtests):
    statuses = {}
    for address in [one for one in ADDRESSES if one.partition("?")[0] not in SECTIONS]:
        with subtests.test(address):
            page = get(client, address)

            labels, addresses = trail(page)
            assert labels[0] == "Statement"
            assert len(labels) == len(addresses) + 1
            for one in addresses:
                statuses[one] = statuses.get(one) or client.get(one).status_code
            assert {statuses[one] for one in addresses} == {200}
            (here,) = [
                one for one in page.all("span") if one.attributes.get("aria-current") == "page"
            ]
            assert here.text == labels[-1]


@pytest.mark.parametrize("address", SECTIONS)
def test_a_section_itself_needs_no_way(client, address):
    assert not list(get(client, address).all("nav", "breadcrumb"))


def test_the_way_to_a_donor_leads_over_the_sections_above(client):
    Donor.objects.filter(slug="denmark").update(name="Denmark")

    labels, addresses = trail(get(client, "/contributions/donors/denmark/?as_of=2024-01-01"))

    assert labels == ["Statement", "Contributions", "Donors", "Denmark"]
    assert addresses == [
        f"{one}?as_of=2024-01-01" for one in ("/", "/contributions/", "/contributions/donors/")
    ]


def test_the_way_to_a_delivered_text_begins_at_that_statement(client):
    _labels, addresses = trail(get(client, "/statements/to-come/delivered/"))

    assert addresses == ["/statements/to-come/"]


def test_machines_read_the_way_too(client):
    (nav,) = get(client, "/contributions/donors/").all("nav", "breadcrumb")

    (crumbs,) = nav.all("ol")
    assert crumbs.attributes["itemtype"] == "https://schema.org/BreadcrumbList"
    places = [one.attributes["content"] for one in crumbs.all("meta")]
    assert places == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("address", "current"), [("/contributions/", "page"), ("/contributions/donors/", "true")]
)
def test_the_navigation_tells_the_page_from_its_section(client, address, current):
    (nav,) = get(client, address).all("nav", "site-nav")

    marked = {a.text: a.attributes.get("aria-current") for a in nav.all("a")}
    assert marked == {
        "Statement": None, "Contributions": current, "Programmes": None, "About": None
    }  # fmt: skip


# What others are told


def test_a_page_says_what_it_is_to_who_shares_it(client, subtests):
    for address in ADDRESSES:
        with subtests.test(address):
            page = get(client, address)

            said = meta(page)
            title = next(page.all("title"))  # one in an SVG is a text of its own
            assert f"{said['og:title']} · Migration MPTF" == title.text
            assert said["og:description"] == said["description"] != ""
            (canonical,) = [one for one in page.all("link") if one.attributes["rel"] == "canonical"]
            assert said["og:url"] == canonical.attributes["href"]
            assert said["og:url"].startswith(f"{HOST}/")
            assert client.get(said["og:url"].removeprefix(HOST)).status_code == 200
            assert said["og:locale"] == "en_US"
            assert said["og:site_name"] == "Migration MPTF portal"


def test_a_shared_page_has_a_picture_of_the_size_it_says(client):
    said = meta(get(client, "/"))

    assert said["twitter:card"] == "summary_large_image"
    picture = finders.find(said["og:image"].removeprefix(f"{HOST}{settings.STATIC_URL}"))
    size = Path(picture).read_bytes()[
        16:24
    ]  # after a PNG's signature and the head of its first part
    assert struct.unpack(">II", size) == (int(said["og:image:width"]), int(said["og:image:height"]))
    assert said["og:image:alt"].startswith("The joint statement")


def test_the_first_page_is_shared_as_the_statement_that_it_shows(client):
    assert meta(get(client, "/"))["og:url"] == f"{HOST}/statements/unece-2024/"


def test_the_day_asked_for_is_part_of_the_shared_address(client):
    said = meta(get(client, f"{FIGURE}&as_of=2023-12-31"))

    assert said["og:url"] == f"{HOST}{FIGURE}&as_of=2023-12-31"


def test_a_figure_is_shared_with_its_value_and_day(client):
    said = meta(get(client, FIGURE))

    assert said["description"].startswith("USD\u00a0900.00, as of ")


def test_a_title_with_marks_is_shared_as_it_is(client):
    Donor.objects.filter(slug="denmark").update(name='The "Fund" & <Co>')

    html = client.get("/contributions/donors/denmark/").content.decode()

    assert meta(parse(html))["og:title"] == 'The "Fund" & <Co>'
    assert 'content="The &quot;Fund&quot; &amp; &lt;Co&gt;"' in html


def test_invented_amounts_are_called_so_in_every_shared_title_and_have_no_picture(client):
    Demonstration.objects.create(pk=1, loaded_on=timezone.now().date())

    told = [meta(get(client, address)) for address in ADDRESSES]

    titles = [one["og:title"] for one in told]
    assert [title for title in titles if not title.startswith("Demonstration ledger: ")] == []
    assert [one for one in told if "og:image" in one] == []


def test_an_answer_that_is_no_page_has_no_permanent_address(client):
    page = get(client, "/nothing")

    assert "og:url" not in meta(page)
    assert not [one for one in page.all("link") if one.attributes["rel"] == "canonical"]


@pytest.mark.parametrize(
    ("language", "named"),
    [("en", "en_US"), ("fr", "fr_FR"), ("es", "es_ES"), ("ru", "ru_RU"), ("ar", "ar_EG"),
     ("zh-hans", "zh_CN")],
)  # fmt: skip
def test_each_language_is_named_with_a_territory(language, named):
    with translation.override(language):
        assert language_and_territory() == named


# Whom to write to


def test_without_a_contact_the_pages_say_so(client):
    page = get(client, FIGURE)

    (footer,) = page.all("footer")
    assert "No contact for this portal is recorded yet." in footer.text
    assert "To report an error in this figure: no contact is recorded yet." in page.text
    assert "Licence" not in footer.text


@pytest.mark.parametrize("address", [FIGURE, "/figures/target-reached/?year=2023&as_of=2024-01-01"])
def test_an_error_is_reported_with_the_address_of_the_figure(client, settings, address):
    settings.CONTACT_EMAIL = "portal+errors@un.example.org"

    page = get(client, address)

    (link,) = [a for a in page.all("a") if a.text == "Report an error in this figure"]
    mail = urlsplit(link.attributes["href"])
    assert (mail.scheme, mail.path) == ("mailto", "portal%2Berrors@un.example.org")
    assert parse_qs(mail.query) == {"subject": [f"Error in the figure at {HOST}{address}"]}
    assert "+" not in mail.query


def test_a_page_may_stand_in_for_a_mail_address(client, settings):
    settings.CONTACT_URL = "https://un.example.org/contact"

    page = get(client, FIGURE)

    linked = [a.text for a in page.all("a") if a.attributes["href"] == settings.CONTACT_URL]
    assert linked == ["Report an error in this figure", "Contact"]


def test_the_licence_stands_in_the_footer_once_it_is_known(client, settings):
    settings.LICENCE, settings.LICENCE_URL = "CC BY 3.0 IGO", "https://licence.example.org/"

    (footer,) = get(client, "/about/").all("footer")

    (link,) = [a for a in footer.all("a") if a.attributes.get("rel") == "license"]
    assert (link.text, link.attributes["href"]) == (settings.LICENCE, settings.LICENCE_URL)

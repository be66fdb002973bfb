"""A journalist finds what the Fund did in Tajikistan, by list, table, map and matrix."""

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESSES = [
    "/programmes/?q=tajik&region=Asia&year=not-recorded",
    "/programmes/?view=table&status=closed",
    "/programmes/?view=map",
    "/programmes/?country=KEN&objective=9",
    "/programmes/objectives/",
    "/programmes/gambia-trans-gambia-corridor/",
]
WIDER_THAN_ITS_WINDOW = "document.documentElement.scrollWidth > window.innerWidth"


@pytest.fixture(autouse=True)
def _register():
    call_command("load_reference", verbosity=0)
    call_command("load_published", verbosity=0)


@pytest.mark.parametrize("colors", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_every_form_of_the_register_is_accessible_and_fits_a_narrow_screen(
    open_page, axe, subtests, colors
):
    page = open_page(color_scheme=colors)
    for address in ADDRESSES:
        with subtests.test(address):
            page.set_viewport_size({"width": 1280, "height": 800})
            page.goto(address)

            axe(page)
            page.set_viewport_size({"width": 320, "height": 600})
            assert not page.evaluate(WIDER_THAN_ITS_WINDOW)


def test_without_javascript_the_form_leads_to_the_programme_and_its_result(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/programmes/")
    page.get_by_label("Search").fill("TAJIK fam")
    page.get_by_label("Region").select_option("Asia")
    page.get_by_role("button", name="Show").click()

    assert page.url.endswith("/programmes/?q=TAJIK+fam&region=Asia#found")
    assert page.locator(".count").inner_text() == "1 of 11 programmes on record"
    page.get_by_role("link", name="Families left behind, Tajikistan").click()
    result = page.locator(".results li").first
    assert result.locator("b").inner_text() == "over 130,000"
    assert result.get_by_role("link").count() == 1


def test_the_keyboard_alone_takes_a_choice_back(desktop):
    desktop.goto("/programmes/?region=Asia&status=closed")
    desktop.get_by_role("button", name="Show").focus()
    for _list_table_map_and_search in range(4):
        desktop.keyboard.press("Tab")
    focused = desktop.evaluate("document.activeElement.textContent")
    assert focused == "Remove the filter Region: Asia"
    desktop.keyboard.press("Enter")

    desktop.wait_for_url("**/programmes/?status=closed#found")


def test_a_circle_leads_to_its_country_and_the_coast_is_drawn(desktop):
    with desktop.expect_response("**/img/land.svg") as land:
        desktop.goto("/programmes/?view=map")
    assert land.value.ok
    circle = desktop.get_by_role("link", name="Tajikistan: 1 programme")
    assert circle.locator("circle").get_attribute("cx") == "649.4"
    circle.click()

    assert desktop.locator("h1").inner_text() == "Tajikistan"


def test_the_map_is_not_mirrored_from_right_to_left(desktop):
    desktop.goto("/programmes/?view=map")
    place = "document.querySelector('.map circle').getBoundingClientRect().x"
    chile = desktop.evaluate(place)

    desktop.evaluate("document.documentElement.dir = 'rtl'")

    assert desktop.evaluate(place) == chile

"""The browser itself, and its watch over what a page does."""

import pytest


def test_the_sign_in_page_has_its_stylesheet(page):
    page.goto("/admin/account/login/")

    rules = page.evaluate("Array.from(document.styleSheets, sheet => sheet.cssRules.length)")
    assert rules
    assert all(rules)
    # base.css sets no margin on the body; without it every browser has 8 px.
    assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px"


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        ("fetch('/static/missing.css')", "404"),
        ("setTimeout(() => { throw new Error('broken script') })", "broken script"),
    ],
)
def test_what_goes_wrong_in_a_page_is_noticed(desktop, problems, script, complaint):
    desktop.goto("/admin/account/login/")
    desktop.evaluate(script)
    desktop.wait_for_timeout(200)

    assert complaint in "\n".join(problems)
    problems.clear()


def test_a_request_to_another_host_is_noticed(open_page, problems):
    page = open_page(bypass_csp=True)
    page.goto("/admin/account/login/")
    page.evaluate("fetch('http://127.0.0.1:9/').catch(() => null)")

    assert "Request to another host: http://127.0.0.1:9/" in problems
    problems.clear()

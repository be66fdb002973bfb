"""An officer of the secretariat before a real server: what a browser sends and gets back."""

import re
from html import unescape
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client

from contributions.models import Donor
from tests.servers import Gunicorn

NAME, PASSWORD = "olga-of-the-desk", "what she typed"
ADD = "/admin/contributions/donor/add/"
TYPED = {"name": "Fondation <Été> & Cie", "slug": "fondation-ete", "kind": "foundation"}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Officer:
    """Somebody signed in, with the form of a new donor open."""

    def __init__(self, served: Gunicorn) -> None:
        """Sign in, and open the form."""
        officer = get_user_model().objects.create_superuser(NAME, f"{NAME}@example.org")
        officer.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1)
        officer.save()
        browser = Client()
        browser.force_login(officer)
        session = browser.cookies[settings.SESSION_COOKIE_NAME].value
        self.served = served
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
        status, headers, body = served.get(ADD, Cookie=self.cookie)
        assert status == 200, body
        name, _, value = headers["Set-Cookie"].partition(";")[0].partition("=")
        assert name == settings.CSRF_COOKIE_NAME
        self.cookie += f"; {name}={value}"
        self.token = TOKEN.search(body.decode())[1]

    def post(self, address: str, fields: dict[str, str]) -> tuple[int, str]:
        """Send the form, and return status and page."""
        status, _headers, body = self.served.get(
            address,
            method="POST",
            body=urlencode({"csrfmiddlewaretoken": self.token} | fields),
            Cookie=self.cookie,
            Content_Type="application/x-www-form-urlencoded",
        )
        return status, body.decode()

    def fails(self) -> str:
        """Send the form, be told clearly that nothing was saved, and return the page."""
        status, page = self.post(ADD, TYPED | {"_save": "Save"})
        assert status == 503, (status, page)
        assert "The ledger cannot be reached" in page
        assert "take it as not saved" in page
        assert {unescape(value) for _name, value in HIDDEN.findall(page)} >= {*TYPED.values()}
        assert f"<td>{TYPED['slug']}</td>" in page
        return page

    def sends_again(self, page: str) -> None:
        """Press the button of the page that kept the form: it is saved, and once."""
        assert f'action="{ADD}"' in page
        kept = {unescape(name): unescape(value) for name, value in HIDDEN.findall(page)}
        kept["csrfmiddlewaretoken"] = TOKEN.search(page)[1]
        status, answer = self.post(ADD, kept)
        assert status == 302, answer
        assert Donor.objects.filter(name=TYPED["name"]).count() == 1

    def cannot_sign_in(self) -> None:
        """Send the sign-in form, and get back nothing that was typed in it."""
        status, page = self.post(
            "/admin/account/login/", {"login": f"{NAME}@example.org", "password": PASSWORD}
        )
        assert status == 503, (status, page)
        assert NAME not in page
        assert PASSWORD not in page

"""The secretariat's desk as a browser sees it: who signs in, and what their forms post."""

import base64
import hmac
import re
import struct
import time
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.forms import BoundField
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from mptf_portal import review
from mptf_portal.accounts.roles import load_groups
from mptf_portal.publishing import PublicRow
from tests.factories import EditionFactory

LIVE = r"We gave [\$XX](figure:contributed?by={by}&stage={stage}) since the Fund's inception."
LEDGER = ("mptf_portal", "proposals", "programmes", "contributions")
NOW = {"public_from": ""}
TOTP_SECRET = "JBSWY3DPEHPK3PXP"
WHY = {"reason": "The arrangement says so"}
# A block of data is no code: the policy lets it stand, and nothing runs it.
SCRIPT = r'<script(?![^>]*\s(?:src=|type="application/json"))[^>]*>'
INLINE_CODE = re.compile(rf"(?i)<[^>]*\s(?:style|on\w+)\s*=|{SCRIPT}|<style")


class Staff(Client):
    """A browser that refuses what the Content-Security-Policy would: inline styles and scripts."""

    def request(self, **request: Any) -> HttpResponse:
        """Answer the request, once the page is found clean."""
        answer = super().request(**request)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            return answer
        inline = INLINE_CODE.search(answer.content.decode())
        assert not inline, f"{request['PATH_INFO']} holds inline code: {inline[0]}"
        return answer


def officer() -> Client:
    """Sign in somebody who may add, change and view everything, and publish nothing."""
    return _signed_in("olga", "add", "change", "view")


def approver(*denied: str) -> Client:
    """Sign in somebody who may publish, too; `denied` are codenames of permissions withheld."""
    return _signed_in("ana", "add", "change", "view", "publish", denied=denied)


def superuser() -> Client:
    """Sign in somebody whom Django never asks for a permission."""
    return signed_in(get_user_model().objects.create_superuser("root", "root@example.org"))


def second_approver() -> Client:
    """Sign in somebody who publishes and enters nothing."""
    return _signed_in("petra", "view", "publish")


def member(group: str) -> tuple[Client, Any]:
    """Sign in somebody of the group, and return their browser and their account."""
    load_groups()
    user = _user("mira")
    user.groups.set(Group.objects.filter(name=group))
    return signed_in(user), user


def someone(name: str) -> Any:
    """Return the account of somebody who did something before."""
    return get_user_model().objects.get_or_create(username=name)[0]


def account(name: str, *acts: str) -> Any:
    """Return the account of somebody who may do so with every row."""
    return _user(name, *acts)


def stranger() -> Client:
    """Sign in a member of staff who may do nothing with the ledger."""
    return _signed_in("stefan")


def _signed_in(name: str, *acts: str, denied: Sequence[str] = ()) -> Client:
    return signed_in(_user(name, *acts, denied=denied))


def signed_in(user: Any, **proof: Any) -> Client:
    """Sign somebody in who has enrolled a second factor, and showed it just now.

    `proof` is what the session keeps of it: `method="password"` showed no second factor.
    """
    factor = {"type": Authenticator.Type.TOTP, "data": {"secret": TOTP_SECRET}}
    Authenticator.objects.get_or_create(user=user, type=factor["type"], defaults=factor)
    client = Staff()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time(), **proof}]
    session.save()
    return client


def code_of_the_app(secret: str) -> str:
    """Return what an authenticator app shows now (RFC 6238)."""
    moment = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), moment, "sha1")
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def _user(name: str, *acts: str, denied: Sequence[str] = ()) -> Any:
    user, _new = get_user_model().objects.get_or_create(username=name, is_staff=True)
    known = Permission.objects.filter(content_type__app_label__in=LEDGER)
    granted = [one for one in known if one.codename.partition("_")[0] in acts]
    granted = [one for one in granted if one.codename not in denied]
    user.user_permissions.set(granted)
    return user


def page(model: str, act: str, *args: object, app: str = "contributions") -> str:
    """Return the address of an admin page, as in page("pledge", "change", 1)."""
    return reverse(f"admin:{app}_{model}_{act}", args=args)


def shown(client: Client, address: str) -> dict[str, Any]:
    """Return what the browser would post of the form at that address, nothing touched."""
    context = told(client.get(address))
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    fields = [field for form in forms for field in form]
    values = {field.html_name: _posted(field) for field in fields}
    values["versions"] = context.get("versions")  # accounts have none
    return {name: value for name, value in values.items() if value is not None}


def told(answer: HttpResponse) -> Any:
    """Return what the view told the page's template, also where a test spares the page itself."""
    return answer.context or answer.context_data


def _posted(field: BoundField) -> Any:
    value = field.value()
    if isinstance(value, list):  # several may be chosen
        return [getattr(chosen, "pk", chosen) for chosen in value]
    return field.field.widget.format_value(value)


def with_row(data: dict[str, Any], rows: str, **values: object) -> dict[str, Any]:
    """Return the posted data with one more row of an inline: entries, deposits, instalments."""
    number = int(data[f"{rows}-TOTAL_FORMS"])
    row = {f"{rows}-{number}-{name}": value for name, value in values.items()}
    return data | row | {f"{rows}-TOTAL_FORMS": number + 1}


def save(client: Client, address: str, data: dict[str, Any]) -> None:
    """Post a form that must be accepted."""
    answer = client.post(address, data)
    assert answer.status_code == 302, errors(answer)


def refused(client: Client, address: str, data: dict[str, Any]) -> str:
    """Post a form that must be refused, and return what its page says."""
    answer = client.post(address, data)
    assert answer.status_code == 200, "the form was accepted"
    return errors(answer)


def errors(answer: HttpResponse) -> str:
    """Return every message beside the fields and forms of an admin page."""
    return " ".join(map(str, answer.context["errors"]))


def errors_of(answer: HttpResponse) -> list[str]:
    """Return every message of the one form of a page about an account."""
    return [message for messages in answer.context["form"].errors.values() for message in messages]


def refused_file(answer: HttpResponse) -> str:
    """Return why the page that takes a file does not take it."""
    form = answer.context["form"]
    said = [message for messages in form.errors.values() for message in messages]
    return " ".join([*answer.context.get("refused", []), *map(str, said)])


def at(moment: datetime) -> dict[str, str]:
    """Return what the browser posts to publish from that minute on."""
    return {"public_from": f"{moment:%Y-%m-%dT%H:%M}"}


def act(client: Client, address: str, data: dict[str, str]) -> HttpResponse:
    """Open the page of an act and confirm it, having seen what it shows."""
    opened = client.get(address)
    seen = told(opened)["seen"] if opened.status_code == 200 else ""
    return client.post(address, data | {"seen": seen})


def submit(client: Client, model: str, pk: int, app: str = "contributions") -> None:
    """Submit for approval, through the page of the act."""
    done(act(client, page(model, "submit", pk, app=app), {}))


def submitted(row: PublicRow) -> PublicRow:
    """Submit a row in the name of an officer who does nothing else, and return it."""
    review.submit([row], _user("clerk", "change"))
    return row


def publish(client: Client, model: str, pk: int, app: str = "contributions") -> None:
    """Submit what is a draft still, and publish it at once as somebody else, act by act."""
    if client.get(page(model, "submit", pk, app=app)).status_code == 200:
        submit(client, model, pk, app)
    done(act(second_approver(), page(model, "publish", pk, app=app), NOW | WHY))


def done(answer: HttpResponse) -> None:
    """Fail, with what its page says, where an act was not done."""
    assert answer.status_code == 302, str(answer.context and answer.context["form"].errors)


def correct(client: Client, model: str, pk: int, app: str = "contributions") -> int:
    """Open a correction of a public row and return the draft's key."""
    answer = act(client, page(model, "correct", pk, app=app), {"reason": "A mistake"})
    assert answer.status_code == 302, answer.status_code
    return int(re.search(r"/(\d+)/change/", answer["Location"])[1])


def show_on_the_home_page(*figures: tuple[str, str]) -> None:
    """Publish a statement that says a figure for each (by, stage)."""
    text = "\n\n".join(LIVE.format(by=by, stage=stage) for by, stage in figures)
    EditionFactory(markdown=text)


def said_at_home() -> list[Decimal | None]:
    """Return the value of each live link on the home page, None where the text stays as typed."""
    html = Client().get("/").content.decode()
    links = re.findall(r'<a class="figure[^>]*>(.*?)</a>', html)
    values = [re.search(r'<data value="([^"]*)"', link) for link in links]
    return [value and Decimal(value[1]) for value in values]

"""Who may do what at the desk: every page and act, for each group, wherever a row stands.

The pages are asked of the admin itself, so that one without a rule here fails; what each group may
do is written here once more, by hand, in the words of the officer's guide.
"""

import logging
from dataclasses import dataclass
from itertools import product

import pytest
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.http import HttpResponseForbidden
from django.template.response import SimpleTemplateResponse
from django.utils import timezone

from contributions.models import Delivery
from mptf_portal import urls
from programmes.models import Country, Objective
from tests.contributions import desk
from tests.desk_pages import (
    STATES,
    acts_of,
    address,
    has_life,
    models_kept,
    page_of,
    row_in,
    states_of,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either,
    pytest.mark.usefixtures("nothing_foretold"),
]

GROUPS = ("Viewer", "Officer", "Approver", "Administrator")
READERS = {"Viewer", "Officer", "Approver"}
HANDS_ON = {"Officer", "Approver"}  # who may have entered a row, and who decides on it
OUT = {"published", "withdrawn"}  # readers know it, or did
WAITING = {"submitted", "embargoed"}
SAID = {"public_from": "", "reason": "The arrangement says so", "comment": "Ask the mission"}
LOOKED_UP = {Country, Objective, Delivery, Group}
ELSEWHERE = {"pledgeentry", "deposit", "proposedchange", "delivery"}  # are added on another page


@dataclass(frozen=True)
class Case:
    """One question: may somebody of this group do it, and is the row theirs."""

    group: str
    state: str = ""
    own: bool = False

    def officer(self, *states):
        return self.group == "Officer" and (not states or self.state in states)

    @property
    def administrator(self):
        return self.group == "Administrator"

    def approver(self, *states):
        return self.group == "Approver" and (not states or self.state in states)


# What is done on the page of a row; a model's own rule goes before that of the act.
RULES = {
    "change": lambda case: case.group in READERS,
    "history": lambda case: case.group in READERS,
    "simple_history": lambda case: case.group in READERS,
    "delete": lambda case: False,
    "saved": lambda case: case.officer("draft", ""),
    "submit": lambda case: case.officer("draft"),
    "take-back": lambda case: case.officer("submitted"),
    "publish": lambda case: case.approver(*WAITING) and not case.own,
    "send-back": lambda case: case.approver(*WAITING),
    "withdraw": lambda case: case.officer("draft") or case.approver(*set(STATES) - {"withdrawn"}),
    "correct": lambda case: case.officer("published"),
    # by model
    # of an import that is looked at still, by somebody else
    **{
        f"fileimport {act}": lambda case: False
        for act in ("saved", "read", "look", "undo", "submit", "publish", "send-back", "take-back")
    },
    "user change": lambda case: case.administrator,
    "user history": lambda case: case.administrator,
    "user saved": lambda case: case.administrator,
    "user invite": lambda case: case.administrator,
    "user remove-factors": lambda case: case.administrator,
    "group change": lambda case: case.administrator,
    "group history": lambda case: case.administrator,
    "pledge saved": lambda case: case.officer(),
    "jointannouncement saved": lambda case: case.officer(),
    "pledge publish": lambda case: case.approver("submitted") and not case.own,
    "pledge send-back": lambda case: case.approver("submitted"),
    "pledge terms": lambda case: case.officer("embargoed", *OUT),
    "pledge cancel": lambda case: case.officer(),
    "pledge refund": lambda case: False,  # nothing of it was deposited
    "jointannouncement choose": lambda case: case.officer("draft", "submitted", "withdrawn"),
    "edition preview": lambda case: case.group in READERS,
    "edition compare": lambda case: case.group in READERS,
    "edition deliver": lambda case: case.approver("published"),
    "proposedchange saved": lambda case: False,
    "proposedchange correct": lambda case: False,
    "proposedchange withdraw": lambda case: (
        case.officer("draft", "submitted") or case.approver("draft", "submitted")
    ),
}
# What is done beside the list of a model.
LISTS = {
    "changelist": lambda case: case.group in READERS,
    "add": lambda case: case.officer(),
    "submit-chosen": RULES["submit"],
    "publish-chosen": RULES["publish"],
    "download-csv": lambda case: case.group in READERS,
    "download-xlsx": lambda case: case.group in READERS,
    "pledge value": lambda case: case.officer(),
    "user changelist": lambda case: case.administrator,
    "user add": lambda case: case.administrator,
    "group changelist": lambda case: case.administrator,
    "pledge multi-year": lambda case: case.officer(),
    "edition preview-typed": lambda case: case.group in READERS,
    "edition figures": lambda case: case.group in READERS,
    "exchangerate upload": lambda case: case.officer(),
    "exchangerate value-entries": lambda case: case.officer(),
    "exchangerate confirm": lambda case: False,  # nothing was uploaded
}
REFUSED = {403, 404}
OPENED = {  # acts whose page is opened, because what is posted to it differs from page to page
    "change", "history", "simple_history", "terms", "cancel", "choose", "preview", "compare",
    "deliver", "refund", "read", "look", "invite", "remove-factors",
}  # fmt: skip


def rule(rules, model, act):
    """Return the rule of an act; a page that nobody wrote a rule for has none."""
    name = model._meta.model_name
    return rules.get(f"{name} {act}") or rules[act]


def refuse(_request, exception):
    """Answer as briefly as can be."""
    return HttpResponseForbidden(str(exception))


@pytest.fixture(autouse=True)
def _only_who_may(monkeypatch, caplog):
    """Spare what is said and logged of what is refused, and the pages of what is opened."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")
    monkeypatch.setattr(urls, "handler403", refuse, raising=False)
    caplog.set_level(logging.ERROR)


def may(client, model, act, obj, *, expected):
    """Tell whether the client does the act on the object's page, or opens the page.

    Who shall be refused posts without a look at its page at first, as a crafted request does.
    """
    if act == "saved":
        page = address(model, "change", obj.pk)
        opened = client.get(page)
        form = desk.shown(client, page) if opened.status_code == 200 else {}
        return client.post(page, form).status_code == 302
    if act == "simple_history":
        return client.get(address(model, act, obj.pk, obj.history.latest().pk)).status_code == 200
    page = address(model, act, obj.pk)
    if act in OPENED:
        return client.get(page).status_code in {200, 302}
    if not expected and client.post(page, SAID).status_code in REFUSED:
        return False
    return desk.act(client, page, SAID).status_code == 302


def models_and_people():
    """Yield each model with each group, and whether the rows are their own.

    Whose a row is weighs on who approves it alone; in the quick test, approvers alone are asked.
    """
    for model, group in product(models_kept(), GROUPS):
        name = f"{model._meta.model_name}-{group}"
        yield pytest.param(model, group, False, id=name)
        if has_life(model) and group in HANDS_ON:
            marks = [] if group == "Approver" else [pytest.mark.slow]
            yield pytest.param(model, group, True, id=f"{name}-own", marks=marks)


@pytest.mark.parametrize(("model", "group", "own"), list(models_and_people()))
def test_on_the_page_of_a_row(model, group, own):
    client, user = desk.member(group)
    acts = acts_of(model, on_a_row=True) + ([] if model in LOOKED_UP else ["saved"])
    expected, observed = {}, {}
    for case in [Case(group, state, own) for state in states_of(model)]:
        with transaction.atomic():
            maker = user if case.own else desk.someone("clerk")
            obj = page_of(model, case.state, maker)
            for act in acts:
                if case.own and act in OPENED:  # the same page, whoever entered its row
                    continue
                key, allowed = (case, act), rule(RULES, model, act)(case)
                with transaction.atomic():
                    expected[key] = allowed
                    observed[key] = may(client, model, act, obj, expected=allowed)
                    transaction.set_rollback(True)
                obj.refresh_from_db()
            transaction.set_rollback(True)

    assert differences(expected, observed) == {}


@pytest.mark.parametrize(("model", "group", "own"), list(models_and_people()))
def test_beside_the_list_of_a_model(model, group, own):
    client, user = desk.member(group)
    expected, observed = {}, {}
    for act in acts_of(model, on_a_row=False):
        chosen = act.endswith("-chosen")
        for state in states_of(model) if chosen else ("",):
            case = Case(group, state, own)
            with transaction.atomic():
                if chosen:
                    row = row_in(state, model, user if own else desk.someone("clerk"))
                    page = f"{address(model, act)}?rows={row.pk}"
                    moved = desk.act(client, page, SAID).status_code == 302
                    observed[case, act] = moved and stands(row) != state
                else:
                    observed[case, act] = opens(client, address(model, act))
                transaction.set_rollback(True)
            nowhere = act == "add" and (model in LOOKED_UP or model._meta.model_name in ELSEWHERE)
            expected[case, act] = not nowhere and rule(LISTS, model, act)(case)

    assert differences(expected, observed) == {}


def opens(client, page):
    """Tell whether a page opens, be it by GET or, where it only takes posts, by POST."""
    answer = client.get(page)
    if answer.status_code == 405:
        answer = client.post(page)
    return answer.status_code == 200


def stands(row: models.Model) -> str:
    """Return where the row stands now, by the names used here."""
    row.refresh_from_db()
    if row.public_until:
        return "withdrawn"
    if row.public_from:
        return "embargoed" if row.public_from > timezone.now() else "published"
    return "submitted" if row.submitted_at else "draft"


def differences(expected, observed):
    """Return what differs, each by its case, with what was expected of it."""
    assert expected
    return {key: expected[key] for key in expected if expected[key] != observed[key]}

"""Every page of the desk, asked of the admin itself, and a row of each model where it may stand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import URLPattern, reverse
from django.utils import timezone
from factory.django import DjangoModelFactory

from contributions.models import Edition, FileImport, FundingTarget, JointAnnouncement, Pledge
from mptf_portal.editing import versions
from mptf_portal.editing.wording import Difference
from mptf_portal.publishing import PublicRow
from programmes.models import StatedFigure
from proposals.models import ProposedChange
from tests import factories
from tests.contributions import desk

STATES = ("draft", "submitted", "embargoed", "published", "withdrawn")
CARRIERS = {Pledge: "pledge", JointAnnouncement: "announcement"}  # whose pages act on their entries
OPEN = {"login", "logout"}  # nobody is signed in there
APPS = {"auth", "contributions", "programmes", "proposals"}


def models_kept():
    """Return every model of the desk, in the order of their names."""
    kept = [one for one in admin.site._registry if one._meta.app_label in APPS]  # noqa: SLF001
    return sorted(kept, key=lambda one: one._meta.label)


def admin_addresses():
    """Return the address of every page of the admin, row pages asking for row 1."""
    pages = [(pattern, "") for pattern in admin.site.get_urls()]
    while pages:
        pattern, prefix = pages.pop()
        route = prefix + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            pages += [(one, route) for one in pattern.url_patterns]
        elif pattern.name not in OPEN and "(?P<" not in route:
            route = route.replace("^([^/]+)/history/([^/]+)/$", "1/history/1/")
            route = route.replace("<path:object_id>", "1").replace("<id>", "1")
            yield reverse("admin:index") + route.replace("<path:content_type_id>", "1")


def has_life(model):
    """Tell whether the pages of the model act on rows that go from draft to withdrawn."""
    return issubclass(model, PublicRow) or model in CARRIERS


def states_of(model):
    """Return where a row of the model may stand; one that has no such life stands nowhere."""
    if not has_life(model):
        return ("",)
    # a proposal takes effect at once
    return tuple(one for one in STATES if model is not ProposedChange or one != "embargoed")


def acts_of(model, *, on_a_row):
    """Return the names of the pages that the model's admin has, on a row's page or beside them."""
    options = model._meta
    prefix = f"{options.app_label}_{options.model_name}_"
    return [
        pattern.name.removeprefix(prefix)
        for pattern in admin.site.get_model_admin(model).get_urls()
        if pattern.name and any(mark in str(pattern.pattern) for mark in "<(") == on_a_row
    ]


FACTORIES = {
    one._meta.model: one
    for one in vars(factories).values()
    if isinstance(one, type) and issubclass(one, DjangoModelFactory) and one._meta.model
}


def made(model, **values):
    """Return a row of the model."""
    if model is Group:
        return Group.objects.get(name="Viewer")
    if model is get_user_model():
        invited = desk.someone("invited")
        invited.set_unusable_password()
        invited.save()
        desk.signed_in(invited)
        return invited
    if model is FileImport:
        said = {"kind": "deposits", "at": timezone.now(), "content": b"a,b\n"}
        return FileImport.objects.create(by=desk.someone("clerk"), **said)
    if model is not ProposedChange:
        return FACTORIES[model](**values)
    donor = factories.DonorFactory()
    proposal = ProposedChange.of_rows(
        donor, [donor], [("Donor", Difference("Name", "Danmark", "Denmark"))], "So"
    )
    proposal.seen = versions.of([donor])
    proposal.save()
    return proposal


def columns_of(state, maker):
    """Return what tells where a row stands."""
    now, later = timezone.now(), timezone.now() + timedelta(days=9)
    submitted = {"submitted_at": now, "submitted_by": maker}
    columns: dict[str, dict[str, Any]] = {
        "draft": {},
        "submitted": submitted,
        "embargoed": submitted | {"public_from": later},
        "published": submitted | {"public_from": datetime(2024, 1, 1, tzinfo=UTC)},
        "withdrawn": submitted
        | {
            "public_from": datetime(2024, 1, 1, tzinfo=UTC),
            "public_until": now,
            "withdrawn_reason": "Wrong",
        },
    }
    return columns[state]


def told_apart(model, number):
    """Return what two rows of the model that are public must not share."""
    if model is FundingTarget:
        return {"year": 2031 + number}
    return {"stated_for": date(2031 + number, 1, 1)} if model is StatedFigure else {}


def row_in(state, model, maker):
    """Return a row where it stands in its life, as its maker entered and submitted it."""
    row = made(model, public_from=None, **told_apart(model, STATES.index(state)))
    if model is Edition:  # to compare it with
        made(model, statement=row.statement, **columns_of("withdrawn", maker))
    row.history.update(history_user=maker)
    model.objects.filter(pk=row.pk).update(**columns_of(state, maker))
    row.refresh_from_db()
    return row


def page_of(model, state, maker):
    """Return the object whose page is asked; rows that its acts take further stand there."""
    if not has_life(model):
        return made(model)
    if model not in CARRIERS:
        return row_in(state, model, maker)
    entry = row_in(state, factories.EntryFactory._meta.model, maker)
    if model is JointAnnouncement:
        entry.announcement = factories.JointAnnouncementFactory()
        type(entry).objects.filter(pk=entry.pk).update(announcement=entry.announcement)
    return getattr(entry, CARRIERS[model])


def address(model, act, *args):
    """Return the address of a page of the model's admin."""
    return desk.page(model._meta.model_name, act, *args, app=model._meta.app_label)

"""The first page of the desk: what waits, each with the list that holds exactly what is counted.

A panel is made by a function of the request, which asks the database the same number of questions
however many rows there are. Apps add theirs by `panels`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.db.models import Count, Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mptf_portal import review
from mptf_portal.editing.lists import DRAFT, ENDING, RETURNED, STATES, SUBMITTED
from mptf_portal.money import format_day
from mptf_portal.publishing import PublicRow


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits: in words, where it is seen, and what else is to be known of it."""

    words: str
    address: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A question that an officer has every morning; `empty` says what it means to have no line."""

    title: str
    lines: tuple[Line, ...]
    empty: str


Maker = Callable[[HttpRequest], Iterable[Panel]]
_makers: list[tuple[int, Maker]] = []


def panels(order: int) -> Callable[[Maker], Maker]:
    """Have the decorated function asked for panels; the lowest order stands first."""

    def add(maker: Maker) -> Maker:
        _makers.append((order, maker))
        return maker

    return add


def all_panels(request: HttpRequest) -> list[Panel]:
    """Return the panels of what the user may view."""
    makers = sorted(_makers, key=lambda one: one[0])
    return [panel for _order, make in makers for panel in make(request)]


def list_of(model: type[models.Model], **filters: str) -> str:
    """Return the address of the model's list with these filters."""
    options = model._meta
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return f"{reverse(f'admin:{options.app_label}_{options.model_name}_changelist')}?{query}"


def counted(number: int, model: type[models.Model]) -> str:
    """Return the number with the model's name, as in “3 deposits”."""
    options = model._meta
    name = options.verbose_name if number == 1 else options.verbose_name_plural
    return _("%(number)s %(name)s") % {"number": number, "name": name}


@panels(0)
def in_review(request: HttpRequest) -> Iterator[Panel]:
    """Tell what is in somebody's hands before it is public: one question for each kind of row."""
    found = [(model, _stand(model, request)) for model in _models(request)]
    if not found:
        return
    yield Panel(
        _("To review"),
        tuple(_to_review(model, stand) for model, stand in found if stand[SUBMITTED]),
        _("Nothing waits for review."),
    )
    yield Panel(
        _("Sent back, to be changed"),
        tuple(_state(model, stand, RETURNED) for model, stand in found if stand[RETURNED]),
        _("Nothing was sent back."),
    )
    yield Panel(
        _("Drafts"),
        tuple(_state(model, stand, DRAFT) for model, stand in found if stand[DRAFT]),
        _("Everything that was entered is submitted."),
    )
    yield Panel(
        _("Embargoes that end within 14 days"),
        tuple(_ending(model, stand) for model, stand in found if stand[ENDING]),
        _("No embargo ends within 14 days."),
    )


def _models(request: HttpRequest) -> list[type[PublicRow]]:
    """Return the kinds of rows that the user may view."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, PublicRow)
        and admin.site.is_registered(model)
        and review.may(request.user, "view", model)
    ]


def _stand(model: type[PublicRow], request: HttpRequest) -> dict[str, Any]:
    """Count the rows of the model by where they stand, each state as its list is narrowed to it."""
    now = timezone.now()
    there = {
        state: Q(pk__in=STATES[state][1](model.objects.all(), now).values("pk"))
        for state in (SUBMITTED, RETURNED, DRAFT, ENDING)
    }
    return model.objects.order_by().aggregate(
        **{state: Count("pk", filter=stands) for state, stands in there.items()},
        own=Count("pk", filter=there[SUBMITTED] & Q(submitted_by=request.user.pk)),
        oldest=Min("submitted_at", filter=there[SUBMITTED]),
        first=Min("public_from", filter=there[ENDING]),
    )


def _state(model: type[PublicRow], stand: dict[str, Any], state: str) -> Line:
    return Line(capfirst(counted(stand[state], model)), list_of(model, state=state))


def _to_review(model: type[PublicRow], stand: dict[str, Any]) -> Line:
    notes = [_("the oldest since %(day)s") % {"day": format_day(stand["oldest"].date())}]
    if stand["own"]:
        own = _("%(count)s submitted by you, for somebody else to approve")
        notes.append(own % {"count": stand["own"]})
    words = capfirst(counted(stand[SUBMITTED], model))
    return Line(words, list_of(model, state=SUBMITTED), "; ".join(notes))


def _ending(model: type[PublicRow], stand: dict[str, Any]) -> Line:
    words = capfirst(counted(stand[ENDING], model))
    first = _("the first on %(moment)s UTC") % {"moment": f"{stand['first']:%Y-%m-%d %H:%M}"}
    return Line(words, list_of(model, state=ENDING), first)

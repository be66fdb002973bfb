"""Template tags for what frames every page: the way to it, and what others are told of it."""

from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from babel.core import get_global
from django import template
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mptf_portal.money import locale

register = template.Library()

ABOVE = {  # the addresses that stand above others, and what the way to a page calls them
    "home": gettext_lazy("Statement"),
    "contributions": gettext_lazy("Contributions"),
    "donors": gettext_lazy("Donors"),
    "countries": gettext_lazy("Countries"),
    "figures": gettext_lazy("Figures"),
    "programmes": gettext_lazy("Programmes"),
    "objectives": gettext_lazy("Objectives"),
}


@register.inclusion_tag("includes/breadcrumb.html", takes_context=True)
def breadcrumb(context: Context, *above: str, here: str, statement: str = "") -> dict[str, Any]:
    """Show the way to this page, which is called `here`, by the names of the addresses above it.

    It begins at the statement: the one on the first page, or the one at the address `statement`.
    """
    way = [(statement or reverse("home"), ABOVE["home"])]
    way += [(reverse(name), ABOVE[name]) for name in above]
    return {"way": way, "here": here, "place": len(way) + 1, "snapshot": context["snapshot"]}


@register.simple_tag(takes_context=True)
def block_text(context: Context, name: str) -> str:
    """Return once more what a block of this page says, as plain text.

    Templates can say a block only once, and Django has no public way to ask for it again.
    """
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return unescape(block.render(context)).strip()


@register.simple_tag(takes_context=True)
def permanent_address(context: Context) -> str:
    """Return the page's own address in full, whatever way led to it, with the part it shows."""
    request = context["request"]
    address = context.get("address") or context["snapshot"].address(request.path)
    said = parse_qs(urlsplit(address).query)
    parts = [(name, value) for name, value in request.GET.items() if name not in said]
    return request.build_absolute_uri(followed_by(address, parts))


@register.simple_tag(takes_context=True)
def static_address(context: Context, path: str) -> str:
    """Return the address of a static file in full, for who finds it outside this site."""
    return context["request"].build_absolute_uri(static(path))


def followed_by(address: str, parts: list[tuple[str, str]]) -> str:
    """Return the address with more parameters at its end."""
    if not parts:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parts)}"


@register.simple_tag
def language_and_territory() -> str:
    """Return the active language as Open Graph writes it, with the territory that most speak it."""
    likely = get_global("likely_subtags")
    language, *_script, territory = likely.get(str(locale()), likely[locale().language]).split("_")
    return f"{language}_{territory}"


@register.filter
def error_report(email: str, page: str) -> str:
    """Return the address that opens a mail to `email` about an error on the page."""
    subject = _("Error in the figure at %(address)s") % {"address": page}
    return f"mailto:{quote(email, safe='@')}?subject={quote(subject, safe='')}"

"""The editor of an edition: what the linter finds, and the text as its readers will see it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin

from contributions import markup
from contributions.markup import Finding, Level
from contributions.models import Edition, Statement
from contributions.statement_page import statement_context
from mptf_portal.forms import PublicRowForm
from mptf_portal.snapshot import Snapshot, latest

View = Callable[..., HttpResponse]
TYPED, SAVED = (
    gettext_lazy("Preview of the text as typed: nothing of it is saved."),
    gettext_lazy("Preview of the saved text."),
)
QUOTED = 24, 48  # characters of a line that are quoted before and after the place of a finding
LINK_OUT = re.compile(r'<a (?=[^>]*\bhref="[^#"])')

# A page of the desk that holds frames, and one that stands in them: both of this site alone.
holding_frames: Callable[[View], View] = csp_update({"frame-src": [SELF]})


def framed(view: View) -> View:
    """Let the answers of a view stand in a frame of the desk, which the site forbids elsewhere."""
    return xframe_options_sameorigin(csp_replace({"frame-ancestors": [SELF]})(view))


def glimpse() -> Snapshot:
    """Return the snapshot of this second for one page, which counts each figure once."""
    return replace(latest(preview=True), remembered={})


def unlisted(answer: HttpResponse) -> HttpResponse:
    """Ask robots to stay away from what only staff may see."""
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


class EditionForm(PublicRowForm):
    """An edition whose live links all name something that can be counted."""

    class Meta:
        widgets = {
            "markdown": forms.Textarea(
                {"class": "vLargeTextField source", "rows": 30, "dir": "auto", "spellcheck": "true"}
            )
        }

    def clean_markdown(self) -> str:
        """Refuse the text with the line and column of each error."""
        markdown = self.cleaned_data["markdown"]
        markup.refuse_errors(markdown, latest(preview=True))
        return markdown


class TypedForm(forms.Form):
    """What the fields of an edition hold while somebody types; nothing of it has to be complete."""

    statement = forms.ModelChoiceField(Statement.objects.all(), required=False)
    language = forms.ChoiceField(choices=Edition.Language, required=False)
    title = forms.CharField(required=False)
    markdown = forms.CharField(required=False, strip=False)

    def edition(self) -> Edition:
        """Return an edition, never saved, of what is valid."""
        self.is_valid()
        return Edition(**{name: value for name, value in self.cleaned_data.items() if value})


@dataclass(frozen=True, slots=True)
class Place:
    """A finding with the words around its place."""

    finding: Finding
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What the linter says of a text, by how much it matters."""

    errors: tuple[Place, ...]
    warnings: tuple[Place, ...]
    typed: tuple[Place, ...]

    @property
    def summary(self) -> str:
        """Return how many there are of each, in a sentence."""
        counted = [
            (ngettext("%(count)s error", "%(count)s errors", len(self.errors)), self.errors),
            (
                ngettext("%(count)s warning", "%(count)s warnings", len(self.warnings)),
                self.warnings,
            ),
            (
                ngettext("%(count)s typed number", "%(count)s typed numbers", len(self.typed)),
                self.typed,
            ),
        ]
        said = [words % {"count": len(places)} for words, places in counted if places]
        return ", ".join(said) or _("Every number is live.")


def findings(markdown: str, snapshot: Snapshot) -> Findings:
    """Return what the linter says of a text, counted in the snapshot."""
    lines = markdown.replace("\r\n", "\n").split("\n")
    found = markup.check(markdown, snapshot)
    return Findings(
        *(
            tuple(_places(found, lines, level))
            for level in (Level.ERROR, Level.WARNING, Level.TYPED)
        )
    )


def _places(found: Iterable[Finding], lines: list[str], level: Level) -> Iterable[Place]:
    for finding in found:
        if finding.level is level:
            line, at = lines[finding.line - 1], finding.column - 1
            start, end = max(at - QUOTED[0], 0), at + QUOTED[1]
            before = ("…" if start else "") + line[start:at]
            yield Place(finding, before, line[at:end] + ("…" if line[end:] else ""))


def preview(request: HttpRequest, edition: Edition, heading: str) -> HttpResponse:
    """Show a text, saved or not, as its readers would see it now, with the linter's findings.

    No public page stands in a frame, so a link out of the text opens beside it.
    """
    snapshot = glimpse()
    context: dict[str, Any] = {
        "heading": heading,
        "findings": findings(edition.markdown, snapshot),
    }
    template = "admin/edition/unplaced.html"
    if edition.statement_id:
        template = "admin/edition/preview.html"
        context |= statement_context(snapshot, edition)
    answer = unlisted(render(request, template, context))
    answer.content = LINK_OUT.sub('<a target="_blank" ', answer.content.decode())
    return answer

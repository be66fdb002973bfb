"""Choosing a figure or a claim: search, parameters, today's value, and the link for the text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions import markup
from contributions.figures import COMMITTED, DEPOSITED, PLEDGED, annual_targets, stage_name
from contributions.markup import Level, Note
from contributions.markup.links import SCALES, read
from contributions.models import Donor, Statement
from contributions.models.donors import ALL, GLOBAL_SOUTH, SIGNATORIES, UNECE
from mptf_portal import figures
from mptf_portal.figures import Counted, Figure, Registered, Unit, UnknownReferenceError
from mptf_portal.snapshot import INCEPTION, Snapshot
from programmes.models import Result

Choices = list[tuple[str, Any]]

LABELS = {
    "by": gettext_lazy("Whose"),
    "statement": gettext_lazy("Statement they signed"),
    "stage": gettext_lazy("Stage"),
    "year": gettext_lazy("Funding year"),
    "at-least": gettext_lazy("At least"),
}
HELP = {"statement": gettext_lazy("With the signatories of a statement, and with nobody else.")}
ONE_RESULT = ("programme", "key")  # the parameters that name one result together
SCALE_WORDS = {"one": "", "thousand": " thousand", "million": " million"}  # as texts are in English


class Lists:
    """What the parameters can be chosen from, each list asked for once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def of(self, parameter: str) -> Choices | None:
        """Return what a parameter is chosen from; None for one that is written."""
        return {
            "by": lambda: self.scopes,
            "statement": lambda: self.statements,
            "stage": lambda: [(one, stage_name(one)) for one in (DEPOSITED, COMMITTED, PLEDGED)],
            "year": lambda: self.years,
        }.get(parameter, lambda: None)()

    @cached_property
    def scopes(self) -> Choices:
        """Return groups of donors, and every donor that a text may name."""
        groups = [
            (ALL, _("All donors")),
            (UNECE, _("UNECE donors")),
            (GLOBAL_SOUTH, _("Donors of the global south")),
            (SIGNATORIES, _("The signatories of a statement")),
        ]
        donors = Donor.objects.using(self.snapshot.using).order_by("name")
        return [*groups, (_("One donor"), list(donors.values_list("slug", "name")))]

    @cached_property
    def statements(self) -> Choices:
        """Return the statements."""
        return list(Statement.objects.using(self.snapshot.using).values_list("slug", "title"))

    @cached_property
    def years(self) -> Choices:
        """Return the Fund's years up to the next one, and those with a target, the latest first."""
        next_year = self.snapshot.as_of.year + 1
        known = {*range(INCEPTION.year, next_year + 1), *annual_targets(self.snapshot)}
        return [(str(year), str(year)) for year in sorted(known, reverse=True)]

    @cached_property
    def latest_target(self) -> str:
        """Return the latest year with a target, else the current one."""
        return str(max(annual_targets(self.snapshot), default=self.snapshot.as_of.year))

    @cached_property
    def results(self) -> Choices:
        """Return the results that a text may name, by programme: “programme key” and its words."""
        rows = Result.objects.using(self.snapshot.using).filter(public_until=None)
        grouped: dict[str, dict[str, str]] = {}
        for row in rows.select_related("programme").order_by("programme__short_title", "key"):
            group = grouped.setdefault(row.programme.short_title, {})
            group[f"{row.programme.slug} {row.key}"] = f"{row.unit}: {row.what}"
        return [(name, list(group.items())) for name, group in grouped.items()]


class ParametersForm(forms.Form):
    """The parameters that a figure or claim declares, how its value is said, and its words.

    It is filled from an address: what that leaves out stands at its default.
    """

    def __init__(self, entry: Registered, lists: Lists, asked: Mapping[str, str]) -> None:
        super().__init__()
        self.entry = entry
        defaults = entry.defaults()
        for name in entry.parsers:
            if name not in ONE_RESULT:
                self._add_parameter(name, lists, defaults)
        if set(ONE_RESULT) <= entry.parsers.keys():
            self._add_result(lists)
        if entry.kind is Figure:
            self._add_saying()
        self.fields["words"] = forms.CharField(
            label=gettext_lazy("Words of the link"),
            required=False,
            help_text=gettext_lazy("XX stands where the value does. Empty: the usual words."),
        )
        given = {name: asked[name] for name in self.fields if name in asked}
        self.data = {name: field.initial or "" for name, field in self.fields.items()} | given
        self.is_bound = True

    def _add_parameter(self, name: str, lists: Lists, defaults: Mapping[str, Any]) -> None:
        choices, default = lists.of(name), defaults.get(name)
        initial = "" if default is None else str(default)
        if name == "year" and name not in defaults:
            initial = lists.latest_target
        options = {
            "label": LABELS.get(name, name),
            "help_text": HELP.get(name, ""),
            "required": name not in defaults,
            "initial": initial,
        }
        if choices is None:
            self.fields[name] = forms.CharField(**options)
            return
        any_of_them = [("", "—")] if name in defaults and default is None else []
        self.fields[name] = forms.ChoiceField(choices=[*any_of_them, *choices], **options)

    def _add_result(self, lists: Lists) -> None:
        every = [value for _name, group in lists.results for value, _words in group]
        self.fields["result"] = forms.ChoiceField(
            label=gettext_lazy("Result of a joint programme"),
            choices=lists.results,
            initial=next(iter(every), ""),
            error_messages={"required": gettext_lazy("No programme has a result on record yet.")},
        )

    def _add_saying(self) -> None:
        scales = {
            "one": gettext_lazy("in full"),
            "thousand": gettext_lazy("in thousands"),
            "million": gettext_lazy("in millions"),
        }
        self.fields["in"] = forms.ChoiceField(
            label=gettext_lazy("Written"),
            choices=[(scale, scales[scale]) for scale in SCALES],
            initial="one",
        )
        self.fields["say"] = forms.ChoiceField(
            label=gettext_lazy("How exact"),
            choices=[("", gettext_lazy("exactly")), ("over", gettext_lazy("over"))],
            required=False,
            help_text=gettext_lazy(
                "“Over” prints the greatest whole number below the value; write the word “over” "
                "before it."
            ),
        )

    def address(self) -> str:
        """Return what a link names: the name, and every parameter that was chosen."""
        values = dict(self.cleaned_data)
        del values["words"]
        if "result" in values:
            named = zip(ONE_RESULT, values.pop("result").split(" "), strict=True)
            values = dict(named) | values
        if values.get("in") == "one":
            del values["in"]
        chosen = {name: value for name, value in values.items() if value}
        return f"{self.entry.name}?{urlencode(chosen)}" if chosen else self.entry.name


@dataclass(frozen=True, slots=True)
class Chosen:
    """A figure or claim with these parameters: what is counted now, and the link that prints it."""

    counted: Counted
    markdown: str
    note: Note

    @property
    def is_figure(self) -> bool:
        """Tell a number from an assertion."""
        return isinstance(self.counted, Figure)

    @property
    def is_kept(self) -> bool:
        """Tell whether the text stays as typed, because no value can stand in it."""
        return self.is_figure and not self.note.printed.value


def choose(form: ParametersForm, snapshot: Snapshot) -> Chosen | None:
    """Return what the form asks for, counted in the snapshot; None: the form says what is wrong."""
    if not form.is_valid():
        return None
    kind, address = ("figure" if form.entry.kind is Figure else "claim"), form.address()
    try:
        live = read(address, kind)
        counted = figures.count(live.reference, snapshot)
    except UnknownReferenceError as error:
        form.add_error(None, str(error))
        return None
    words = form.cleaned_data["words"] or _usual_words(counted, form.cleaned_data.get("in", ""))
    markdown = f"[{words}]({kind}:{address})"
    for finding in markup.check(markdown, snapshot):
        if finding.level is Level.ERROR:
            form.add_error("words", finding.message)
    notes = markup.render(markdown, snapshot).notes
    if [(note.link.start, note.link.end) for note in notes] != [(0, len(markdown))]:
        form.add_error("words", _("These words end the link: leave out square brackets."))
    return Chosen(counted, markdown, notes[0]) if form.is_valid() else None


def _usual_words(counted: Counted, scale: str) -> str:
    if not isinstance(counted, Figure):
        return str(counted.title)
    sign = r"\$" if counted.unit is Unit.USD else ""
    return f"{sign}XX{SCALE_WORDS.get(scale, '')}"


@dataclass(frozen=True, slots=True)
class Offered:
    """A figure or claim in the list, as its defaults ask for it; None: nothing can be asked."""

    entry: Registered
    chosen: Chosen | None

    @property
    def is_figure(self) -> bool:
        """Tell a number from an assertion."""
        return self.entry.kind is Figure

    def matches(self, words: Iterable[str]) -> bool:
        """Tell whether its name, title or definition holds every one of these words."""
        said = [self.entry.name, self.entry.name.replace("-", " ")]
        if self.chosen:
            counted = self.chosen.counted
            said += [str(counted.title), str(counted.definition)]
        text = " ".join(said).casefold()
        return all(word in text for word in words)


def offered(lists: Lists, search: str) -> list[Offered]:
    """Return the registered figures and claims that the search finds; empty finds them all."""
    words = search.casefold().split()
    known = [
        Offered(entry, choose(ParametersForm(entry, lists, {}), lists.snapshot))
        for entry in figures.registered()
    ]
    return [one for one in known if one.matches(words)]

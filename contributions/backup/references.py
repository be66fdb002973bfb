"""Every figure and claim that can be asked of the ledger: the register, times what is on record."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

from contributions.figures import COMMITTED, DEPOSITED, PLEDGED
from contributions.models import Donor, FundingTarget, Pledge, Statement
from contributions.models.donors import ALL, GLOBAL_SOUTH, SIGNATORIES, UNECE
from mptf_portal.figures import Reference, Registered, refer, registered
from mptf_portal.snapshot import Snapshot
from programmes.models import JointProgramme, Result

Pairs = tuple[tuple[str, str], ...]


class NotEnumeratedError(Exception):
    """A registered figure has a parameter whose values nobody enumerates."""


def every_reference(snapshot: Snapshot) -> list[Reference]:
    """Return the reference of every figure and claim with all that is on record, in order."""
    on_record = {names: tuple(values(snapshot)) for names, values in ON_RECORD.items()}
    found = {reference for entry in registered() for reference in references(entry, on_record)}
    return sorted(found, key=str)


def references(
    entry: Registered, on_record: Mapping[tuple[str, ...], tuple[Pairs, ...]]
) -> Iterator[Reference]:
    """Yield the references of one figure or claim: every value of every parameter.

    A parameter that may be left out is left out once, too. Raises NotEnumeratedError for one that
    `on_record` does not have.
    """
    taken = {names: pairs for names, pairs in on_record.items() if entry.parsers.keys() & {*names}}
    if forgotten := entry.parsers.keys() - {name for names in taken for name in names}:
        raise NotEnumeratedError(
            f"“{entry.name}” takes {', '.join(sorted(forgotten))}, whose values are not enumerated:"
            " add a line to ON_RECORD in contributions/backup/references.py."
        )
    optional = entry.defaults().keys()
    choices = [(*pairs, *([()] if optional >= {*names} else [])) for names, pairs in taken.items()]
    for chosen in product(*choices):
        yield refer(entry.name, [pair for pairs in chosen for pair in pairs])


def groups(snapshot: Snapshot) -> Iterator[Pairs]:
    """Yield whom a figure may count: each group, each statement's signatories, each donor."""
    for group in (ALL, UNECE, GLOBAL_SOUTH):
        yield (("by", group),)
    statements = Statement.objects.using(snapshot.using).public(snapshot.now)
    for slug in statements.values_list("slug", flat=True):
        yield ("by", SIGNATORIES), ("statement", slug)
    donors = Donor.objects.using(snapshot.using).public(snapshot.now)
    for slug in donors.values_list("slug", flat=True):
        yield (("by", slug),)


def stages(_snapshot: Snapshot) -> Iterator[Pairs]:
    """Yield the stages of a contribution."""
    for stage in (PLEDGED, COMMITTED, DEPOSITED):
        yield (("stage", stage),)


def years(snapshot: Snapshot) -> Iterator[Pairs]:
    """Yield the years that a pledge or a target is for."""
    pledges = Pledge.objects.using(snapshot.using).values_list("funding_year", flat=True)
    targets = FundingTarget.objects.using(snapshot.using).annual().values_list("year", flat=True)
    for year in sorted({*pledges, *targets}):
        yield (("year", str(year)),)


def results(snapshot: Snapshot) -> Iterator[Pairs]:
    """Yield the results of the programmes that readers know."""
    known = JointProgramme.objects.using(snapshot.using).public(snapshot.now).values("slug")
    public = Result.objects.using(snapshot.using).public(snapshot.now)
    for slug, key in public.filter(programme__slug__in=known).values_list("programme__slug", "key"):
        yield ("programme", slug), ("key", key)


def at_its_default(_snapshot: Snapshot) -> Iterator[Pairs]:
    """Yield nothing more than the parameter left out, for one whose values have no end."""
    yield from ()


# What the parameters of these names may be; parameters that depend on each other are one line.
ON_RECORD: dict[tuple[str, ...], Callable[[Snapshot], Iterable[Pairs]]] = {
    ("by", "statement"): groups,
    ("stage",): stages,
    ("year",): years,
    ("programme", "key"): results,
    ("at-least",): at_its_default,
}

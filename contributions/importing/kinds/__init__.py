"""What kinds of files there are: their columns, and which row of the ledger a line is about.

A column is a field of an import-export resource, so that what a list exports is read again. Columns
that name the row itself are never written; a natural key leads from them to the row: the
agreement reference and year of a pledge, the Administrative Agent's reference of a deposit, ISO
codes, short names.
"""

from collections.abc import Iterable
from functools import partial

from django.contrib.auth.models import User
from django.db import models
from import_export.formats.base_formats import CSV, XLSX

from contributions.importing.kinds.donors import DonorResource
from contributions.importing.kinds.pledges import DepositResource, PledgeResource
from contributions.importing.kinds.programmes import ProgrammeResource, ResultResource
from contributions.importing.kinds.resources import LedgerResource
from contributions.importing.kinds.targets import TargetResource
from contributions.models import FileImport, Pledge
from mptf_portal import review
from mptf_portal.editing.lists import downloadable

KINDS: dict[str, type[LedgerResource]] = {
    "donors": DonorResource,
    "pledges": PledgeResource,
    "deposits": DepositResource,
    "targets": TargetResource,
    "programmes": ProgrammeResource,
    "results": ResultResource,
}


def columns(kind: str) -> list[str]:
    """Return the names of a kind's columns: what a file may hold."""
    names = [field.column_name for field in KINDS[kind]().fields.values()]
    return [name for name in names if name != "demonstration"]


def may_bring_in(user: User, kind: str) -> bool:
    """Tell whether the user may enter imports and such rows, pledges with their entries."""
    asked = {FileImport, KINDS[kind]._meta.model}
    asked |= {Pledge} if kind == FileImport.Kind.PLEDGES else set()
    return all(review.may(user, act, model) for model in asked for act in ("add", "change"))


def exported(kind: str, rows: models.QuerySet, form: str) -> tuple[bytes, str]:
    """Return rows of the ledger as a file that can be brought in again, and its type."""
    resource = KINDS[kind]()
    made = {"csv": CSV, "xlsx": XLSX}[form]()
    content = made.export_data(resource.export(queryset=rows))
    return (content.encode() if isinstance(content, str) else content), made.get_content_type()


for _kind, _resource in KINDS.items():
    downloadable(_resource._meta.model, partial(exported, _kind))


def mapped(kind: str, headings: Iterable[str]) -> dict[str, str]:
    """Return for each heading of a file the column it names; headings that name none are left."""
    resource, found = KINDS[kind], {}
    known = {name.casefold(): name for name in columns(kind)}
    known |= {name.replace("_", " "): name for name in columns(kind)}
    known |= {name.casefold(): column for name, column in resource.also.items()}
    for heading in headings:
        column = known.get(" ".join(heading.split()).casefold())
        if column and column not in found.values():
            found[heading] = column
    return found

"""What every kind of file is: columns, and a key that leads from a line to its row."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import ModelResource

from contributions.importing.values import Amount, Text, Writing, Yes, text

Line = Mapping[str, Any]  # a row of the file by the names of our columns
Key = tuple[Any, ...]
YEARS = range(2019, 2101)  # the Fund began in 2019
ENDED = "public_until"  # the column that a line of a replaced or withdrawn row fills


class RefusedRowError(ValidationError):
    """A line that cannot be brought in; the message names its cells and the way out."""


class LedgerResource(ModelResource):
    """One kind of file. A subclass says how lines and rows of the ledger find each other."""

    title: ClassVar[Any]
    required: ClassVar[tuple[str, ...]]
    also: ClassVar[dict[str, str]] = {}  # other headings of a column, in small letters
    along: ClassVar[tuple[str, ...]] = ()  # what each row of a list that is taken away leads to
    several: ClassVar[dict[str, tuple[type[models.Model], str]]] = {}  # columns of many codes

    public_until = Field(column_name=ENDED, readonly=True)
    demonstration = Field("demonstration", "demonstration", Yes(), readonly=True)

    class Meta:
        clean_model_instances = False

    def __init__(self, writing: Writing | None = None) -> None:
        """Read cells as this file writes them."""
        super().__init__()
        self.writing = writing or Writing()
        self._codes: dict[type[models.Model], dict[str, Any]] = {}

    @classmethod
    def missing(cls, names: Iterable[str]) -> list[str]:
        """Return the columns that a file of this kind needs and that are not among these."""
        return sorted(set(cls.required) - set(names), key=cls.required.index)

    def filter_export(self, queryset: models.QuerySet, **_options: Any) -> models.QuerySet:
        """Return the rows of a list with all that their columns ask for."""
        return queryset.select_related(*self.along).prefetch_related(*self.several)

    def needed(self, line: Line) -> Iterable[str]:  # noqa: ARG002
        """Return the columns that are not empty in such a line."""
        return self.required

    def names_nothing(self, line: Line) -> bool:
        """Tell whether a line has amounts alone: a total, perhaps."""
        amounts = {
            field.column_name for field in self.fields.values() if type(field.widget) is Amount
        }
        return not any(text(line.get(name)) for name in self.required if name not in amounts)

    def dehydrate_public_until(self, row: Any) -> str:
        """Return when the row was replaced or withdrawn; most rows stand."""
        until = getattr(row, ENDED, None)
        return until.isoformat(timespec="seconds") if until else ""

    def key_of(self, line: Line) -> Key:
        """Return the natural key of a line."""
        raise NotImplementedError

    def prepare(self, lines: Iterable[Line]) -> None:
        """Read at once what the lines name."""

    def on_record(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:
        """Return by natural key the rows that stand and those that ended, the latest first."""
        raise NotImplementedError

    def meant(self, rows: list[Any], line: Line) -> list[Any]:  # noqa: ARG002
        """Return rows of one key, those first that the line is about."""
        return rows

    def begin(self, line: Line) -> Any:
        """Return a new row that a line is about. Raises RefusedRowError where it names nothing."""
        raise NotImplementedError

    def check(self, row: Any, line: Line) -> None:
        """Raise RefusedRowError where the filled row breaks a rule of the ledger."""

    def follow(self, row: Any, old: Any) -> None:
        """Set what follows from the columns of a new row, or of `old` as the line has it."""

    def weigh(self, row: Any, old: Any) -> None:
        """Raise RefusedRowError where a row that is new or changed is too much with those above."""

    def refuse_locked(self, row: Any) -> None:
        """Raise RefusedRowError where the row on record is not changed as it stands."""
        if row.is_submitted:
            refuse(_("It waits for an approver. Take it back first, or let it be."))
        if row.public_from is not None and not row.is_locked:
            refuse(_("It is under an embargo. Send it back first, or let it be."))

    def fill(self, row: Any, line: Line) -> None:
        """Write the columns of the file, and no others, into the row."""
        errors = []
        for field in self.fields.values():
            name = field.column_name
            if name not in line or field.readonly:
                continue
            try:
                value = field.clean(line, writing=self.writing)
                column = row._meta.get_field(field.attribute)
                if value is None and not column.null:
                    value = column.get_default()
                known = getattr(row, field.attribute)
                if not isinstance(known, str) or text(known) != value:
                    setattr(row, field.attribute, column.clean(value, row))
            except (ValueError, ValidationError) as error:
                said = getattr(error, "messages", None) or [str(error)]
                errors += [f"{name}: {message}" for message in said]
        if errors:
            raise RefusedRowError(errors)

    def chosen(self, line: Line) -> dict[str, list[Any]]:
        """Return for each column of many codes the rows that they name."""
        found = {}
        for name, (model, code) in self.several.items():
            if name in line:
                typed = [one.strip() for one in text(line[name]).split(";") if one.strip()]
                rows = self._of_code(model, code)
                if unknown := [one for one in typed if one not in rows]:
                    message = _("%(column)s: nothing is called “%(typed)s”.")
                    raise RefusedRowError(message % {"column": name, "typed": unknown[0]})
                found[name] = [rows[one] for one in typed]
        return found

    def _of_code(self, model: type[models.Model], code: str) -> dict[str, Any]:
        """Return all rows of a list of codes, which is read once for a file."""
        if model not in self._codes:
            self._codes[model] = {str(getattr(row, code)): row for row in model.objects.all()}
        return self._codes[model]


def column(attribute: str, widget: Any = None, name: str = "", *, key: bool = False) -> Field:
    """Return a column of an attribute; one of a `key` leads to the row and is never written."""
    return Field(attribute, column_name=name or attribute, widget=widget or Text(), readonly=key)


def refuse(message: str, **said: Any) -> None:
    """Raise RefusedRowError with what a cell says put into the message."""
    raise RefusedRowError(message % said)

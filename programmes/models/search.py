"""Search by words: a column of plain words that every database compares in the same way."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django.db import models

WORD = re.compile(r"[^\W_]+")
UNMARKED = str.maketrans(  # letters of their own, whose mark Unicode does not take off
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"}
)


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared: in lower case and without accents."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return WORD.findall(plain.translate(UNMARKED))


def begins_with(word: str) -> str:
    """Return what the column of a row contains when a word of the row begins with this one."""
    return f" {word}"


class SearchField(models.TextField):
    """The words of other fields of the row, each after a space; filled whenever it is stored."""

    def __init__(self, *, of: Sequence[str] = (), **options: Any) -> None:
        self.of = tuple(of)
        super().__init__(**options | {"default": "", "blank": True, "editable": False})

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Return what a migration needs to know: of which fields the words are."""
        name, path, arguments, options = super().deconstruct()
        return name, path, arguments, options | {"of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: FBT001 (Django's signature)
        """Return the words as the row stands now."""
        text = " ".join(getattr(model_instance, name) for name in self.of)
        setattr(model_instance, self.attname, "".join(map(begins_with, words(text))))
        return super().pre_save(model_instance, add)

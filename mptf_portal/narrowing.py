"""What narrows a list or a table: the lists of its form, and what is chosen, with the way back."""

from dataclasses import dataclass, field

from mptf_portal.figures import Text


@dataclass(frozen=True, slots=True)
class Option:
    """What may be chosen: its value in addresses, and what it is called."""

    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class Select:
    """One list of the form: what may be chosen, what stands for no choice, and what is chosen."""

    name: str
    label: Text
    everything: Text
    options: list[Option] = field(default_factory=list)
    chosen: str = ""

    @property
    def in_words(self) -> Text:
        """Return what is chosen as the list calls it; a value that is not offered, as it is."""
        return next((one.label for one in self.options if one.value == self.chosen), self.chosen)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a list is narrowed by, and the address of the same list without it."""

    label: Text
    value: Text
    without: str

"""What the address of a live link asks for, and how its value is said."""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from mptf_portal import figures
from mptf_portal.figures import Claim, Figure, Reference, Unit, UnknownReferenceError
from mptf_portal.money import Scale, format_amount, format_number, strictly_over

SCALES = {"one": Scale.ONE, "thousand": Scale.THOUSAND, "million": Scale.MILLION}
KINDS: dict[str, type[Figure] | type[Claim]] = {"figure": Figure, "claim": Claim}


@dataclass(frozen=True, slots=True)
class Live:
    """What a link asks for: the figure or claim, and how its value is said."""

    reference: Reference
    scale: Scale = Scale.ONE
    over: bool = False


def read(address: str, kind: str) -> Live:
    """Return what the address of a link asks for; UnknownReferenceError says what is wrong."""
    name, _mark, query = address.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    said = {key: value for key, value in pairs if key in ("in", "say")}
    if len(said) < sum(key in ("in", "say") for key, _value in pairs):
        raise UnknownReferenceError(_("“in” or “say” is given twice."))
    reference = figures.refer(name, [pair for pair in pairs if pair[0] not in ("in", "say")])
    if figures.lookup(name).kind is not KINDS[kind]:
        other = "claim" if kind == "figure" else "figure"
        raise UnknownReferenceError(
            _("“%(name)s” is a %(other)s; write %(other)s:%(name)s.")
            % {"name": name, "other": other}
        )
    if kind == "claim" and said:
        raise UnknownReferenceError(_("An assertion takes neither “in” nor “say”."))
    if said.get("in", "one") not in SCALES:
        raise UnknownReferenceError(_("“in” is one, thousand or million."))
    if said.get("say", "over") != "over":
        raise UnknownReferenceError(_("“say” is over, or left out for the exact number."))
    return Live(reference, SCALES[said.get("in", "one")], over="say" in said)


def say_aloud(value: Decimal | int | None, live: Live) -> str | None:
    """Return US dollars as they are read out: over 47 million US dollars; None as in `say`."""
    number = say(value, Unit.USD, live)
    if number is None:
        return None
    amount = {
        Scale.ONE: _("%(number)s US dollars"),
        Scale.THOUSAND: _("%(number)s thousand US dollars"),
        Scale.MILLION: _("%(number)s million US dollars"),
    }[live.scale] % {"number": number}
    return _("over %(amount)s") % {"amount": amount} if live.over else amount


def say(value: Decimal | int | None, unit: Unit, live: Live) -> str | None:
    """Return the value as it is printed, or None when the text must stay as typed.

    Dollars that are not whole are printed to the cent: 51,309,134.60.
    """
    if value is None:
        return None
    if live.over:
        number = strictly_over(Decimal(value), live.scale)
        return None if number is None else format_number(number)
    if unit is Unit.USD and live.scale is Scale.ONE and value % 1:
        return format_amount(Decimal(value), "")
    return format_number(value, live.scale)

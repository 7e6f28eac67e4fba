"""Values of a spec in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trainer.messages.message import Message, Words
from webapp.spec_ui.schema import Alternatives, Bound, Choice, Flag, Kind, Section

NONE = Message("none")
# A value with its unit, by the name of the unit.
OF_UNIT: dict[str, Callable[[Words, int], Message]] = {
    "batches": lambda text, n: Message("{value} batch", plural="{value} batches", count=n, value=text),
    "checkpoints": lambda text, n: Message("{value} checkpoint", plural="{value} checkpoints", count=n, value=text),
    "devices": lambda text, n: Message("{value} device", plural="{value} devices", count=n, value=text),
    "epochs": lambda text, n: Message("{value} epoch", plural="{value} epochs", count=n, value=text),
    "examples": lambda text, n: Message("{value} example", plural="{value} examples", count=n, value=text),
    "minutes": lambda text, n: Message("{value} minute", plural="{value} minutes", count=n, value=text),
    "pixels": lambda text, n: Message("{value} pixel", plural="{value} pixels", count=n, value=text),
}


def in_words(kind: Kind | None, value: Any) -> Words:
    """A value as the form words it, without its unit; of an unknown ``kind``, as its type suggests."""
    if isinstance(kind, Section):
        return on_or_off(value)
    if value is None or value in ([], {}):
        return NONE
    if isinstance(kind, Flag) or isinstance(value, bool):
        return yes_or_no(value)
    if isinstance(kind, Choice | Alternatives):
        return kind.label_of(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


ON, OFF = Message("on"), Message("off")


def on_or_off(value: Any) -> Message:
    return ON if value else OFF


def yes_or_no(value: Any) -> Message:
    return Message("yes") if value else Message("no")


def counted(text: Words, value: Any, unit: str) -> Words:
    """ "30 epochs", "1 epoch", "1 batch"; a fraction needs no unit."""
    if unit == "fraction":
        return text
    if unit not in OF_UNIT:
        return Message("{value} {unit}", value=text, unit=Message(unit))
    # Parts of one are told as several.
    return OF_UNIT[unit](text, 1 if value == 1 else 2)


def num_rows(number: int) -> Message:
    return Message("{count} row", plural="{count} rows", count=number)


def bounds_in_words(least: Bound | None, most: Bound | None) -> Message:
    """ "at least 0 and less than 1", "1 to 64"; empty without bounds."""
    match least, most:
        case Bound(low, True), Bound(high, True):
            return Message("{least} to {most}", least=low, most=high)
        case Bound(low, True), Bound(high, False):
            return Message("at least {least} and less than {most}", least=low, most=high)
        case Bound(low, False), Bound(high, True):
            return Message("more than {least} and at most {most}", least=low, most=high)
        case Bound(low, False), Bound(high, False):
            return Message("more than {least} and less than {most}", least=low, most=high)
        case Bound(low, is_included), None:
            return Message("at least {least}", least=low) if is_included else Message("more than {least}", least=low)
        case None, Bound(high, is_included):
            return Message("at most {most}", most=high) if is_included else Message("less than {most}", most=high)
    return Message("")

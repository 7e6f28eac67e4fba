"""Values of a spec in words."""

from __future__ import annotations

from typing import Any

from webapp.spec_ui.schema import Alternatives, Choice, Flag, Kind, Section

NONE = "none"


def in_words(kind: Kind | None, value: Any) -> str:
    """A value as the form words it, without its unit; of an unknown ``kind``, as its type suggests."""
    if isinstance(kind, Section):
        return "on" if value else "off"
    if value is None or value in ([], {}):
        return NONE
    if isinstance(kind, Flag) or isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(kind, Choice | Alternatives):
        return kind.label_of(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def counted(text: str, value: Any, unit: str) -> str:
    """ "30 epochs", "1 epoch", "1 batch"; a fraction needs no unit."""
    if unit == "fraction":
        return text
    return f"{text} {unit.removesuffix('es' if unit == 'batches' else 's') if value == 1 else unit}"

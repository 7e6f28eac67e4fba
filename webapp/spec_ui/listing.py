"""A spec as readable lines: label, value, and whether it is the default. Generated from the spec's fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trainer.data.facts import DatasetFacts
from trainer.errors import SpecError
from trainer.messages.message import Message, Words, joined_by
from trainer.validation.presets import default_spec
from webapp.spec_ui.differences import SEPARATOR, Leaf, leaves
from webapp.spec_ui.schema import Alternatives, FieldPath, Section
from webapp.spec_ui.words import in_words

GENERAL = Message("General")


@dataclass(frozen=True)
class Line:
    """One value of a spec. ``default`` is in words, and empty where the value is the default.

    The default is the initial value in the dataset's form, or the field's own where that form has no such field.
    """

    section: Words
    label: Words
    text: Words
    default: Words
    help: Message

    @property
    def differs(self) -> bool:
        return bool(self.default)


def lines_of(spec: dict[str, Any], facts: DatasetFacts) -> list[Line]:
    """All lines of a spec (plain JSON values) for such data, in the order of the form."""
    usual = _usual_leaves(spec, facts)
    return [_line(leaf, usual.get(leaf.path)) for leaf in leaves(spec).values()]


def sections_of(lines: list[Line]) -> dict[Words, list[Line]]:
    """The lines by section."""
    sections: dict[Words, list[Line]] = {}
    for line in lines:
        sections.setdefault(line.section, []).append(line)
    return sections


def _usual_leaves(spec: dict[str, Any], facts: DatasetFacts) -> dict[FieldPath, Leaf]:
    """The initial values of the form for the data and the kind of network; empty if that does not suit it."""
    try:
        usual = default_spec(facts, spec["network"]["kind"])
    except SpecError:
        return {}
    return leaves(usual.model_dump(mode="json"))


def section_and_label(leaf: Leaf) -> tuple[Words, Words]:
    """The section in which a value is listed, and its label there."""
    first, *rest = leaf.labels
    return (first, joined_by(SEPARATOR, rest) or first) if len(leaf.path) > 1 else (GENERAL, first)


def _line(leaf: Leaf, form: Leaf | None) -> Line:
    section, label = section_and_label(leaf)
    field = leaf.field
    if field is None:
        return Line(section, label, leaf.text, "", Message(""))
    if form is not None:
        return Line(section, label, leaf.text, "" if leaf.value == form.value else form.bare, field.help)
    usual = field.default
    if isinstance(field.kind, Alternatives) and isinstance(usual, dict):
        usual = usual.get(field.kind.key)
    if isinstance(field.kind, Section):
        usual = usual is not None or None
    is_usual = leaf.value == usual or (leaf.value == [] and not usual)
    return Line(section, label, leaf.text, "" if is_usual else in_words(field.kind, usual), field.help)

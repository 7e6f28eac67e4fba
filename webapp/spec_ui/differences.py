"""The differences between two specs, named by the spec's own labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from trainer import spec as current
from trainer.messages.message import Message, joined_by
from trainer.spec.fields import Part
from webapp.spec_ui.schema import (
    Alternatives,
    FieldPath,
    Kind,
    Rows,
    Section,
    SpecField,
    Words,
    defaults_of,
    field_of,
)
from webapp.spec_ui.words import OFF, ON, counted, in_words

ABSENT = "–"
SEPARATOR = " › "


class SpecDifference(NamedTuple):
    """One field: its label ("Network › Layers › 2 › Units"), its path, and both values in words."""

    label: Message
    path: FieldPath
    a: Words
    b: Words


class Leaf(NamedTuple):
    """One value of a spec, with the labels that lead to it; the number of a row, and what is unknown, is a text there.

    ``value`` is as in JSON, ``text`` in words with its unit, ``bare`` without. ``field`` is the field that it is a
    value of: of the whole choice for a discriminator, of the list for its entries, ``None`` where this version knows
    none.
    """

    path: FieldPath
    labels: tuple[Words, ...]
    text: Words
    value: Any
    bare: Words
    field: SpecField | None

    @property
    def label(self) -> Message:
        return joined_by(SEPARATOR, self.labels)

    @property
    def short(self) -> Words:
        """For the head of a column: the last label, with the number of the row it is in."""
        if not self.labels:
            return ""
        last, row = self.labels[-1], self.labels[-2] if len(self.labels) > 1 else ""
        if isinstance(row, str) and row.isdigit():
            return Message("{label} {number}", label=last, number=row)
        return last


def differences(a: dict[str, Any], b: dict[str, Any], root: type[Part] | None = None) -> list[SpecDifference]:
    """Compare two specs, given as plain JSON values. Lists are compared position by position.

    Fields that the system fills in are left out; fields unknown to this version are named by their path.
    """
    mine, theirs = leaves(a, root), leaves(b, root)
    found = []
    for path in _in_order(mine, theirs):
        one, other = mine.get(path), theirs.get(path)
        if one is None or other is None or one.value != other.value:
            label = (mine if one else theirs)[path].label
            found.append(SpecDifference(label, path, one.text if one else ABSENT, other.text if other else ABSENT))
    return found


def leaves(values: dict[str, Any], root: type[Part] | None = None) -> dict[FieldPath, Leaf]:
    """Every single value of a spec by its path, in the order of the spec."""
    section = Section(root or current.Spec)
    return {leaf.path: leaf for leaf in _walk(section, values, (), ())}


def _in_order(mine: dict[FieldPath, Leaf], theirs: dict[FieldPath, Leaf]) -> list[FieldPath]:
    """All paths: those of the first spec in its order, each new one of the second after its predecessor there."""
    order = list(mine)
    for position, path in enumerate(theirs):
        if path not in mine:
            before = list(theirs)[position - 1] if position else None
            order.insert(order.index(before) + 1 if before is not None else 0, path)
    return order


def _walk(
    kind: Kind | None, value: Any, path: FieldPath, labels: tuple[Words, ...], field: SpecField | None = None
) -> Iterator[Leaf]:
    """The one walk over values: pages, tables and exports read what it yields."""
    match kind:
        case Section(model) if isinstance(value, dict):
            yield from _walk_section(model, value, path, labels)
        case Section():
            yield _leaf(path, labels, OFF if value is None else str(value), value, field)
        case Alternatives(key) if isinstance(value, dict):
            chosen = value.get(key)
            yield _leaf((*path, key), labels, kind.label_of(chosen), chosen, field)
            part = kind.model_of(value)
            rest = {name: entry for name, entry in value.items() if name != key}
            yield from _walk(Section(part) if part else None, rest, path, labels)
        case Alternatives(key) if value is None:
            yield _leaf((*path, key), labels, in_words(kind, None), None, field)
        case Rows(item) if isinstance(value, list):
            for index, entry in enumerate(value):
                yield from _walk(item, entry, (*path, index), (*labels, str(index + 1)), field)
        case _:
            yield from _walk_plain(kind, value, path, labels, field)


def _walk_section(
    model: type[Part], value: dict[str, Any], path: FieldPath, labels: tuple[Words, ...]
) -> Iterator[Leaf]:
    # A run from before a field existed did what the field's default does.
    for name, entry in _ordered(model, defaults_of(model) | value):
        field = field_of(model, name)
        if field is None:
            yield from _walk(None, entry, (*path, name), (*labels, name))
        elif not field.hidden:
            here = (*path, name)
            if field.optional and isinstance(field.kind, Section) and entry is not None:
                yield _leaf(here, (*labels, field.label), ON, True, field)
            yield from _with_unit(field, entry, here, (*labels, field.label))


def _with_unit(field: SpecField, value: Any, path: FieldPath, labels: tuple[Words, ...]) -> Iterator[Leaf]:
    for leaf in _walk(field.kind, value, path, labels, field):
        shows_unit = leaf.path == path and field.unit and leaf.value is not None
        yield leaf._replace(text=counted(leaf.text, leaf.value, field.unit.text)) if shows_unit else leaf


def _ordered(model: type[Part], value: dict[str, Any]) -> list[tuple[str, Any]]:
    """The entries in the order of the model, unknown ones last."""
    known = [name for name in model.model_fields if name in value]
    return [(name, value[name]) for name in (*known, *(name for name in value if name not in known))]


def _walk_plain(
    kind: Kind | None, value: Any, path: FieldPath, labels: tuple[Words, ...], field: SpecField | None
) -> Iterator[Leaf]:
    if isinstance(value, dict) and value:
        for name, entry in value.items():
            yield from _walk_plain(None, entry, (*path, str(name)), (*labels, str(name)), None)
    elif isinstance(value, list) and value:
        for index, entry in enumerate(value):
            yield from _walk_plain(None, entry, (*path, index), (*labels, str(index + 1)), None)
    else:
        yield _leaf(path, labels, in_words(kind, value), value, field)


def _leaf(path: FieldPath, labels: tuple[Words, ...], text: Words, value: Any, field: SpecField | None) -> Leaf:
    return Leaf(path, labels, text, value, text, field)

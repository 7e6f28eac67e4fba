"""The differences between two specs, named by the spec's own labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from trainer import spec as current
from trainer.spec.fields import Part
from webapp.spec_ui.schema import (
    Alternatives,
    Choice,
    FieldFacts,
    FieldPath,
    Flag,
    Kind,
    Rows,
    Section,
    defaults_of,
    field_of,
)

NONE = "none"
ABSENT = "–"
SEPARATOR = " › "


class SpecDifference(NamedTuple):
    """One field: its label ("Network › Layers › 2 › Units"), its path, and both values in words."""

    label: str
    path: FieldPath
    a: str
    b: str


class Leaf(NamedTuple):
    """One value of a spec, with the labels that lead to it.

    ``short`` is a label for the head of a column. ``value`` is as in JSON, ``text`` in words with its unit, ``bare``
    without.
    """

    path: FieldPath
    label: str
    short: str
    text: str
    value: Any
    bare: str


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


def _walk(kind: Kind | None, value: Any, path: FieldPath, labels: tuple[str, ...]) -> Iterator[Leaf]:
    match kind:
        case Section(model) if isinstance(value, dict):
            yield from _walk_section(model, value, path, labels)
        case Section():
            yield _leaf(path, labels, "off" if value is None else str(value), value)
        case Alternatives(key) if isinstance(value, dict):
            chosen = value.get(key)
            yield _leaf((*path, key), labels, kind.label_of(chosen), chosen)
            part = kind.model_of(value)
            rest = {name: entry for name, entry in value.items() if name != key}
            yield from _walk(Section(part) if part else None, rest, path, labels)
        case Rows(item) if isinstance(value, list):
            for index, entry in enumerate(value):
                yield from _walk(item, entry, (*path, index), (*labels, str(index + 1)))
        case _:
            yield from _walk_plain(kind, value, path, labels)


def _walk_section(model: type[Part], value: dict[str, Any], path: FieldPath, labels: tuple[str, ...]) -> Iterator[Leaf]:
    # A run from before a field existed did what the field's default does.
    for name, entry in _ordered(model, defaults_of(model) | value):
        field = field_of(model, name)
        if field is None:
            yield from _walk(None, entry, (*path, name), (*labels, name))
        elif not field.hidden:
            here = (*path, name)
            if field.optional and isinstance(field.kind, Section) and entry is not None:
                yield _leaf(here, (*labels, field.label), "on", True)
            yield from _with_unit(field, entry, here, (*labels, field.label))


def _with_unit(field: FieldFacts, value: Any, path: FieldPath, labels: tuple[str, ...]) -> Iterator[Leaf]:
    for leaf in _walk(field.kind, value, path, labels):
        shows_unit = leaf.path == path and field.unit and leaf.value is not None
        yield leaf._replace(text=counted(leaf.text, leaf.value, field.unit)) if shows_unit else leaf


def counted(text: str, value: Any, unit: str) -> str:
    """ "30 epochs", "1 epoch", "1 batch"; a fraction needs no unit."""
    if unit == "fraction":
        return text
    return f"{text} {unit.removesuffix('es' if unit == 'batches' else 's') if value == 1 else unit}"


def _ordered(model: type[Part], value: dict[str, Any]) -> list[tuple[str, Any]]:
    """The entries in the order of the model, unknown ones last."""
    known = [name for name in model.model_fields if name in value]
    return [(name, value[name]) for name in (*known, *(name for name in value if name not in known))]


def _walk_plain(kind: Kind | None, value: Any, path: FieldPath, labels: tuple[str, ...]) -> Iterator[Leaf]:
    if isinstance(value, dict) and value:
        for name, entry in value.items():
            yield from _walk_plain(None, entry, (*path, str(name)), (*labels, str(name)))
    elif isinstance(value, list) and value:
        for index, entry in enumerate(value):
            yield from _walk_plain(None, entry, (*path, index), (*labels, str(index + 1)))
    else:
        yield _leaf(path, labels, _in_words(kind, value), value)


def _leaf(path: FieldPath, labels: tuple[str, ...], text: str, value: Any) -> Leaf:
    return Leaf(path, SEPARATOR.join(labels), _short(labels), text, value, text)


def _short(labels: tuple[str, ...]) -> str:
    """For the head of a column: the last label, with the number of the row it is in."""
    if len(labels) > 1 and labels[-2].isdigit():
        return f"{labels[-1]} {labels[-2]}"
    return labels[-1] if labels else ""


def _in_words(kind: Kind | None, value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(kind, Flag) and isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(kind, Choice):
        return kind.label_of(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value in ([], {}) else str(value)

"""Add, remove, duplicate and move rows, and reset a value: the small buttons of the form.

A change is written ``add:network.layers`` or ``remove:network.layers.0``. An invalid one (a row that does
not exist, too many rows) changes nothing: the form is simply shown again.
"""

from __future__ import annotations

import copy
from typing import Any

from trainer.spec.fields import Part
from webapp.spec_ui.schema import Alternatives, Kind, Rows, Section, default_of, field_of

OPPOSITE = {"up": "down", "down": "up"}


def apply_change(values: dict[str, Any], change: str, root: type[Part], compare: dict[str, Any] | None = None) -> str:
    """Change ``values`` in place; ``reset:`` takes a value from ``compare``.

    Returns what gets the focus: the name of a field or row, or, written like a change, a button.
    """
    act, _, name = change.partition(":")
    steps = name.split(".")
    if act == "reset":
        _reset(values, compare or {}, steps, root)
        return name
    parent, index = (steps, -1) if act == "add" else (steps[:-1], int(steps[-1]) if steps[-1].isdigit() else -1)
    kind, rows = _find(Section(root), values, parent)
    if not (isinstance(kind, Rows) and isinstance(rows, list)):
        return ""
    if act == "add" and _has_room(kind, rows):
        # The row above is a better start than the defaults: networks repeat themselves.
        rows.append(copy.deepcopy(rows[-1]) if rows else default_of(kind.item))
        return f"{name}.{len(rows) - 1}"
    return _change_row(act, ".".join(parent), kind, rows, index) if 0 <= index < len(rows) else change


def _change_row(act: str, name: str, kind: Rows, rows: list[Any], index: int) -> str:
    if act == "remove" and len(rows) > kind.min_length:
        del rows[index]
        return _after_removal(name, kind, rows, index)
    if act == "duplicate" and _has_room(kind, rows):
        rows.insert(index + 1, copy.deepcopy(rows[index]))
        return f"{name}.{index + 1}"
    if act in OPPOSITE:
        to = max(index - 1, 0) if act == "up" else min(index + 1, len(rows) - 1)
        rows.insert(to, rows.pop(index))
        at_edge = to == (0 if act == "up" else len(rows) - 1)
        return f"{OPPOSITE[act] if at_edge else act}:{name}.{to}"
    return f"{act}:{name}.{index}"


def _after_removal(name: str, kind: Rows, rows: list[Any], index: int) -> str:
    """What gets the focus: the row now in that place, else the last, else the button that adds one."""
    if not rows:
        return f"add:{name}"
    neighbour = f"{name}.{min(index, len(rows) - 1)}"
    return f"remove:{neighbour}" if len(rows) > kind.min_length else neighbour


def _reset(values: dict[str, Any], compare: dict[str, Any], steps: list[str], root: type[Part]) -> None:
    """Set the value at ``steps`` to that in ``compare``; resetting a kind resets its whole part."""
    around, _ = _find(Section(root), values, steps[:-1])
    *way, last = steps[:-1] if isinstance(around, Alternatives) and steps[-1] == around.key else steps
    mine, theirs = _entry(values, way), _entry(compare, way)
    if isinstance(mine, dict) and isinstance(theirs, dict) and last in theirs:
        mine[last] = copy.deepcopy(theirs[last])
    elif isinstance(mine, list) and isinstance(theirs, list):
        index = int(last) if last.isdigit() else len(mine)
        mine[index : index + 1] = copy.deepcopy(theirs[index : index + 1]) if index < len(mine) else []


def _entry(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def _has_room(kind: Rows, rows: list[Any]) -> bool:
    return kind.max_length is None or len(rows) < kind.max_length


def _find(kind: Kind, value: Any, steps: list[str]) -> tuple[Kind | None, Any]:
    """The kind and the value at the end of ``steps``."""
    if not steps:
        return kind, value
    step, rest = steps[0], steps[1:]
    if isinstance(kind, Rows):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            return _find(kind.item, value[int(step)], rest)
        return None, None
    model = kind.model_of(value) if isinstance(kind, Alternatives) else getattr(kind, "model", None)
    field = field_of(model, step) if model else None
    if field is None or not isinstance(value, dict):
        return None, None
    return _find(field.kind, value.get(step), rest)

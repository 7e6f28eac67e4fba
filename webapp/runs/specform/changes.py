"""Add, remove, duplicate and move rows: what the small buttons of the form ask for.

A change is written ``add:network.layers`` or ``remove:network.layers.0``. One that makes no sense (a row that is not
there, too many rows) changes nothing: the form is simply shown again.
"""

from __future__ import annotations

import copy
from typing import Any

from trainer.fields import Part
from webapp.runs.specform.schema import Alternatives, Kind, Rows, Section, default_of, field_of


def apply_change(values: dict[str, Any], change: str, root: type[Part]) -> None:
    """Change ``values`` in place."""
    act, _, name = change.partition(":")
    steps = name.split(".")
    if act == "add":
        kind, rows = _find(Section(root), values, steps)
        if isinstance(kind, Rows) and isinstance(rows, list) and _has_room(kind, rows):
            rows.append(default_of(kind.item))
    elif act in ("remove", "duplicate", "up", "down") and steps[-1].isdigit():
        kind, rows = _find(Section(root), values, steps[:-1])
        if isinstance(kind, Rows) and isinstance(rows, list) and int(steps[-1]) < len(rows):
            _change_row(act, kind, rows, int(steps[-1]))


def _change_row(act: str, kind: Rows, rows: list[Any], index: int) -> None:
    if act == "remove" and len(rows) > kind.min_length:
        del rows[index]
    elif act == "duplicate" and _has_room(kind, rows):
        rows.insert(index + 1, copy.deepcopy(rows[index]))
    elif act == "up" and index > 0:
        rows.insert(index - 1, rows.pop(index))
    elif act == "down" and index < len(rows) - 1:
        rows.insert(index + 1, rows.pop(index))


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

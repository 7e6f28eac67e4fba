"""One option of a choice may be given by its kind alone: "relu" for {"kind": "relu"}."""

from __future__ import annotations

import types
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel


def spell_out(values: Any, part: type[BaseModel]) -> Any:
    """Return plain JSON ``values`` of a part with kinds in place of texts, at any depth; other values as they are."""
    if not isinstance(values, dict):
        return values
    return {name: _field(value, part, name) for name, value in values.items()}


def _field(value: Any, part: type[BaseModel], name: Any) -> Any:
    info = part.model_fields.get(name)
    if info is None:
        return value
    if info.discriminator and isinstance(value, str):
        return {"kind": value}
    return _inside(value, info.annotation)


def _inside(value: Any, annotation: Any) -> Any:
    if isinstance(value, list):
        (item, *_) = get_args(annotation) or (None,)
        return [_inside(entry, item) for entry in value]
    chosen = _part_of(value, annotation)
    return value if chosen is None else spell_out(value, chosen)


def _part_of(value: Any, annotation: Any) -> type[BaseModel] | None:
    """The part of ``annotation`` that ``value`` is: of a choice the one of its kind."""
    is_union = get_origin(annotation) in (Union, types.UnionType)
    parts = [each for each in (get_args(annotation) if is_union else (annotation,)) if _is_part(each)]
    if not isinstance(value, dict) or not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    return next((each for each in parts if each.model_fields["kind"].default == value.get("kind")), None)


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)

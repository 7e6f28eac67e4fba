"""pydantic's errors as our sentences: what was given, what is accepted, what to do next.

What is accepted is read from the spec's own fields, so a new field needs no words here.
"""

from __future__ import annotations

import difflib
import json
import types
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from trainer.refusals import Problem

MAX_SHOWN = 60


@dataclass(frozen=True)
class Place:
    """A place in the spec: the path people see, the type that belongs there, and its bounds."""

    path: tuple[str | int, ...]
    annotation: Any
    bounds: dict[str, Any]
    discriminator: str = ""

    @property
    def choices(self) -> list[type[BaseModel]]:
        """The parts that can stand here."""
        options = get_args(self.annotation) if _is_union(self.annotation) else (self.annotation,)
        return [option for option in options if isinstance(option, type) and issubclass(option, BaseModel)]

    @property
    def kinds(self) -> list[str]:
        """The values of the field that tells the parts of a union apart."""
        return [_kind_of(choice, self.discriminator) for choice in self.choices] if self.discriminator else []


def problem_of(entry: Any, root: type[BaseModel]) -> Problem:
    """Say one entry of ``ValidationError.errors()`` in our words; ``root`` is the model that was validated."""
    kind, given = entry["type"], entry["input"]
    if kind == "extra_forbidden":
        parent = place_of(entry["loc"][:-1], root)
        return Problem((*parent.path, entry["loc"][-1]), _unknown(str(entry["loc"][-1]), parent))
    place = place_of(entry["loc"], root)
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        kinds = ", ".join(place.kinds)
        said = shown(given.get(place.discriminator)) + " given" if kind == "union_tag_invalid" else "missing"
        return Problem((*place.path, place.discriminator), f"{said}; accepted: {kinds}. Choose one of these.")
    if kind == "value_error":
        return Problem(place.path, str(entry["ctx"]["error"]))
    if kind == "missing":
        return Problem(place.path, f"missing; accepted: {accepted(place)}. Add it.")
    if kind in {"json_invalid", "json_type"}:
        return Problem((), f"this cannot be read as JSON ({entry['msg']}). Send the spec as a JSON object.")
    return Problem(place.path, f"{shown(given)} given; accepted: {accepted(place)}. {_advice(kind, given, place)}")


def place_of(location: tuple[str | int, ...], root: type[BaseModel]) -> Place:
    """Walk to ``location``, leaving out the tags that pydantic adds for the parts of a union."""
    place = Place((), root, {})
    for step in location:
        if place.discriminator:
            chosen = next((part for part in place.choices if _kind_of(part, place.discriminator) == step), None)
            place = Place(place.path, chosen, {})
        else:
            place = _inside(place, step)
    return place


def accepted(place: Place) -> str:
    """Say in words which values belong at ``place``."""
    annotation, optional = _without_none(place.annotation)
    words = _accepted(annotation, place)
    return f"{words}, or null for none" if optional else words


def shown(value: Any) -> str:
    """The value as JSON, cut where it is long."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def _inside(place: Place, step: str | int) -> Place:
    path = (*place.path, step)
    if isinstance(step, int):
        item = next((part for part in get_args(_without_none(place.annotation)[0]) if part is not Ellipsis), None)
        return Place(path, item, {})
    for choice in place.choices:
        if step in choice.model_fields:
            field = choice.model_fields[step]
            return Place(path, field.annotation, _bounds(field), str(field.discriminator or ""))
    return Place(path, None, {})


def _bounds(field: FieldInfo) -> dict[str, Any]:
    """The constraints of a field by name: ge, gt, le, lt, min_length, max_length, pattern."""
    found: dict[str, Any] = {}
    for constraint in field.metadata:
        for name in ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern"):
            value = getattr(constraint, name, None)
            if value is not None:
                found[name] = value
    return found


def _accepted(annotation: Any, place: Place) -> str:
    if place.discriminator:
        return f"an object whose {place.discriminator} is one of {', '.join(place.kinds)}"
    if get_origin(annotation) is Literal:
        return ", ".join(shown(option) if not isinstance(option, str) else option for option in get_args(annotation))
    if get_origin(annotation) is tuple:
        return "a list" + _amount(place.bounds, "entries")
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"an object with any of the fields {', '.join(annotation.model_fields)}"
    plain = {int: "a whole number", float: "a number"}.get(annotation)
    if plain:
        return plain + _range(place.bounds)
    if annotation is str:
        return (
            f"text like {place.bounds['pattern']}"
            if "pattern" in place.bounds
            else "text" + _amount(place.bounds, "characters")
        )
    return "true or false" if annotation is bool else "another value"


def _range(bounds: dict[str, Any]) -> str:
    low, high = bounds.get("ge"), bounds.get("le")
    if low is not None and high is not None:
        return f" from {_plain(low)} to {_plain(high)}"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    said = [f"{word} {_plain(bounds[name])}" for name, word in words.items() if name in bounds]
    return " " + " and ".join(said) if said else ""


def _amount(bounds: dict[str, Any], unit: str) -> str:
    low, high = bounds.get("min_length"), bounds.get("max_length")
    if low and high is not None:
        return f" of {low} to {high} {unit}"
    if high is not None:
        return f" of at most {high} {unit}"
    return f" of at least {low} {unit}" if low else ""


def _plain(number: float) -> str:
    return f"{number:.15g}" if isinstance(number, float) else str(number)


def _advice(kind: str, given: Any, place: Place) -> str:
    if kind in {"greater_than", "greater_than_equal"}:
        return "Raise it."
    if kind in {"less_than", "less_than_equal"}:
        return "Lower it."
    if kind == "finite_number":
        return "Give a finite number."
    if kind in {"too_long", "string_too_long"}:
        return "Remove some of it." if kind == "string_too_long" else "Remove some entries."
    if kind in {"too_short", "string_too_short"}:
        return "Fill it in." if kind == "string_too_short" else "Add an entry."
    if kind == "literal_error":
        return _did_you_mean(given, [str(option) for option in get_args(_without_none(place.annotation)[0])])
    numeric = _without_none(place.annotation)[0] in {int, float}
    if numeric and isinstance(given, str):
        return "Write it as a number, without quotation marks."
    return "Give a value of that kind."


def _unknown(name: str, parent: Place) -> str:
    fields = [field for choice in parent.choices for field in choice.model_fields]
    return f"unknown field; accepted here: {', '.join(fields)}. {_did_you_mean(name, fields, 'Remove it.')}"


def _did_you_mean(given: Any, options: list[str], otherwise: str = "Choose one of these.") -> str:
    close = difflib.get_close_matches(str(given)[:MAX_SHOWN], options, n=1)
    return f"Did you mean {close[0]}?" if close else otherwise


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in {Union, types.UnionType}


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """The annotation without ``None``, and whether ``None`` was there."""
    if not _is_union(annotation) or type(None) not in get_args(annotation):
        return annotation, False
    rest = tuple(part for part in get_args(annotation) if part is not type(None))
    return (rest[0] if len(rest) == 1 else Union[rest]), True  # noqa: UP007  the parts are known at run time only


def _kind_of(part: type[BaseModel], discriminator: str) -> str:
    return str(get_args(part.model_fields[discriminator].annotation)[0])

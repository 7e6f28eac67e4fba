"""Error messages made from pydantic's errors: what is accepted, what was given instead, and what to do.

What is accepted is read from the spec's own fields, so a new field needs no wording here. People who fill in a form
and programs that send JSON get the same sentences, except that JSON's own terms (null, objects, quotation marks) are
not shown to people.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import types
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from trainer.errors import Problem

MAX_SHOWN = 60
# pydantic's names for a number that is outside its bounds.
OUT_OF_RANGE = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}


@dataclass(frozen=True)
class Place:
    """A place in the spec: the path shown to people, the type expected there, and its bounds."""

    path: tuple[str | int, ...]
    annotation: Any
    bounds: dict[str, Any]
    discriminator: str = ""

    @property
    def choices(self) -> list[type[BaseModel]]:
        """The parts that are accepted here."""
        options = get_args(self.annotation) if _is_union(self.annotation) else (self.annotation,)
        return [option for option in options if isinstance(option, type) and issubclass(option, BaseModel)]

    @property
    def kinds(self) -> list[str]:
        """The values of the discriminator, one for each part of the union."""
        return [_kind_of(choice, self.discriminator) for choice in self.choices] if self.discriminator else []


def problem_of(entry: Any, root: type[BaseModel], typed: bool = False) -> Problem:
    """Convert one entry of ``ValidationError.errors()`` to a problem with our own message.

    ``root`` is the model that was validated; ``typed`` means that the value was entered in a form.
    """
    kind, value = entry["type"], entry["input"]
    if kind == "extra_forbidden":
        parent = place_of(entry["loc"][:-1], root)
        return Problem((*parent.path, entry["loc"][-1]), _unknown(str(entry["loc"][-1]), parent))
    place = place_of(entry["loc"], root)
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return Problem((*place.path, place.discriminator), _unknown_kind(value, place, typed))
    if kind == "value_error":
        return Problem(place.path, str(entry["ctx"]["error"]))
    if kind == "missing":
        return Problem(place.path, f"Missing. Must be {accepted(place, typed)}.")
    if kind in {"json_invalid", "json_type"}:
        return Problem((), f"This cannot be read as JSON ({entry['msg']}). Send the spec as a JSON object.")
    return Problem(place.path, _refusal(kind, value, place, typed))


def _refusal(kind: str, value: Any, place: Place, typed: bool) -> str:
    """ "Must be at least 0 and less than 1 (you entered 1.5)." plus, where that is not enough, what to do."""
    if typed and value == "":
        return f"Required. Enter {accepted(place, typed)}."
    needed = _range(place.bounds) if kind in OUT_OF_RANGE else ""
    sentence = f"Must be {needed or accepted(place, typed)} ({given(value, typed)})."
    return f"{sentence} {_advice(kind, value, place, typed)}".strip()


def _unknown_kind(value: Any, place: Place, typed: bool) -> str:
    kinds = ", ".join(place.kinds)
    chosen = value.get(place.discriminator)
    if chosen is None:
        return f"Missing. Must be one of {kinds}."
    return f"Must be one of {kinds} ({given(chosen, typed)}). {_did_you_mean(chosen, place.kinds)}".strip()


def place_of(location: tuple[str | int, ...], root: type[BaseModel]) -> Place:
    """Return the place at ``location``, skipping the tags that pydantic adds for the parts of a union."""
    place = Place((), root, {})
    for step in location:
        if place.discriminator:
            chosen = next((part for part in place.choices if _kind_of(part, place.discriminator) == step), None)
            place = Place(place.path, chosen, {})
        else:
            place = _inside(place, step)
    return place


def accepted(place: Place, typed: bool = False) -> str:
    """Describe the values that are accepted at ``place``."""
    annotation, optional = _without_none(place.annotation)
    words = _accepted(annotation, place)
    return f"{words}, or {'empty' if typed else 'null'} for none" if optional else words


def given(value: Any, typed: bool = False) -> str:
    """ "you entered 1.5" for people; "given: 1.5" for programs, as JSON, so that text is recognisable as such."""
    if not typed:
        return f"given: {shown(value)}"
    if isinstance(value, float) and math.isfinite(value):
        return f"you entered {value:.15g}"
    return f"you entered {_cut(value) if isinstance(value, str) else shown(value)}"


def shown(value: Any) -> str:
    """The value as JSON, shortened when it is long."""
    return _cut(json.dumps(value, default=str, ensure_ascii=False))


def _cut(text: str) -> str:
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
        options = get_args(annotation)
        return ("one of " if len(options) > 1 else "") + ", ".join(_option(option) for option in options)
    if get_origin(annotation) is tuple:
        return "a list" + _amount(place.bounds, "entries")
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"an object with any of the fields {', '.join(annotation.model_fields)}"
    plain = {int: "a whole number", float: "a number"}.get(annotation)
    if plain:
        return f"{plain} {_range(place.bounds)}".strip()
    if annotation is str:
        return (
            f"text like {place.bounds['pattern']}"
            if "pattern" in place.bounds
            else "text" + _amount(place.bounds, "characters")
        )
    return "true or false" if annotation is bool else "another value"


def _option(option: Any) -> str:
    return option if isinstance(option, str) else shown(option)


def _range(bounds: dict[str, Any]) -> str:
    low, high = bounds.get("ge"), bounds.get("le")
    if low is not None and high is not None:
        return f"from {_plain(low)} to {_plain(high)}"
    words = {"ge": "at least", "gt": "greater than", "le": "at most", "lt": "less than"}
    return " and ".join(f"{word} {_plain(bounds[name])}" for name, word in words.items() if name in bounds)


def _amount(bounds: dict[str, Any], unit: str) -> str:
    low, high = bounds.get("min_length"), bounds.get("max_length")
    if low and high is not None:
        return f" of {low} to {high} {unit}"
    if high is not None:
        return f" of at most {high} {unit}"
    return f" of at least {low} {unit}" if low else ""


def _plain(number: float) -> str:
    """A number for people: 65,536 and 1,000,000, but 0.01 and 1e-07."""
    if float(number).is_integer() and abs(number) < 1e15:
        return f"{int(number):,}"
    return f"{number:.15g}"


def _advice(kind: str, value: Any, place: Place, typed: bool) -> str:
    """What to do, where the first sentence does not say it."""
    if kind in {"too_long", "string_too_long"}:
        return "Shorten it." if kind == "string_too_long" else "Remove some entries."
    if kind in {"too_short", "string_too_short"}:
        return "Fill it in." if kind == "string_too_short" else "Add an entry."
    annotation, _ = _without_none(place.annotation)
    if kind == "literal_error":
        return _did_you_mean(value, [str(option) for option in get_args(annotation)])
    if annotation in {int, float} and isinstance(value, str):
        return _number_advice(value, typed)
    return ""


def _number_advice(text: str, typed: bool) -> str:
    if not typed:
        return "Write it as a number, without quotation marks."
    if re.fullmatch(r"[+-]?[\d.,\s]+", text):
        return "Use a point for decimals, and nothing between thousands."
    return ""


def _unknown(name: str, parent: Place) -> str:
    fields = [field for choice in parent.choices for field in choice.model_fields]
    return f"Unknown field. Accepted here: {', '.join(fields)}. {_did_you_mean(name, fields) or 'Remove it.'}"


def _did_you_mean(value: Any, options: list[str]) -> str:
    close = difflib.get_close_matches(str(value)[:MAX_SHOWN], options, n=1)
    return f"Did you mean {close[0]}?" if close else ""


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in {Union, types.UnionType}


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """The annotation without ``None``, and whether ``None`` was there."""
    if not _is_union(annotation) or type(None) not in get_args(annotation):
        return annotation, False
    rest = tuple(part for part in get_args(annotation) if part is not type(None))
    return (rest[0] if len(rest) == 1 else Union[rest]), True  # noqa: UP007  the parts are known only at run time


def _kind_of(part: type[BaseModel], discriminator: str) -> str:
    return str(get_args(part.model_fields[discriminator].annotation)[0])

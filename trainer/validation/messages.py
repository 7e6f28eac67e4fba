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

from trainer.errors import Problem, message_of
from trainer.messages.message import Message, joined, verbatim

MAX_SHOWN = 60
# pydantic's names for a number that is outside its bounds.
OUT_OF_RANGE = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
# What to do about a list or text that pydantic finds too long or too short.
WRONG_LENGTH = {
    "too_long": Message("Remove some entries."),
    "string_too_long": Message("Shorten it."),
    "too_short": Message("Add an entry."),
    "string_too_short": Message("Fill it in."),
}


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
        return Problem(place.path, message_of(entry["ctx"]["error"]))
    if kind == "missing":
        return Problem(place.path, Message("Missing. Must be {expected}.", expected=accepted(place, typed)))
    if kind in {"json_invalid", "json_type"}:
        message = Message("This cannot be read as JSON ({error}). Send the spec as a JSON object.", error=entry["msg"])
        return Problem((), message)
    return Problem(place.path, _refusal(kind, value, place, typed))


def _refusal(kind: str, value: Any, place: Place, typed: bool) -> Message:
    """ "Must be at least 0 and less than 1 (you entered 1.5)." plus, where that is not enough, what to do."""
    if typed and value == "":
        return Message("Required. Enter {expected}.", expected=accepted(place, typed))
    limits = _range(place.bounds) if kind in OUT_OF_RANGE else None
    if limits:
        sentence = Message("Must be {range} ({given}).", range=limits, given=given(value, typed))
    else:
        sentence = Message("Must be {expected} ({given}).", expected=accepted(place, typed), given=given(value, typed))
    return joined(sentence, _advice(kind, value, place, typed))


def _unknown_kind(value: Any, place: Place, typed: bool) -> Message:
    kinds = ", ".join(place.kinds)
    chosen = value.get(place.discriminator)
    if chosen is None:
        return Message("Missing. Must be one of {kinds}.", kinds=kinds)
    sentence = Message("Must be one of {kinds} ({given}).", kinds=kinds, given=given(chosen, typed))
    return joined(sentence, _did_you_mean(chosen, place.kinds))


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


def accepted(place: Place, typed: bool = False) -> Message:
    """Describe the values that are accepted at ``place``."""
    annotation, optional = _without_none(place.annotation)
    values = _accepted(annotation, place)
    if not optional:
        return values
    if typed:
        return Message("{values}, or empty for none", values=values)
    return Message("{values}, or null for none", values=values)


def given(value: Any, typed: bool = False) -> Message:
    """ "you entered 1.5" for people; "given: 1.5" for programs, as JSON, so that text is recognisable as such."""
    if not typed:
        return Message("given: {value}", value=shown(value))
    if isinstance(value, float) and math.isfinite(value):
        return Message("you entered {value}", value=f"{value:.15g}")
    return Message("you entered {value}", value=_cut(value) if isinstance(value, str) else shown(value))


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


def _accepted(annotation: Any, place: Place) -> Message:
    if place.discriminator:
        kinds = ", ".join(place.kinds)
        return Message("an object whose {field} is one of {kinds}", field=place.discriminator, kinds=kinds)
    if get_origin(annotation) is Literal:
        return _options([_option(option) for option in get_args(annotation)])
    if get_origin(annotation) is tuple:
        return _list(place.bounds)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = ", ".join(annotation.model_fields)
        return Message("an object with any of the fields {fields}", fields=fields)
    if annotation in {int, float}:
        return _number(annotation, place.bounds)
    if annotation is str:
        return _text(place.bounds)
    return Message("true or false") if annotation is bool else Message("another value")


def _options(options: list[str]) -> Message:
    if len(options) > 1:
        return Message("one of {options}", options=", ".join(options))
    return verbatim(options[0])


def _option(option: Any) -> str:
    return option if isinstance(option, str) else shown(option)


def _number(annotation: type[int | float], bounds: dict[str, Any]) -> Message:
    limits = _range(bounds)
    if annotation is int:
        return Message("a whole number {range}", range=limits) if limits else Message("a whole number")
    return Message("a number {range}", range=limits) if limits else Message("a number")


def _list(bounds: dict[str, Any]) -> Message:
    low, high = bounds.get("min_length"), bounds.get("max_length")
    if low and high is not None:
        return Message("a list of {low} to {high} entries", low=low, high=high)
    if high is not None:
        return Message("a list of at most {count} entry", plural="a list of at most {count} entries", count=high)
    if low:
        return Message("a list of at least {count} entry", plural="a list of at least {count} entries", count=low)
    return Message("a list")


def _text(bounds: dict[str, Any]) -> Message:
    low, high = bounds.get("min_length"), bounds.get("max_length")
    if "pattern" in bounds:
        return Message("text like {pattern}", pattern=str(bounds["pattern"]))
    if low and high is not None:
        return Message("text of {low} to {high} characters", low=low, high=high)
    if high is not None:
        return Message("text of at most {count} character", plural="text of at most {count} characters", count=high)
    if low:
        return Message("text of at least {count} character", plural="text of at least {count} characters", count=low)
    return Message("text")


def _range(bounds: dict[str, Any]) -> Message | None:
    limits: dict[str, str] = {name: _plain(bounds[name]) for name in ("ge", "gt", "le", "lt") if name in bounds}
    match limits:
        case {"ge": low, "le": high}:
            return Message("from {low} to {high}", low=low, high=high)
        case {"ge": low, "lt": high}:
            return Message("at least {low} and less than {high}", low=low, high=high)
        case {"gt": low, "le": high}:
            return Message("greater than {low} and at most {high}", low=low, high=high)
        case {"gt": low, "lt": high}:
            return Message("greater than {low} and less than {high}", low=low, high=high)
    return _limit(limits)


def _limit(limits: dict[str, str]) -> Message | None:
    match limits:
        case {"ge": low}:
            return Message("at least {low}", low=low)
        case {"gt": low}:
            return Message("greater than {low}", low=low)
        case {"le": high}:
            return Message("at most {high}", high=high)
        case {"lt": high}:
            return Message("less than {high}", high=high)
    return None


def _plain(number: float) -> str:
    """A number for people: 65,536 and 1,000,000, but 0.01 and 1e-07."""
    if float(number).is_integer() and abs(number) < 1e15:
        return f"{int(number):,}"
    return f"{number:.15g}"


def _advice(kind: str, value: Any, place: Place, typed: bool) -> Message:
    """What to do, where the first sentence does not say it."""
    if kind in WRONG_LENGTH:
        return WRONG_LENGTH[kind]
    annotation, _ = _without_none(place.annotation)
    if kind == "literal_error":
        return _did_you_mean(value, [str(option) for option in get_args(annotation)])
    if annotation in {int, float} and isinstance(value, str):
        return _number_advice(value, typed)
    return Message("")


def _number_advice(text: str, typed: bool) -> Message:
    if not typed:
        return Message("Write it as a number, without quotation marks.")
    if re.fullmatch(r"[+-]?[\d.,\s]+", text):
        return Message("Use a point for decimals, and nothing between thousands.")
    return Message("")


def _unknown(name: str, parent: Place) -> Message:
    fields = [field for choice in parent.choices for field in choice.model_fields]
    message = Message("Unknown field. Accepted here: {fields}.", fields=", ".join(fields))
    return joined(message, _did_you_mean(name, fields) or Message("Remove it."))


def _did_you_mean(value: Any, options: list[str]) -> Message:
    close = difflib.get_close_matches(str(value)[:MAX_SHOWN], options, n=1)
    return Message("Did you mean {option}?", option=close[0]) if close else Message("")


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

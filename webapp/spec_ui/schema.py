"""The fields of a spec's models, as a form describes them.

Everything here is read from pydantic: the annotation gives the kind of a field's value, its metadata the allowed
values, and ``trainer.spec.fields.field`` its label. No field of the spec is known by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Protocol, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from trainer.messages.message import Message, Words
from trainer.spec.fields import Part, option_label

FieldPath = tuple[str | int, ...]
# What a person reads: words are messages; numbers, code names and what people typed are texts.


class Facts(Protocol):
    """What ``applies_to`` is compared with; ``trainer.data.facts.DatasetFacts`` is one."""

    @property
    def traits(self) -> frozenset[str]: ...


def applies(traits: tuple[str, ...], facts: Facts | None) -> bool:
    """Whether a field with such ``applies_to`` traits has a meaning for the data; without ``facts`` every field has."""
    if not traits or facts is None:
        return True
    return not facts.traits.isdisjoint(traits)


class Bound(NamedTuple):
    """A limit as it is written, such as "1,000", and whether it is itself accepted."""

    text: str
    is_included: bool


@dataclass(frozen=True)
class Number:
    """A whole number or a decimal one, from ``least`` to ``most``."""

    integer: bool
    least: Bound | None = None
    most: Bound | None = None


@dataclass(frozen=True)
class Text:
    """A line of text."""

    max_length: int | None = None


@dataclass(frozen=True)
class Flag:
    """Yes or no."""


@dataclass(frozen=True)
class Choice:
    """One of some values, each with its label; ``only_for`` has the traits of data that an option requires."""

    options: tuple[tuple[Any, Words], ...]
    only_for: tuple[tuple[Any, tuple[str, ...]], ...] = ()

    def label_of(self, value: Any) -> Words:
        return next((label for option, label in self.options if option == value), str(value))


@dataclass(frozen=True)
class Section:
    """A part with fields of its own."""

    model: type[Part]


@dataclass(frozen=True)
class Alternatives:
    """One of several parts; the field ``key`` of the part names the kind."""

    key: str
    models: tuple[tuple[str, type[Part]], ...]
    labels: tuple[tuple[str, Message], ...]
    only_for: tuple[tuple[Any, tuple[str, ...]], ...] = ()

    def model_of(self, value: Any) -> type[Part] | None:
        chosen = value.get(self.key) if isinstance(value, dict) else None
        return dict(self.models).get(chosen) if isinstance(chosen, str) else None

    def label_of(self, kind: Any) -> Words:
        return dict(self.labels).get(kind, str(kind))


@dataclass(frozen=True)
class Rows:
    """A list of values of one kind."""

    item: Kind
    min_length: int = 0
    max_length: int | None = None


Kind = Number | Text | Flag | Choice | Section | Alternatives | Rows


@dataclass(frozen=True)
class SpecField:
    """A field as people see it."""

    name: str
    label: Message
    help: Message
    source: str
    unit: Message
    advanced: bool
    essential: bool
    hidden: bool
    applies_to: tuple[str, ...]
    synonyms: str
    kind: Kind
    optional: bool
    stored_default: Any

    @property
    def default(self) -> Any:
        """A copy, because these facts are kept for all requests and forms change their values in place."""
        return _copied(self.stored_default)

    def is_shown(self, facts: Facts | None) -> bool:
        """Whether the form shows the field for such data."""
        return not self.hidden and applies(self.applies_to, facts)


@lru_cache(maxsize=512)
def fields_of(model: type[Part]) -> tuple[SpecField, ...]:
    """The fields of a part in the order in which they are declared, without its discriminator."""
    return tuple(_field(name, info) for name, info in model.model_fields.items() if info.title is not None)


def field_of(model: type[Part], name: Any) -> SpecField | None:
    return next((field for field in fields_of(model) if field.name == name), None)


def default_of(kind: Kind) -> Any:
    """Plain JSON values for a new value of this kind: the defaults of its fields."""
    match kind:
        case Section(model):
            return defaults_of(model)
        case Alternatives(key, models):
            name, model = models[0]
            return {key: name, **defaults_of(model)}
        case Rows():
            return []
        case Choice(options):
            return options[0][0]
        case Flag():
            return False
    return ""


def defaults_of(model: type[Part]) -> dict[str, Any]:
    return {field.name: field.default for field in fields_of(model)}


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(entry) for key, entry in value.items()}
    return [_copied(entry) for entry in value] if isinstance(value, list) else value


def _field(name: str, info: FieldInfo) -> SpecField:
    shown: dict[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kind, optional = _kind(info.annotation, info)
    return SpecField(
        name=name,
        label=Message(info.title or name),
        help=Message(info.description or ""),
        source=str(shown.get("source", "")),
        unit=Message(shown.get("unit", "")),
        advanced=shown.get("advanced", False),
        essential=shown.get("essential", False),
        hidden=shown.get("hidden", False),
        applies_to=tuple(shown.get("applies_to", ())),
        synonyms=str(shown.get("synonyms", "")),
        kind=kind,
        optional=optional,
        stored_default=_default(info, kind, optional),
    )


def _default(info: FieldInfo, kind: Kind, optional: bool) -> Any:
    value = info.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return None if optional else default_of(kind)
    return to_jsonable_python(value)


def _kind(annotation: Any, info: FieldInfo) -> tuple[Kind, bool]:
    """The kind of value that an annotation stands for, and whether it may be left empty."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        return _kind(inner, next((mark for mark in marks if isinstance(mark, FieldInfo)), info))
    if origin in (Union, UnionType):
        members = [member for member in get_args(annotation) if member is not NoneType]
        optional = len(members) < len(get_args(annotation))
        return (_kind(members[0], info)[0] if len(members) == 1 else _alternatives(members, info)), optional
    return _plain_kind(annotation, origin, info), False


def _plain_kind(annotation: Any, origin: Any, info: FieldInfo) -> Kind:
    if origin is Literal:
        options = tuple((option, _option_label(option, info)) for option in get_args(annotation))
        return Choice(options, _only_for(info))
    if origin in (tuple, list):
        limits = _limits(info)
        item, _ = _kind(get_args(annotation)[0], info)
        return Rows(item, limits.get("min_length", 0), limits.get("max_length"))
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return Section(annotation)
    if annotation is bool:
        return Flag()
    if annotation in (int, float):
        return Number(annotation is int, *_bounds(info))
    if annotation is str:
        return Text(_limits(info).get("max_length"))
    raise TypeError(f"The form has no widget for {annotation!r}; add a kind to webapp/spec_ui/schema.py.")


def _alternatives(members: list[Any], info: FieldInfo) -> Kind:
    if set(members) <= {int, float}:
        return Number(False, *_bounds(info))
    key = info.discriminator
    if not isinstance(key, str):
        raise TypeError(f"A choice between {members!r} needs a discriminator.")
    models = tuple((str(get_args(model.model_fields[key].annotation)[0]), model) for model in members)
    return Alternatives(key, models, tuple((kind, _option_label(kind, info)) for kind, _ in models), _only_for(info))


def _option_label(option: Any, info: FieldInfo) -> Message:
    shown: dict[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return Message(option_label(option, shown.get("option_labels") or {}))


def _only_for(info: FieldInfo) -> tuple[tuple[Any, tuple[str, ...]], ...]:
    shown: dict[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return tuple((option, tuple(traits)) for option, traits in (shown.get("option_applies_to") or {}).items())


def _limits(info: FieldInfo) -> dict[str, Any]:
    return dict(_constraints(info))


def _constraints(info: FieldInfo) -> Iterator[tuple[str, Any]]:
    for mark in info.metadata:
        for name in ("ge", "gt", "le", "lt", "min_length", "max_length"):
            if getattr(mark, name, None) is not None:
                yield name, getattr(mark, name)


def _bounds(info: FieldInfo) -> tuple[Bound | None, Bound | None]:
    limits = {name: _written(limit) for name, limit in _constraints(info)}
    return _bound(limits, "ge", "gt"), _bound(limits, "le", "lt")


def _bound(limits: dict[str, str], including: str, excluding: str) -> Bound | None:
    if including in limits:
        return Bound(limits[including], True)
    return Bound(limits[excluding], False) if excluding in limits else None


def _written(limit: Any) -> str:
    return f"{int(limit):,}" if float(limit).is_integer() else f"{limit:,}"

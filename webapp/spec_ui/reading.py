"""From posted names such as ``network.layers.0.units`` to plain JSON values of the right types.

A text that its field does not accept stays a text, so that the strict parser refuses it at its field, with what was
given. Values of parts that are switched off, of a kind that is no longer chosen, or of fields without a meaning for
the data, are kept separately.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from trainer.errors import Problem
from trainer.messages.message import Message
from trainer.spec.fields import Part
from webapp.spec_ui.schema import (
    Alternatives,
    Choice,
    Facts,
    Flag,
    Kind,
    Number,
    Rows,
    Section,
    SpecField,
    applies,
    default_of,
    defaults_of,
    fields_of,
)

# Posted with the select of a kind: the kind whose fields are in the form.
SHOWN_KIND = "_shown."
KEPT = "_kept"
# Part of the kept values: those of fields that have no meaning for the data, by name.
UNSHOWN = "_unshown"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf(inity)?)", re.IGNORECASE)
# A decimal comma; "1,000" is ambiguous, because it may be a thousand.
COMMA = re.compile(r"([+-]?)(\d*),(\d+)")
# Names that belong to the page around the spec: Django's token, hidden state, and the fields of the run itself.
FOREIGN = ("_", "run-", "csrfmiddlewaretoken")
# The defaults for a kind that is newly chosen, by the name of the choice and the kind; None for those of the models.
Defaults = Callable[[str, str], dict[str, Any] | None]


@dataclass
class State:
    """The values of a form: plain JSON in the shape of a spec, valid or not.

    ``kept`` has the values of what is not chosen, by name (``fit.early_stopping``) or name and kind
    (``network:mlp``). ``changed_kinds`` names the choices that were changed since the form was shown.
    ``corrected`` has the numbers that were read from another notation, by name.
    """

    values: dict[str, Any]
    kept: dict[str, Any] = field(default_factory=dict)
    changed_kinds: list[str] = field(default_factory=list)
    corrected: dict[str, Any] = field(default_factory=dict)
    unknown: list[Problem] = field(default_factory=list)


def read(
    post: QueryDict, root: type[Part], defaults: Defaults = lambda name, kind: None, facts: Facts | None = None
) -> State:
    """Read what was posted, for data like ``facts``; a field that was not posted gets its default."""
    reader = _Reader(post, defaults, facts)
    values = reader.section(root, "")
    return State(values, reader.kept, reader.changed_kinds, reader.corrected, list(reader.unknown()))


class _Reader:
    def __init__(self, post: QueryDict, defaults: Defaults, facts: Facts | None) -> None:
        self.post = post
        self.defaults = defaults
        self.facts = facts
        self.used: set[str] = set()
        self.kept = _kept(post.get(KEPT, ""))
        self.unshown = self.kept.pop(UNSHOWN, {})
        self.changed_kinds: list[str] = []
        self.corrected: dict[str, Any] = {}

    def section(self, model: type[Part], prefix: str) -> dict[str, Any]:
        return {field.name: self.value(field, f"{prefix}{field.name}") for field in fields_of(model)}

    def value(self, field: SpecField, name: str) -> Any:
        if field.applies_to:
            return self.conditional(field, name)
        return self.posted(field, name, field.default)

    def conditional(self, field: SpecField, name: str) -> Any:
        """A field for some data only: kept while the form does not show it, and restored when it does again."""
        value = self.posted(field, name, self.unshown.get(name, field.default))
        if applies(field.applies_to, self.facts):
            return value
        if value != field.default:
            self.kept.setdefault(UNSHOWN, {})[name] = value
        return field.default

    def posted(self, field: SpecField, name: str, default: Any) -> Any:
        match field.kind:
            case Section(model) if field.optional:
                return self.optional_section(model, name, default)
            case Section() | Alternatives() | Rows():
                return self.of_kind(field.kind, name, default)
        text = self.last(name)
        return default if text is None else self.plain(name, text, field.kind, field.optional)

    def plain(self, name: str, text: str, kind: Kind, optional: bool) -> Any:
        value = value_of(text, kind, optional)
        if isinstance(kind, Number) and "," in text and not isinstance(value, str):
            self.corrected[name] = value
        return value

    def of_kind(self, kind: Kind, name: str, default: Any) -> Any:
        match kind:
            case Section(model):
                return self.section(model, f"{name}.")
            case Alternatives():
                return self.alternative(kind, name, default)
            case Rows(item):
                return self.rows(item, name, default)
        return self.plain(name, self.last(name) or "", kind, False)

    def last(self, name: str) -> str | None:
        """The last value posted under ``name``: a ticked box follows the hidden "off" of the same name."""
        self.used.add(name)
        return self.post.getlist(name)[-1] if name in self.post else None

    def optional_section(self, model: type[Part], name: str, default: Any) -> Any:
        switch = self.last(name)
        if switch is None and not any(key.startswith(f"{name}.") for key in self.post):
            return default
        values = self.section(model, f"{name}.")
        if switch == "off":
            self.kept[name] = values
            return None
        return values

    def rows(self, item: Kind, name: str, default: Any) -> Any:
        found = {key[len(name) + 1 :].split(".")[0] for key in self.post if key.startswith(f"{name}.")}
        indices = sorted(int(index) for index in found if re.fullmatch(r"\d{1,6}", index))
        if self.last(name) is None and not indices:
            return default
        return [self.of_kind(item, f"{name}.{index}", default_of(item)) for index in indices]

    def alternative(self, kind: Alternatives, name: str, default: Any) -> Any:
        key = f"{name}.{kind.key}"
        chosen = self.last(key)
        if chosen is None:
            return default
        if chosen == "":
            return None
        shown = self.post.get(SHOWN_KIND + name, chosen)
        models = dict(kind.models)
        values = {kind.key: shown, **self.section(models[shown], f"{name}.")} if shown in models else {kind.key: shown}
        if shown == chosen:
            return values
        self.changed_kinds.append(name)
        start = self.kept.get(f"{name}:{chosen}") or self.defaults(name, chosen)
        self.kept[f"{name}:{shown}"] = values
        return change_kind(kind, values, chosen, start)

    def unknown(self) -> list[Problem]:
        names = [name for name in self.post if name not in self.used and not name.startswith(FOREIGN)]
        return [
            Problem(tuple(name.split(".")), Message("This form has no field “{name}”; leave it out.", name=name[:80]))
            for name in names
        ]


def change_kind(kind: Alternatives, values: dict[str, Any], chosen: str, start: dict[str, Any] | None) -> Any:
    """The values of the part ``chosen``: ``start``, else its defaults, with what was set in the old part.

    A value that is the default of the old part does not move: the new part's own default suits it better.
    """
    old, new = kind.model_of(values), dict(kind.models).get(chosen)
    if new is None:
        return {kind.key: chosen}
    result = {**(start or defaults_of(new)), kind.key: chosen}
    before = {known.name: known for known in fields_of(old)} if old else {}
    for after in fields_of(new):
        same = before.get(after.name)
        if same and same.kind == after.kind and values[after.name] != same.default:
            result[after.name] = values[after.name]
    return result


def value_of(text: str, kind: Kind, optional: bool) -> Any:
    """The plain JSON value that ``text`` stands for, or the text itself if it stands for none."""
    text = text.strip()
    if text == "" and optional:
        return None
    match kind:
        case Number(integer):
            return _number(text, integer)
        case Flag():
            return {"on": True, "off": False}.get(text, text)
        case Choice(options):
            return next((option for option, _ in options if str(option) == text), text)
    return text


def _number(text: str, integer: bool) -> Any:
    written, text = text, with_point(text)
    if not NUMBER.fullmatch(text) or len(text) > 60:
        return written
    number = float(text)
    if integer and re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    return int(number) if integer and number.is_integer() else number


def with_point(text: str) -> str:
    """ "0,3" → "0.3". "1,000" stays as it is, because it may mean one or a thousand."""
    found = COMMA.fullmatch(text)
    if not found:
        return text
    sign, whole, decimals = found.groups()
    is_grouped = len(decimals) == 3 and whole.strip("0") != ""
    return text if is_grouped else f"{sign}{whole}.{decimals}"


def _kept(text: str) -> dict[str, Any]:
    try:
        kept = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    items = kept.items() if isinstance(kept, dict) else ()
    return {str(name): values for name, values in items if isinstance(values, dict)}

"""A sentence with named values: it is written once, stored as it is, and rendered in the language of each reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Union

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from trainer.messages import language

Value = Union[str, int, float, "Message"]
# {name}, or {name:spec} with a spec that cannot ask for more than a number's grouping, precision and notation.
PLACEHOLDER = re.compile(r"\{([a-z_]+)(?::(,?(?:\.\d{1,2})?[fg%]?))?\}")
COUNT = "count"


@dataclass(frozen=True, slots=True)
class Message:
    """``text`` is the English sentence, which is also its name in the catalogs; ``{name}`` stands for a value.

    A value may be a message itself. With ``plural``, the value ``count`` decides which of the two texts is used.
    Anything in braces that is no placeholder of a given value stays as it is, so any text can be a message.
    """

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    plural: str = ""

    def __init__(self, text: str, /, *, plural: str = "", **values: Value) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "plural", plural)
        object.__setattr__(self, "values", values)

    def __str__(self) -> str:
        """The sentence in the reader's language."""
        if not self.text:
            return ""
        return PLACEHOLDER.sub(self._value, self._translated()) if self.values else self._translated()

    def __bool__(self) -> bool:
        return bool(self.text)

    def __hash__(self) -> int:
        return hash((self.text, self.plural, *sorted(self.values)))

    def _translated(self) -> str:
        if self.plural:
            return language.translation().ngettext(self.text, self.plural, int(self.values[COUNT]))  # type: ignore[arg-type]
        return language.translation().gettext(self.text)

    def _value(self, place: re.Match[str]) -> str:
        name, spec = place.groups()
        if name not in self.values:
            return place.group()
        value = self.values[name]
        return format(value, spec) if spec and isinstance(value, int | float) else str(value)

    def to_json(self) -> str | dict[str, Any]:
        """As stored: the text alone when it says everything, as in rows and files of release 0.1."""
        return _object(self) if self.values else self.text

    @classmethod
    def from_json(cls, stored: Any) -> Message:
        """Read what :meth:`to_json` gave; raises ``ValueError`` for anything else."""
        if isinstance(stored, Message):
            return stored
        if isinstance(stored, str):
            return cls(stored)
        if not (isinstance(stored, dict) and isinstance(stored.get("text"), str)):
            raise ValueError("a message is a text, or an object with text and values")  # noqa: TRY004  as pydantic wants
        values = {
            str(name): cls.from_json(value) if isinstance(value, dict) else value
            for name, value in stored.get("values", {}).items()
        }
        return cls(stored["text"], plural=str(stored.get("plural", "")), **values)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.from_json, serialization=core_schema.plain_serializer_function_ser_schema(cls.to_json)
        )


def _object(message: Message) -> dict[str, Any]:
    """A message with all its parts; within another one, a text alone would be a value that is not translated."""
    values = {name: _object(value) if isinstance(value, Message) else value for name, value in message.values.items()}
    stored = {"text": message.text, "values": values, "plural": message.plural}
    return {name: value for name, value in stored.items() if value}


def joined(*sentences: Message | str) -> Message:
    """Sentences one after the other, with what the reader's language puts between them; empty ones are left out."""
    return joined_by(" ", sentences)


def joined_by(separator: str, messages: Iterable[Message | str]) -> Message:
    """Messages with ``separator`` between them, or what the reader's language has for it; empty ones are left out."""
    pair = SEPARATED.get(separator) or f"{{first}}{separator}{{second}}"
    given = [message if isinstance(message, Message) else Message(message) for message in messages if message]
    return reduce(lambda first, second: Message(pair, first=first, second=second), given) if given else Message("")


# Written differently in Chinese, so that catalogs have them.
SEPARATED = {
    " ": Message("{first} {second}").text,
    ", ": Message("{first}, {second}").text,
    "; ": Message("{first}; {second}").text,
}

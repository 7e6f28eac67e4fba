"""A sentence with named values: it is written once, stored as it is, and rendered in the language of each reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Union

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from trainer.messages import language

Value = Union[str, int, float, "Message"]
# {name}, or {name:spec} with a spec that cannot ask for more than a number's grouping, precision and notation.
PLACEHOLDER = re.compile(r"\{([a-z_]+)(?::(,?(?:\.\d{1,2})?[fg%]?))?\}")
COUNT = "count"
# How a message with values begins in a text.
OBJECT = '{"text": '
MOST_NESTED = 30


@dataclass(frozen=True, slots=True)
class Message:
    """``text`` is the English sentence, which is also its name in the catalogs; ``{name}`` stands for a value.

    A value may be a message itself. With ``plural``, the value ``count`` decides which of the two texts is used.
    Anything in braces that is no placeholder of a given value stays as it is, so any text can be a message.
    """

    text: str
    values: Mapping[str, Value]
    plural: str

    def __init__(self, text: str, /, *, plural: str = "", **values: Value) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "plural", plural)
        object.__setattr__(self, "values", values)

    def __str__(self) -> str:
        """The sentence in the reader's language."""
        if not self.text:
            return ""  # in a catalog the empty text is the header
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
        try:
            return format(value, spec or "") if isinstance(value, int | float) else str(value)
        except ValueError:  # a format that integers do not have, in a message of a file
            return str(value)

    def to_json(self) -> str | dict[str, Any]:
        """As stored: the text alone when it says everything, as in rows and files of release 0.1."""
        return _object(self) if self.values else self.text

    @classmethod
    def from_json(cls, stored: Any) -> Message:
        """Read what :meth:`to_json` gave; raises ``ValueError`` for anything else, whoever wrote it."""
        return _read(stored, 0)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.from_json, serialization=core_schema.plain_serializer_function_ser_schema(cls.to_json)
        )


Words = Message | str  # what people read; a plain text is not translated
NOTHING = Message("")
NO_MESSAGE = "a message is a text, or an object with text and values"


def verbatim(text: str) -> Message:
    """A message that says ``text`` in every language, such as what a library or a person wrote."""
    return Message("{text}", text=text) if text else NOTHING


def as_text(message: Words, *, ascii_only: bool = False) -> str:
    """How a message is written where only text goes: into a column, or in ASCII as a line of output."""
    if isinstance(message, str) and message.startswith(OBJECT):
        message = verbatim(message)  # a person's words that look like a stored message
    value = message.to_json() if isinstance(message, Message) else message
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=ascii_only)


def of_text(text: str) -> Message:
    """The message that :func:`as_text` wrote; any other text, such as that of an old row, is one without values."""
    if not text.startswith(OBJECT):
        return Message(text)
    try:
        return Message.from_json(json.loads(text))
    except (ValueError, RecursionError):
        return verbatim(text)


def _object(message: Message) -> dict[str, Any]:
    """A message with all its parts; within another one, a text alone would be a value that is not translated."""
    values = {name: _object(value) if isinstance(value, Message) else value for name, value in message.values.items()}
    return {"text": message.text, "values": values} | ({"plural": message.plural} if message.plural else {})


def _read(stored: Any, depth: int) -> Message:
    match stored:
        case Message():
            return stored
        case str():
            return Message(stored)
        case {"text": str(text)} if depth < MOST_NESTED:
            return _checked(text, stored.get("values", {}), stored.get("plural", ""), depth)
    raise ValueError(NO_MESSAGE)


def _checked(text: str, given: Any, plural: Any, depth: int) -> Message:
    if not (isinstance(given, dict) and isinstance(plural, str)) or "plural" in given:
        raise ValueError(NO_MESSAGE)
    values = {str(name): _read(value, depth + 1) if isinstance(value, dict) else value for name, value in given.items()}
    if not all(isinstance(value, str | int | float | Message) for value in values.values()):
        raise ValueError(NO_MESSAGE)
    if plural and not isinstance(values.get(COUNT), int):
        raise ValueError(NO_MESSAGE)
    return Message(text, plural=plural, **values)


def joined(*sentences: Words) -> Message:
    """Sentences one after the other, with what the reader's language puts between them; empty ones are left out."""
    return joined_by(" ", sentences)


def joined_by(separator: str, messages: Iterable[Words]) -> Message:
    """Messages with ``separator`` between them, or what the reader's language has for it; empty ones are left out."""
    pair = SEPARATED.get(separator) or f"{{first}}{separator}{{second}}"
    given = [message if isinstance(message, Message) else verbatim(message) for message in messages if message]
    return _in_pairs(pair, given) if given else NOTHING


def _in_pairs(pair: str, messages: list[Message]) -> Message:
    """Halved again and again, so that many messages are not nested deeply."""
    if len(messages) == 1:
        return messages[0]
    middle = (len(messages) + 1) // 2
    return Message(pair, first=_in_pairs(pair, messages[:middle]), second=_in_pairs(pair, messages[middle:]))


# Written differently in Chinese, so that catalogs have them.
SEPARATED = {
    " ": Message("{first} {second}").text,
    ", ": Message("{first}, {second}").text,
    "; ": Message("{first}; {second}").text,
    " or ": Message("{first} or {second}").text,
}

"""A column that holds a message, so that each reader gets it in their own language."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from trainer.messages.message import Message

# A text that a person or program wrote could begin like this as well, but is then no message, and stays as it is.
OBJECT = '{"text": '


class MessageField(models.TextField):
    """A :class:`Message`; rows of release 0.1 hold the English sentence, which is read as a message without values."""

    # For django-stubs: what may be assigned, and what is read.
    _pyi_private_set_type: Message | str  # type: ignore[assignment]
    _pyi_private_get_type: Message  # type: ignore[assignment]

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Message | None:
        return None if value is None else message_in(value)

    def to_python(self, value: Any) -> Message | None:
        return message_in(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else stored(value)

    def value_to_string(self, obj: Any) -> str:
        return stored(getattr(obj, self.attname))


def stored(message: Message | str) -> str:
    """How a message is written into a text column."""
    value = message.to_json() if isinstance(message, Message) else message
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def message_in(text: str) -> Message:
    """The message that :func:`stored` wrote, or a message that says ``text`` as it is."""
    if not text.startswith(OBJECT):
        return Message(text)
    try:
        return Message.from_json(json.loads(text))
    except ValueError:
        return Message(text)

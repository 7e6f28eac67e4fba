"""A column that holds a message, so that each reader gets it in their own language."""

from __future__ import annotations

from typing import Any

from django.db import models

from trainer.messages.message import Message, Words, as_text, of_text


class MessageField(models.TextField):
    """A :class:`Message`; rows of release 0.1 hold the English sentence, which is read as a message without values."""

    # For django-stubs: what may be assigned, and what is read.
    _pyi_private_set_type: Words  # type: ignore[assignment]
    _pyi_private_get_type: Message  # type: ignore[assignment]

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Message | None:
        return None if value is None else of_text(value)

    def to_python(self, value: Any) -> Message | None:
        return of_text(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else as_text(value)

    def value_to_string(self, obj: Any) -> str:
        return as_text(getattr(obj, self.attname))

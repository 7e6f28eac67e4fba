"""Phrases that sentences of several rooms are made of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from trainer.messages.message import Message


def either(words: Iterable[Message | str]) -> Message | str:
    """ "a", "a or b", "a or b or c"; "" without any."""
    given = list(words)
    return (
        reduce(lambda first, second: Message("{first} or {second}", first=first, second=second), given) if given else ""
    )

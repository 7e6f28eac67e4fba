"""Words about jobs: their states, why they ended, and error messages without the folders of the machine."""

from __future__ import annotations

import re

from trainer.errors import Explained
from trainer.messages.message import Message

# An absolute path; not the middle of a URL, a fraction or a relative path.
ABSOLUTE_PATH = re.compile(r"(?<![\w:/.…])/(?:[^\s/'\"`,;:()]+/)+(?=[^\s/])")
# The states of jobs and those that pages show besides, as words within a sentence.
STATES = {
    "queued": Message("queued"),
    "starting": Message("starting"),
    "running": Message("running"),
    "stopping": Message("stopping"),
    "stopped": Message("stopped"),
    "finished": Message("finished"),
    "failed": Message("failed"),
}
# Why a job ended, by the code that its row and its history hold.
ENDINGS = {
    "completed": Message("completed"),
    "early_stopping": Message("early stopping"),
    "stopped": STATES["stopped"],
    "interrupted": Message("interrupted"),
    "error": Message("an error"),
    "killed": Message("killed"),
    "out_of_memory": Message("out of memory"),
    "nan": Message("NaN"),
    "bad_spec": Message("an invalid spec"),
    "bad_data": Message("unusable data"),
    "bad_checkpoint": Message("a damaged checkpoint"),
}


def state_in_words(state: str) -> Message:
    return STATES.get(state, Message(state))


def ending_in_words(reason: Message) -> Message:
    """The words for a code; any other message is returned as it is."""
    return ENDINGS.get(reason.text, reason)


def message_of(error: BaseException) -> Message:
    """What ``error`` says: its message for people, else the text of a library or of the system."""
    return error.message if isinstance(error, Explained) else Message(str(error))


def without_paths(message: Message) -> Message:
    """Returns ``message`` with every absolute path cut to its last name: ``…/spec.json``."""
    values = {name: _cut(value) for name, value in message.values.items()}
    return Message(ABSOLUTE_PATH.sub("…/", message.text), plural=message.plural, **values)


def _cut(value: Message | str | float) -> Message | str | float:
    if isinstance(value, Message):
        return without_paths(value)
    return ABSOLUTE_PATH.sub("…/", value) if isinstance(value, str) else value

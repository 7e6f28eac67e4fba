"""Words about jobs: their states, why they ended, and error messages without the folders of the machine."""

from __future__ import annotations

import re

from trainer.messages.message import Message, Words

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
    "target_reached": Message("target reached"),
    "time_limit": Message("time limit"),
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


def without_paths(message: Message) -> Message:
    """Returns ``message`` with every absolute path cut to its last name: ``…/spec.json``."""
    values = {name: _cut(value) for name, value in message.values.items()}
    return Message(ABSOLUTE_PATH.sub("…/", message.text), plural=message.plural, **values)


def _cut(value: Words | float) -> Words | float:
    if isinstance(value, Message):
        return without_paths(value)
    return ABSOLUTE_PATH.sub("…/", value) if isinstance(value, str) else value


def ahead_in_words(number: int, of_others: int, teams: int) -> Message:
    """How many jobs start before a queued one; ``of_others`` of them are of ``teams`` other teams."""
    if not of_others:
        return Message("{count} job is ahead of it.", plural="{count} jobs are ahead of it.", count=number)
    if number == 1:
        return Message("1 job is ahead of it, of another team.")
    if of_others == number:
        if teams == 1:
            return Message("{count} jobs are ahead of it, all of another team.", count=number)
        return Message("{count} jobs are ahead of it, all of {teams} other teams.", count=number, teams=teams)
    if of_others == 1:
        return Message("{count} jobs are ahead of it, one of another team.", count=number)
    if teams == 1:
        return Message("{count} jobs are ahead of it, {others} of another team.", count=number, others=of_others)
    return Message(
        "{count} jobs are ahead of it, {others} of {teams} other teams.", count=number, others=of_others, teams=teams
    )

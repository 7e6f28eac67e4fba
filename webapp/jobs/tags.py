"""Template filters that say in words what code calls by a name; builtin, because every page shows jobs."""

from __future__ import annotations

from django import template

from trainer.messages.message import Message
from webapp.jobs import wording

register = template.Library()


@register.filter
def state_words(state: str) -> Message:
    """ "finished", in the reader's language."""
    return wording.state_in_words(state)


@register.filter
def ending_words(reason: Message) -> Message:
    """Why a job changed its state: the words for a code, and any other message as it is."""
    return wording.ending_in_words(reason)

"""Names of metrics within a sentence."""

from __future__ import annotations

from trainer.messages.message import Message
from trainer.spec.metrics import is_on_validation, name_in_sentence


def label_in_sentence(name: str) -> Message:
    """``val_loss`` → "validation loss"."""
    if is_on_validation(name):
        return Message("validation {metric}", metric=name_in_sentence(name))
    return Message("training {metric}", metric=name_in_sentence(name))

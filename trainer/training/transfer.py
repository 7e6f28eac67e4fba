"""What a training does with the weights that it starts with: which it keeps, in words for people."""

from __future__ import annotations

from trainer.events.events import Logged
from trainer.events.sink import EventSink
from trainer.messages.message import Message
from trainer.networks.plan import Plan
from trainer.networks.transfer import frozen_in_words


def log_frozen(plan: Plan, sink: EventSink, *, is_fresh: bool) -> None:
    """Log what is frozen; a training that ``is_fresh``, with random weights, is warned that it keeps those."""
    if not plan.frozen:
        return
    sink.emit(Logged(level="info", message=frozen_in_words(plan)))
    if is_fresh:
        message = Message(
            "The frozen layers keep random initial weights: this run does not start from a checkpoint. Branch it from "
            "one, or freeze nothing."
        )
        sink.emit(Logged(level="warning", message=message))

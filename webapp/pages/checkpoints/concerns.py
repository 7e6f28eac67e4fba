"""Reasons against using a checkpoint whose files are intact."""

from __future__ import annotations

from trainer.errors import Problem, SpecError
from trainer.messages.message import Message, joined
from trainer.validation.parsing import parse_spec
from webapp.checkpoints.models import Checkpoint
from webapp.launches import lifecycle


def concerns(checkpoint: Checkpoint) -> list[Message]:
    """Return sentences about a spec or data that have changed; none if it can be used."""
    try:
        parse_spec(checkpoint.run.spec)
    except SpecError as refusal:
        intact = Message("Its files are intact: download it, or use the release that wrote it.")
        return [joined(_invalid(refusal.problems[0]), intact)]
    try:
        lifecycle.refuse_other_data(checkpoint.run)
    except lifecycle.WrongState as refusal:
        intact = Message("Its files are intact: it can be downloaded and tried, but not evaluated or resumed.")
        return [joined(refusal.message, intact)]
    return []


def _invalid(problem: Problem) -> Message:
    if not problem.name:
        return Message(
            "Its spec is not valid in this release ({problem}), so it cannot be resumed here.", problem=problem.message
        )
    return Message(
        "Its spec is not valid in this release ({field}: {problem}), so it cannot be resumed here.",
        field=problem.name,
        problem=problem.message,
    )

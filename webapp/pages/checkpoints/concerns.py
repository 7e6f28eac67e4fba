"""Reasons against using a checkpoint whose files are intact."""

from __future__ import annotations

from trainer.errors import SpecError
from trainer.validation.parsing import parse_spec
from webapp.checkpoints.models import Checkpoint
from webapp.launches import lifecycle


def concerns(checkpoint: Checkpoint) -> list[str]:
    """Return sentences about a spec or data that have changed; none if it can be used."""
    try:
        parse_spec(checkpoint.run.spec)
    except SpecError as refusal:
        problem = refusal.problems[0]
        where = f"{problem.name}: " if problem.name else ""
        sentence = f"Its spec is not valid in this release ({where}{problem.message}), so it cannot be resumed here."
        return [f"{sentence} Its files are intact: download it, or use the release that wrote it."]
    try:
        lifecycle.refuse_other_data(checkpoint.run)
    except lifecycle.WrongState as refusal:
        return [f"{refusal} Its files are intact: it can be downloaded and tried, but not evaluated or resumed."]
    return []

"""The versions of a dataset as its page shows them: who made each, what differs, and what to train on it."""

from __future__ import annotations

from typing import Any

from trainer.messages.message import Message
from webapp.datasets.models import Dataset
from webapp.datasets.versions import versions_of
from webapp.runs.access import runs_of
from webapp.runs.models import Run
from webapp.teams.models import Team

MOST_RUNS = 30


def history_of(team: Team, dataset: Dataset) -> list[Dataset]:
    """All versions, the newest first; empty when there is only this one."""
    versions = list(versions_of(team, dataset.name))
    return versions if len(versions) > 1 else []


def difference_of(dataset: Dataset) -> dict[str, Any] | None:
    """What differs from the version before, in words; ``None`` when nothing is known of it."""
    found = dataset.summary.get("difference")
    if not found:
        return None
    ambiguous = sum(bool(each.get("ambiguous")) for each in dataset.corrections)
    return found | {"counts": _counts(found), "ambiguous": ambiguous}


def _counts(found: dict[str, int]) -> list[Message]:
    """The counts of :func:`trainer.data.versions.differences.difference` that are not 0, in words."""
    said = {
        "added": Message("{count:,} example added", plural="{count:,} examples added", count=found["added"]),
        "removed": Message("{count:,} example removed", plural="{count:,} examples removed", count=found["removed"]),
        "relabelled": Message(
            "{count:,} example relabelled", plural="{count:,} examples relabelled", count=found["relabelled"]
        ),
        "left_out": Message(
            "{count:,} example left out", plural="{count:,} examples left out", count=found["left_out"]
        ),
        "taken_back": Message(
            "{count:,} example restored", plural="{count:,} examples restored", count=found["taken_back"]
        ),
        "moved": Message(
            "{count:,} example moved to another split",
            plural="{count:,} examples moved to another split",
            count=found["moved"],
        ),
    }
    return [words for name, words in said.items() if found[name]]


def trainable(team: Team, dataset: Dataset) -> list[Run]:
    """Runs on earlier versions, whose specs can be trained on it again; the newest first."""
    if not (dataset.base_id and dataset.is_stored):
        return []
    before = versions_of(team, dataset.name).filter(version__lt=dataset.version).order_by().values("pk")
    return list(runs_of(team).filter(dataset__in=before).order_by("-created_at")[:MOST_RUNS])

"""Work that ends with one result: what its kinds share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Generic

from trainer.events.events import AnyEvent, Worked
from trainer.messages.message import Message
from webapp.jobs import lifecycle
from webapp.jobs.lifecycle import AnyJob
from webapp.workers import job_folders
from webapp.workers.job_folders import folder_of
from webapp.workers.recording.payload import clean
from webapp.workers.retry import UNAVAILABLE


class ResultWork(ABC, Generic[AnyJob]):
    """Work that ends with one result and reports its progress."""

    needs_keras = True
    # What to do when the memory is too small; ``None`` for what is done about trainings.
    memory_advice: Message | None = None

    def __init__(self, job: AnyJob) -> None:
        self.job = job
        self.folder = folder_of(job)

    @abstractmethod
    def request(self) -> dict[str, Any]:
        """What the trainer is asked."""

    def record(self, events: Sequence[AnyEvent]) -> bool:
        worked = [event for event in events if isinstance(event, Worked)]
        if not worked:
            return True
        return lifecycle.report(self.job, fraction=worked[-1].fraction, message=worked[-1].message)

    def fields_of(self, result: dict[str, Any]) -> dict[str, Any]:
        return {"result": clean(result)}

    def close(self) -> None:
        """Remove what the trainer wrote, unless it is still needed or the database is unavailable."""
        with suppress(*UNAVAILABLE):
            job_folders.clear(self.job)

"""The handler of trainings."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from trainer.checkpoints import checkpoint_files
from trainer.errors import message_of
from trainer.events.events import AnyEvent, CheckpointSaved
from trainer.messages.message import Message, joined
from webapp.checkpoints.availability import nothing_left
from webapp.checkpoints.models import Checkpoint
from webapp.jobs import live
from webapp.jobs.wording import without_paths
from webapp.runs.models import Run
from webapp.storage.bucket import NotHereYet, StoreUnavailable
from webapp.workers.handlers.needs import WAIT, CannotContinue, checkpoint_folder, data_of, read_from
from webapp.workers.job_folders import folder_of
from webapp.workers.recording import recorder, recovery, store_fetch
from webapp.workers.recording.publishing import Publisher
from webapp.workers.recording.retention import RetentionThread
from webapp.workers.retry import UNAVAILABLE

logger = logging.getLogger(__name__)
PUBLISHING_SECONDS = 600
KEEPING_SECONDS = 120
FROM_THE_START = Message(
    "It was not restarted, so that no progress is lost unnoticed. Launch it again to train from the start."
)


class RunWork:
    """Training a run, from its newest checkpoint if it has one."""

    needs_keras = True
    memory_advice: Message | None = None

    def __init__(self, run: Run) -> None:
        self.job = run
        self.folder = folder_of(run)
        self._publisher = Publisher()
        self._retention = RetentionThread(run)

    def request(self) -> dict[str, Any]:
        for key in recovery.recover(self.job):
            self._publisher.publish(key)
            self._retention.ask()
        asked = {"do": "fit", "spec": self.job.planned_spec, "out": str(self.folder), "prune": False}
        asked |= data_of(self.job, self.job)
        asked |= {"metric": self.job.experiment.metric, "metric_mode": self.job.experiment.metric_mode}
        if resume_from := self._resume_from():
            return asked | read_from("resume_from", *resume_from)
        if (parent := self.job.parent) is not None:
            return asked | read_from("weights_from", checkpoint_folder(parent, self.job), parent)
        return asked

    def record(self, events: Sequence[AnyEvent]) -> bool:
        recorded = recorder.record(self.job, events)
        if recorded:
            live.hint(self.job.pk, self.job.last_seq)
            saved = [event for event in events if isinstance(event, CheckpointSaved)]
            for event in saved:
                self._publisher.publish(recorder.checkpoint_key(self.job, event.path), event.manifest_sha256)
            if saved:
                self._retention.ask(sum(event.size_bytes for event in saved))
        return recorded

    def fields_of(self, result: dict[str, Any]) -> dict[str, Any]:
        raise TypeError(f"A training has no result, but it sent one: {sorted(result)}")

    def close(self) -> None:
        self._publisher.finish(PUBLISHING_SECONDS)
        self._retention.finish(KEEPING_SECONDS)
        with suppress(*UNAVAILABLE):
            recovery.discard(self.job, self.job.attempt)

    def _resume_from(self) -> tuple[Path, Checkpoint] | None:
        """The newest undamaged checkpoint and its folder; ``None`` when the run has never had one.

        A damaged one is marked, logged and skipped; one that has not arrived in the bucket is skipped only. Raises
        :class:`CannotContinue` when none is left, because a run never starts over unasked, and
        :class:`store_fetch.Interrupted`.
        """
        missing, arrivals = Message(""), store_fetch.StoreFetch(self.job)
        usable = self.job.checkpoints.filter(purged_at=None, damaged="").order_by("-epoch", "-step", "-attempt")
        for checkpoint in usable:
            try:
                folder = arrivals.checkpoint(checkpoint.key, checkpoint.manifest_sha256)
                checkpoint_files.verify(folder, checkpoint.manifest_sha256)
            except StoreUnavailable as error:
                raise CannotContinue(error.message, WAIT, "error") from error
            except (OSError, store_fetch.Interrupted, *UNAVAILABLE):
                raise  # the disk or the database is unavailable, or the run was lost: the checkpoint is not damaged
            except NotHereYet as error:
                missing = missing or error.message
                meanwhile = Message("Meanwhile the run resumes from an earlier one.")
                recorder.add_log_line(self.job, "warning", joined(error.message, meanwhile))
            except Exception as error:  # noqa: BLE001 - a broken file can make a reader raise anything
                self._mark_damaged(checkpoint, message_of(error))
            else:
                return folder, checkpoint
        if missing:
            raise CannotContinue(missing, WAIT, "bad_checkpoint")
        if lost := nothing_left(self.job):
            raise CannotContinue(lost, FROM_THE_START, "bad_checkpoint")
        return None

    def _mark_damaged(self, checkpoint: Checkpoint, error: Message) -> None:
        logger.error("%s of %s is damaged: %s", checkpoint, self.job.pk, error)
        error = without_paths(error)
        Checkpoint.objects.filter(pk=checkpoint.pk).update(damaged=error)
        skipped = Message(
            "{checkpoint} cannot be used, so an earlier one is: {error}", checkpoint=checkpoint.name, error=error
        )
        recorder.add_log_line(self.job, "warning", skipped)

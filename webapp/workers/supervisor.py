"""One job from its claim to its end: hand it to a trainer process, record its events, enforce stop requests.

Training never waits for the database: events are written to the attempt's ``events.jsonl`` first, and recorded from
there when the database is available.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

from trainer.errors import message_of
from trainer.events.events import DISK_REFUSED, AnyEvent, Failed, Finished, Result, Started
from trainer.messages.message import Message
from webapp.jobs import lifecycle, live
from webapp.jobs.models import Job, JobState
from webapp.workers import shutdown
from webapp.workers.exit_diagnosis import advice_to_save_memory, diagnose
from webapp.workers.handlers.needs import CannotContinue
from webapp.workers.heartbeat import Heartbeat
from webapp.workers.oom_watch import OomWatch
from webapp.workers.recording.event_file import EventFile
from webapp.workers.recording.recording import Recording
from webapp.workers.recording.store_fetch import Interrupted
from webapp.workers.retry import UNAVAILABLE, retry_until
from webapp.workers.trainer_process import Spares, TrainerProcess

logger = logging.getLogger(__name__)

# How long a trainer that has nothing to save may take to stop, and how long one may take to end after SIGTERM.
SHORT_GRACE_SECONDS = 2
SIGTERM_SECONDS = 4
# A worker that was asked to shut down does not wait longer than this for the database.
LEAVING_SECONDS = 15
# After SIGKILL a process ends at once, unless the kernel waits for a disk or a device that hangs.
HUNG_SECONDS = 5
HUNG_ADVICE = Message(
    "Its worker had to end meanwhile. Most likely a disk or a device of that machine hangs: check that the process is "
    "gone, then resume the run."
)


LEAVING = Message("the worker is leaving")
STOPPED_BY_SYSTEM = Message("the trainer was stopped by the system")


class Work(Protocol):
    """What differs between training, evaluating, predicting and preparing data."""

    folder: Path
    # Work without Keras gets a trainer that does not load it, and starts at once.
    needs_keras: bool
    # What to do when the memory is too small, instead of what is advised about trainings.
    memory_advice: Message | None

    @property
    def job(self) -> Job: ...

    def request(self) -> dict[str, Any]:
        """The request to the trainer; raises :class:`CannotContinue` when the job cannot start."""

    def record(self, events: Sequence[AnyEvent]) -> bool:
        """Store events; ``False`` when the job is no longer this attempt's."""

    def fields_of(self, result: dict[str, Any]) -> dict[str, Any]:
        """The columns to set from a result; raises :class:`CannotContinue` when it cannot be stored."""

    def close(self) -> None:
        """Clean up after the job has ended or was requeued."""


class Supervision:
    """Supervises one trainer while it carries out one job."""

    def __init__(self, work: Work, heartbeat: Heartbeat, spares: Spares) -> None:
        self.work, self.job, self.heartbeat, self.spares = work, work.job, heartbeat, spares
        self.recording = Recording(EventFile(work.folder / "events.jsonl"), self._observe, work.record)
        self.final: Finished | Result | Failed | None = None
        self.has_started = False
        self.asked_at: float | None = None
        self.is_asked_to_leave = False
        self.is_terminated = False
        self.killed_at: float | None = None
        self.hung_process = 0
        self.leaving_since: float | None = None

    def run(self) -> None:
        """Carry out the job; returns when it has ended, was requeued, or was lost to another worker."""
        with self.heartbeat.holding(self.job) as self.lease, shutdown.on_sigterm():
            try:
                request = self._request()
                if request is not None:
                    self._train(request)
            finally:
                self.work.close()

    def _request(self) -> dict[str, Any] | None:
        try:
            return retry_until(self.work.request, self._gives_up)
        except Interrupted:  # with a stop request, requeue() ends the job instead
            self._act(lambda: lifecycle.requeue(self.job, LEAVING, restart=False))
        except CannotContinue as reason:
            self._end(JobState.FAILED, error=reason.message, advice=reason.advice, reason=reason.cause)
        except Exception as error:
            logger.exception("%s cannot start.", self.job)
            advice = Message("See the worker's log for details.")
            self._end(JobState.FAILED, error=message_of(error), advice=advice, reason="error")
        return None

    def _train(self, request: dict[str, Any]) -> None:
        memory = OomWatch()
        trainer = self.spares.take(cold=not self.work.needs_keras)
        try:
            trainer.send(request)
            self._watch(trainer)
        finally:
            exit_code = trainer.reap()
        self.recording.finish(self._gives_up)
        if self._is_lost():
            logger.warning("%s no longer belongs to this worker; its trainer was ended.", self.job)
        elif not self.recording.is_failing:
            self._conclude(exit_code, trainer, memory)

    def _watch(self, trainer: TrainerProcess) -> None:
        while not (self._is_lost() or trainer.has_ended() or self._abandons()):
            self._sleep(trainer)
            self.recording.step()
            self._enforce_stop(trainer)
            self._notice_hung(trainer)

    def _notice_hung(self, trainer: TrainerProcess) -> None:
        """Report when SIGKILL has no effect, because the kernel waits for a disk or a device that hangs.

        The job is held until the process is gone, because a second trainer must not start beside a live one.
        """
        if self.hung_process or self.killed_at is None or time.monotonic() < self.killed_at + HUNG_SECONDS:
            return
        self.hung_process = trainer.process.pid
        logger.error("%s: %s", self.job, self._hung())
        waiting = Message(
            "Waiting: process {process} on {host} does not end, not even when killed",
            process=self.hung_process,
            host=self.heartbeat.host,
        )
        with suppress(*UNAVAILABLE):
            progress = type(self.job).rows().values_list("progress", flat=True).get(pk=self.job.pk)
            lifecycle.report(self.job, **(progress | {"message": waiting}))
            live.hint(self.job.pk, getattr(self.job, "last_seq", 0))

    def _hung(self) -> Message:
        return Message(
            "Process {process} on {host} does not end, not even when killed.",
            process=self.hung_process,
            host=self.heartbeat.host,
        )

    def _abandons(self) -> bool:
        """Whether the worker has to leave behind a trainer that does not end."""
        if not (self.hung_process and shutdown.is_requested()) or self.killed_at is None:
            return False
        return time.monotonic() > self.killed_at + LEAVING_SECONDS

    def _sleep(self, trainer: TrainerProcess) -> None:
        """Wait for events or for a change of the lease, but at least until the next batch may be recorded."""
        if not self.recording.is_failing:
            self.recording.wait()
        bells = [self.heartbeat.news, *([trainer.bell] if trainer.is_bell_open else [])]
        ready, _, _ = select.select(bells, [], [], 0.5 if trainer.is_bell_open else 0.05)
        if trainer.bell in ready:
            trainer.silence_bell()
        if self.heartbeat.news in ready:
            os.read(self.heartbeat.news, 4096)

    def _observe(self, events: Sequence[AnyEvent]) -> None:
        for event in events:
            self.has_started |= isinstance(event, Started)
            if isinstance(event, Finished | Result | Failed):
                self.final = event
            if event.kind == "epoch":  # not earlier, because warming up a spare would delay this trainer's start
                self.spares.prepare(beside_a_job=True)

    def _enforce_stop(self, trainer: TrainerProcess) -> None:
        """Pass on a stop request; after the grace period with SIGTERM, finally with SIGKILL."""
        now = time.monotonic()
        if self.asked_at is None:
            if self.lease.is_stop_requested or shutdown.is_requested():
                self.asked_at, self.is_asked_to_leave = now, not self.lease.is_stop_requested
                trainer.send({"do": "stop"})
            return
        grace = settings.STOP_GRACE_SECONDS if self.has_started else SHORT_GRACE_SECONDS
        if now > self.asked_at + grace + SIGTERM_SECONDS or (now > self.asked_at + grace and not self.has_started):
            self.killed_at = self.killed_at or now
            trainer.signal_group(signal.SIGKILL)
        elif now > self.asked_at + grace and not self.is_terminated:
            self.is_terminated = True
            trainer.signal_group(signal.SIGTERM)

    def _conclude(self, exit_code: int | None, trainer: TrainerProcess, memory: OomWatch) -> None:
        """Set the job's state from the trainer's last event, or from its exit code without one."""
        final = self.final
        if isinstance(final, Result):
            self._end_with(final)
        elif isinstance(final, Failed):
            advice = advice_to_save_memory(self._spec()) if final.cause == "out_of_memory" else final.advice
            self._fail(final.error, advice, final.cause)
        elif isinstance(final, Finished) and final.reason != "stopped":
            self._end(JobState.FINISHED, reason=final.reason, advice=final.message)
        elif exit_code is None:  # not requeued, and the advice warns before a resume: two might train at once
            self._end(JobState.FAILED, error=self._hung(), advice=HUNG_ADVICE, reason="error")
        elif self.asked_at is not None and not self.is_asked_to_leave:
            self._end(JobState.STOPPED, reason="stopped")
        elif self.is_asked_to_leave or final is not None:
            reason = LEAVING if self.is_asked_to_leave else STOPPED_BY_SYSTEM
            self._act(lambda: lifecycle.requeue(self.job, reason, restart=not self.is_asked_to_leave))
        else:
            is_disk_full = exit_code == DISK_REFUSED
            log_tail = trainer.early_log_tail() if is_disk_full else trainer.log_tail(self.work.folder / "trainer.log")
            diagnosis = diagnose(exit_code, log_tail, short_of_memory=memory.killed(), spec=self._spec())
            self._fail(diagnosis.error, diagnosis.advice, diagnosis.cause)

    def _fail(self, error: Message, advice: Message, cause: str) -> None:
        if cause == "out_of_memory" and self.work.memory_advice is not None:
            advice = self.work.memory_advice
        self._end(JobState.FAILED, error=error, advice=advice, reason=cause)

    def _end_with(self, final: Result) -> None:
        try:
            fields = self.work.fields_of(final.result)
        except CannotContinue as reason:
            self._end(JobState.FAILED, error=reason.message, advice=reason.advice, reason=reason.cause)
        else:
            self._end(JobState.FINISHED, reason="completed", **fields)

    def _spec(self) -> dict[str, Any]:
        """The spec of a run; empty for other jobs."""
        return getattr(self.job, "spec", {})

    def _end(self, state: JobState, **fields: Any) -> None:
        self._act(lambda: lifecycle.end(self.job, state, **fields))

    def _act(self, change: Any) -> None:
        if retry_until(change, self._gives_up) is None:
            logger.warning("%s was left as it is; the reconciler will find it.", self.job)

    def _is_lost(self) -> bool:
        return self.lease.is_lost or self.recording.is_fenced

    def _gives_up(self) -> bool:
        """Whether to stop waiting for the database."""
        now = time.monotonic()
        if self.leaving_since is None and shutdown.is_requested():
            self.leaving_since = now
        return self._is_lost() or (self.leaving_since is not None and now > self.leaving_since + LEAVING_SECONDS)

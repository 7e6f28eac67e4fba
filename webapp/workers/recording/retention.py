"""Keeping a run to what its spec and its team's quota allow, in a thread that does not delay the training."""

from __future__ import annotations

import logging
import threading
import time
import uuid

from django.db import connection
from django.db.models.functions import Now

from trainer.messages.message import Message, joined
from webapp.jobs import live
from webapp.runs.models import Run
from webapp.storage import quota, retention
from webapp.ui.filters import filesize_short
from webapp.workers.recording import recorder
from webapp.workers.retry import UNAVAILABLE, first_line

logger = logging.getLogger(__name__)
PAUSE_SECONDS = 1.0


class RetentionThread:
    """Applies the retention rules of one run in a thread, because a bucket may take half a minute to answer.

    Requests that arrive during a pass are served by one further pass.
    """

    def __init__(self, run: Run) -> None:
        self._run_id, self._attempt = run.pk, run.attempt
        self._saved_bytes = 0
        self._row_bytes = run.recorded_bytes
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._is_over = self._gives_up = False
        self._thread = threading.Thread(target=self._work, name="retention", daemon=True)
        self._thread.start()

    def ask(self, saved_bytes: int = 0) -> None:
        """Request a pass after checkpoints of ``saved_bytes`` in all were recorded. Returns at once."""
        with self._lock:
            self._saved_bytes += saved_bytes
        self._asked.set()

    def finish(self, seconds: float) -> None:
        """Wait until all requests are served, at most ``seconds``."""
        self._is_over = True
        self._asked.set()
        self._thread.join(seconds)
        self._gives_up = True

    def _work(self) -> None:
        try:
            is_last = False
            while not is_last:
                self._asked.wait()
                is_last = self._is_over
                self._asked.clear()
                while not self._keep() and not self._gives_up:
                    time.sleep(PAUSE_SECONDS)
        finally:
            connection.close()

    def _keep(self) -> bool:
        """One pass; ``False`` when the database is unavailable."""
        with self._lock:
            saved_bytes, self._saved_bytes = self._saved_bytes, 0
        try:
            self._row_bytes = apply_retention(self._run_id, self._attempt, saved_bytes, self._row_bytes)
        except UNAVAILABLE as error:
            logger.warning("Retention waits for the database: %s", first_line(error))
            connection.close()
            with self._lock:
                self._saved_bytes += saved_bytes
            return False
        except Exception:
            logger.exception("Retention of the checkpoints of %s failed.", self._run_id)
        return True


def apply_retention(run_id: uuid.UUID, attempt: int, saved_bytes: int, row_bytes: int) -> int:
    """Remove checkpoints that are not to be kept, and log on the run when its team's quota is used up.

    ``saved_bytes`` is the size of the checkpoints recorded since the last pass, ``row_bytes`` the size of the rows
    then; returns their size now. Does nothing when ``attempt`` no longer holds the run.
    """
    run = Run.objects.select_related("experiment__team").filter(pk=run_id, attempt=attempt).first()
    if run is None:
        return row_bytes
    removed, is_cut = retention.apply_quota(run)
    for gone in removed:
        logger.info("%s of %s is no longer kept.", gone, run.pk)
    more = saved_bytes + run.recorded_bytes - row_bytes - sum(each.size_bytes for each in removed)
    if is_cut and Run.objects.filter(pk=run.pk, over_quota_at=None).update(over_quota_at=Now()):
        _note(run, over_quota(run))
    elif warning := quota.warning_of(run.experiment.team, more):
        _note(run, joined(warning, Message("Running jobs continue.")))
    return run.recorded_bytes


def over_quota(run: Run) -> Message:
    """Why a run keeps fewer checkpoints than its spec wants."""
    return Message(
        "The team's quota of {quota} is used up: until space is freed, this run keeps only its latest and its best "
        "checkpoint, not {rule}.",
        quota=filesize_short(run.experiment.team.quota_bytes),
        rule=retention.rule_of(run).in_words,
    )


def _note(run: Run, message: Message) -> None:
    if recorder.add_log_line(run, "warning", message):
        live.hint(run.pk, run.last_seq)

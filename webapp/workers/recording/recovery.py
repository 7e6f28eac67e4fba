"""Recovery of what a killed worker left on this machine: unrecorded events and complete checkpoints.

The next attempt on the same machine records them before it starts, so that it resumes from the last checkpoint that
was written, not from the last that was recorded. That is safe because

* they are recorded as the *earlier* attempt's, in a transaction that the new attempt's number fences, and only while
  the new attempt has recorded nothing, so events keep the order in which they happened;
* a batch begins after the last line of that attempt in the database, so a repeated recovery duplicates nothing;
* a trainer never changes what it has written, so anything that a zombie of the earlier attempt still adds comes too
  late and is never read.

Leftovers of any attempt but the last to start are removed: a later attempt has diverged from them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from pydantic import ValidationError

from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.checkpoint_files import Manifest
from trainer.errors import CheckpointDamaged
from trainer.events.events import AnyEvent, CheckpointSaved, EpochEnded, Failed, Finished, Progress, parse_line
from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run
from webapp.workers.recording import recorder

logger = logging.getLogger(__name__)
# The run did not end there, and progress inside an epoch is out of date.
NOT_RECOVERED = (Finished, Failed, Progress)


def recover(run: Run) -> list[str]:
    """Record what the attempt before ``run.attempt`` left; returns the store's keys of its checkpoints."""
    for earlier in range(1, run.attempt):
        discard(run, earlier)
    attempt = _last_to_begin(run)
    if attempt is None:
        return []
    events = list(_left(run, attempt))
    if not events or not recorder.record_earlier(run, attempt, events):
        return []
    saved = [event for event in events if isinstance(event, CheckpointSaved)]
    epochs = sum(isinstance(event, EpochEnded) for event in events)
    message = Message(
        "Recovered what attempt {attempt} left on this machine: {epochs}, {checkpoints}.",
        attempt=attempt,
        epochs=Message("{count} epoch", plural="{count} epochs", count=epochs),
        checkpoints=Message("{count} checkpoint", plural="{count} checkpoints", count=len(saved)),
    )
    logger.info("%s: %s", run.pk, message)
    recorder.add_log_line(run, "info", message)
    return [recorder.checkpoint_key(run, event.path, attempt) for event in saved]


def discard(run: Run, attempt: int) -> None:
    """Remove the unrecorded checkpoints of an attempt of ``run`` from this machine.

    Only when a later attempt has started: until then that attempt may still recover them.
    """
    if not RunEvent.objects.filter(run=run, attempt__gt=attempt, kind="started").exists():
        return
    with transaction.atomic():
        Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
        names = set(run.checkpoints.filter(attempt=attempt).values_list("name", flat=True))
        for folder in checkpoint_files.named(_folder(run, attempt) / "checkpoints"):
            if folder.name not in names:
                checkpoint_files.remove(folder)
                logger.info("%s: removed %s of attempt %d, which was not recorded.", run.pk, folder.name, attempt)


def _folder(run: Run, attempt: int) -> Path:
    folder: Path = settings.DATA_DIR / "runs" / run.pk.hex / f"attempt-{attempt}"
    return folder


def _last_to_begin(run: Run) -> int | None:
    """The last attempt before this one that trained, if its events are on this machine."""
    known = RunEvent.objects.filter(run=run, kind="started").aggregate(last=Max("attempt"))["last"] or 1
    for attempt in range(run.attempt - 1, known - 1, -1):
        if (_folder(run, attempt) / "events.jsonl").exists():
            return attempt
    return None


def _left(run: Run, attempt: int) -> Iterator[AnyEvent]:
    """The events after the last recorded line, then complete checkpoints without a line."""
    folder, line, epoch = _folder(run, attempt), _last_line(run, attempt), run.epochs_done
    known = set(Checkpoint.objects.filter(run=run, attempt=attempt).values_list("name", flat=True))
    for event in _whole_lines(folder / "events.jsonl"):
        if event.line <= line or isinstance(event, NOT_RECOVERED):
            continue
        line = event.line
        epoch = event.epoch if isinstance(event, EpochEnded) else epoch
        if isinstance(event, CheckpointSaved):
            if event.name in known or _manifest(folder / event.path) is None:
                continue
            known.add(event.name)
        yield event
    for path in reversed(checkpoint_files.named(folder / "checkpoints")):
        manifest = None if path.name in known else _manifest(path)
        if manifest is not None and manifest.epoch <= epoch:
            line += 1
            yield checkpoint_files.saved_event(path, manifest, checkpoint_files.manifest_sha256(path), line)


def _last_line(run: Run, attempt: int) -> int:
    """The last line of the attempt that has a row. Recorded lines after it may have none."""
    newest = RunEvent.objects.filter(run=run, attempt=attempt).order_by("-seq").first()
    return int(newest.payload["line"]) if newest else 0


def _whole_lines(path: Path) -> Iterator[AnyEvent]:
    """The events up to the first incomplete line: a machine that lost power may leave anything."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                event = parse_line(line)
            except ValidationError:
                return
            if not line.endswith(b"\n") or event.line != number:
                return
            yield event


def _manifest(folder: Path) -> Manifest | None:
    """The manifest of a checkpoint; ``None`` when it is damaged."""
    try:
        return checkpoint_files.verify(folder)
    except (CheckpointDamaged, OSError) as error:
        logger.warning("A leftover checkpoint cannot be used: %s", error)
        return None

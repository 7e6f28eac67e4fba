"""What a resume would do, shown beforehand: from which checkpoint, and whether bit for bit exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from trainer.checkpoints.checkpoint_files import Manifest, read_manifest
from trainer.checkpoints.reproducibility import TITLES, device_of, inexact_reasons
from trainer.errors import CheckpointDamaged, SpecError
from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint
from webapp.checkpoints.selection import latest
from webapp.jobs.models import Worker
from webapp.jobs.queue_status import online_workers
from webapp.launches import lifecycle, verification
from webapp.runs.models import Run

CPU = "CPU"
SEVERAL = "×"


@dataclass(frozen=True)
class ResumeOutlook:
    """``exact`` is ``None`` when it cannot be known yet; ``reasons`` say why it is not, one sentence each."""

    possible: bool
    checkpoint: str
    exact: bool | None
    sentence: Message
    reasons: tuple[Message, ...] = ()


def target_epochs(run: Run) -> int:
    """The suggested number of epochs to resume ``run`` to: the planned number, or half as many more."""
    planned = run.planned_epochs
    return planned if run.epochs_done < planned else run.epochs_done + max(1, planned // 2)


def rate_spans_epochs(run: Run) -> bool:
    """Whether the learning rates of ``run`` follow from its total number of epochs, and change with it."""
    try:
        return run.parsed_spec.schedule.shape.spans_training
    except SpecError:
        return False


def resume_outlook(run: Run) -> ResumeOutlook | None:
    """What resuming ``run`` now would do; ``None`` for a run that has not ended."""
    if not run.is_finished:
        return None
    try:
        lifecycle.refuse_other_data(run)
        lifecycle.refuse_without_files(run)
    except lifecycle.WrongState as refusal:
        return ResumeOutlook(False, "", None, refusal.message)
    checkpoint = latest(run)
    if checkpoint is None:
        return ResumeOutlook(True, "", None, Message("Resuming would start over: no checkpoint was saved."))
    manifest = _manifest_of(checkpoint)
    workers = online_workers(run.queue)
    if not workers:
        return ResumeOutlook(True, checkpoint.name, None, _without_worker(checkpoint, manifest))
    doubts = _doubts(run)
    return _judged(
        checkpoint, {worker: doubts + inexact_reasons(manifest, *_here(worker, manifest)) for worker in workers}
    )


def _doubts(run: Run) -> list[Message]:
    """A failed check of the run's resume counts more than what versions and devices imply."""
    seen = verification.badge_of(verification.last_conclusive_check(run))
    doubt = Message("The last check of its resume found that it was not exact.")
    return [doubt] if seen and not seen.exact else []


def _judged(checkpoint: Checkpoint, reasons: dict[Worker, list[Message]]) -> ResumeOutlook:
    """One outlook for all workers that may take the run."""
    name = checkpoint.name
    distinct = dict.fromkeys(tuple(found) for found in reasons.values())
    if list(distinct) == [()]:
        exact = Message("Continues from {checkpoint}, bit for bit as if it had never stopped.", checkpoint=name)
        return ResumeOutlook(True, name, True, exact)
    inexact = Message("Continues from {checkpoint}, but not bit for bit.", checkpoint=name)
    if len(distinct) == 1:
        return ResumeOutlook(True, name, False, inexact, next(iter(distinct)))
    by_host = {worker.host: found for worker, found in reasons.items() if found}
    each = tuple(
        Message("On {host}: {sentence}", host=host, sentence=sentence)
        for host, found in by_host.items()
        for sentence in found
    )
    if () not in distinct:
        return ResumeOutlook(True, name, False, inexact, each)
    hosts = ", ".join(by_host)
    mostly = Message("Continues from {checkpoint}; bit for bit unless {hosts} takes it.", checkpoint=name, hosts=hosts)
    return ResumeOutlook(True, name, False, mostly, each)


def _without_worker(checkpoint: Checkpoint, manifest: Manifest) -> Message:
    names = {"checkpoint": checkpoint.name, "device": manifest.device}
    engine = next((name for name in ("tensorflow", "jax") if name in manifest.versions), "")
    if not manifest.device:
        return Message(
            "Continues from {checkpoint}. No worker is online; bit for bit on a machine like the machine it was "
            "trained on.",
            checkpoint=checkpoint.name,
        )
    if not engine:
        return Message(
            "Continues from {checkpoint}. No worker is online; bit for bit on a machine like {device}.", **names
        )
    return Message(
        "Continues from {checkpoint}. No worker is online; bit for bit on a machine like {device} with {package} "
        "{version}.",
        **names,
        package=TITLES[engine],
        version=manifest.versions[engine],
    )


def _manifest_of(checkpoint: Checkpoint) -> Manifest:
    """The manifest, if it is on this machine; else what the database knows of it. Never fetched, as a page waits."""
    try:
        return read_manifest(settings.DATA_DIR / checkpoint.key)
    except CheckpointDamaged:
        run = checkpoint.run
        started = run.events.filter(kind="started", attempt=checkpoint.attempt).order_by("-seq").first()
        known: dict[str, Any] = started.payload if started else {}
        device = str(known.get("device", ""))
        return Manifest(
            epoch=checkpoint.epoch,
            step=checkpoint.step,
            digest=checkpoint.digest,
            metrics={},
            spec=run.spec,
            content_hash=str(known.get("content_hash", "")),
            versions=known.get("versions", {}),
            device="" if SEVERAL in device else device,
        )


def _here(worker: Worker, manifest: Manifest) -> tuple[dict[str, str], str]:
    """Versions and device of the worker, the device in the form of the manifest's."""
    first = worker.devices[0] if worker.devices else {}
    if first.get("kind") == CPU:
        name = CPU if manifest.device.startswith(f"{CPU}, ") else str(first.get("name", ""))
        return worker.versions, device_of(name, first.get("cores")) if name else ""
    return worker.versions, device_of(str(first.get("name", "")))

"""What a resume would do, shown beforehand: from which checkpoint, and whether bit for bit exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from trainer.checkpoints.checkpoint_files import Manifest, read_manifest
from trainer.checkpoints.reproducibility import TITLES, device_of, inexact_reasons
from trainer.errors import CheckpointDamaged
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
    sentence: str
    reasons: tuple[str, ...] = ()


def target_epochs(run: Run) -> int:
    """The suggested number of epochs to resume ``run`` to: the planned number, or half as many more."""
    planned = run.planned_epochs
    return planned if run.epochs_done < planned else run.epochs_done + max(1, planned // 2)


def resume_outlook(run: Run) -> ResumeOutlook | None:
    """What resuming ``run`` now would do; ``None`` for a run that has not ended."""
    if not run.is_finished:
        return None
    try:
        lifecycle.refuse_other_data(run)
        lifecycle.refuse_without_files(run)
    except lifecycle.WrongState as refusal:
        return ResumeOutlook(False, "", None, str(refusal))
    checkpoint = latest(run)
    if checkpoint is None:
        return ResumeOutlook(True, "", None, "Resuming would start over: no checkpoint was saved.")
    manifest = _manifest_of(checkpoint)
    workers = online_workers(run.queue)
    if not workers:
        return ResumeOutlook(True, checkpoint.name, None, _without_worker(checkpoint, manifest))
    doubts = _doubts(run)
    return _judged(
        checkpoint, {worker: doubts + inexact_reasons(manifest, *_here(worker, manifest)) for worker in workers}
    )


def _doubts(run: Run) -> list[str]:
    """A failed check of the run's resume counts more than what versions and devices imply."""
    seen = verification.badge_of(verification.last_conclusive_check(run))
    return ["The last check of its resume found that it was not exact."] if seen and not seen.exact else []


def _judged(checkpoint: Checkpoint, reasons: dict[Worker, list[str]]) -> ResumeOutlook:
    """One outlook for all workers that may take the run."""
    begin = f"Continues from {checkpoint.name}"
    distinct = dict.fromkeys(tuple(found) for found in reasons.values())
    if list(distinct) == [()]:
        return ResumeOutlook(True, checkpoint.name, True, f"{begin}, bit for bit as if it had never stopped.")
    if len(distinct) == 1:
        return ResumeOutlook(True, checkpoint.name, False, f"{begin}, but not bit for bit.", next(iter(distinct)))
    by_host = {worker.host: found for worker, found in reasons.items() if found}
    hosts = ", ".join(by_host)
    sentences = tuple(f"On {host}: {sentence}" for host, found in by_host.items() for sentence in found)
    good = () in distinct
    sentence = f"{begin}; bit for bit unless {hosts} takes it." if good else f"{begin}, but not bit for bit."
    return ResumeOutlook(True, checkpoint.name, False, sentence, sentences)


def _without_worker(checkpoint: Checkpoint, manifest: Manifest) -> str:
    engine = next((name for name in ("tensorflow", "jax") if name in manifest.versions), "")
    with_versions = f" with {TITLES[engine]} {manifest.versions[engine]}" if engine else ""
    machine = f" {manifest.device}{with_versions}" if manifest.device else " the machine it was trained on"
    return f"Continues from {checkpoint.name}. No worker is online; bit for bit on a machine like{machine}."


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

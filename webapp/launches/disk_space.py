"""The space that a run will need, checked before its launch so that it does not fail during training."""

from __future__ import annotations

import shutil
import socket

from django.conf import settings

from trainer.data.facts import DatasetFacts
from trainer.data.sizes import training_facts
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message, joined
from trainer.networks.families import plan_of
from trainer.spec import Spec
from webapp.jobs.queue_status import online_workers

BYTES_PER_WEIGHT = 4
# In the database: the row of an epoch, and the loss of a step, which is four bytes in base 64.
EPOCH_ROW_BYTES = 1100
STEP_LOSS_BYTES = 16 / 3
QUEUE = "train"


def refuse_without_room(spec: Spec, facts: DatasetFacts) -> None:
    """Raise :class:`SpecError` when no machine that may train ``spec`` has enough disk space for the checkpoints.

    Workers write them to their own disks and report how much is free there; each checks again before every save
    (``trainer.checkpoints.writer``). While no worker is online, the disk of this machine's data folder is checked,
    unless the store is a bucket.
    """
    needed, free = bytes_needed(spec, facts), _free_bytes(spec)
    if not free or max(free.values()) >= needed:
        return
    advice = Message("Free some space, keep fewer checkpoints, or use a smaller network.")
    raise SpecError([Problem((), joined(_too_full(needed, free), advice))])


def _too_full(needed: int, free: dict[str, int]) -> Message:
    host = max(free, key=lambda name: free[name])
    facts = {"needed": _size(needed), "host": host, "free": _size(free[host])}
    if len(free) == 1:
        return Message(
            "The checkpoints of this run need about {needed}, and the disk of the data folder on {host} has {free} "
            "free.",
            **facts,
        )
    return Message(
        "The checkpoints of this run need about {needed}, and the disk of the data folder on {host} has {free} free, "
        "the most of all workers.",
        **facts,
    )


def _free_bytes(spec: Spec) -> dict[str, int]:
    """Free bytes where the files of a run of ``spec`` may be written, by host; empty when unknown."""
    able = [worker for worker in online_workers(QUEUE) if worker.num_devices >= spec.computation.devices]
    known = {worker.host: worker.free_disk_bytes for worker in able if worker.free_disk_bytes is not None}
    if able or settings.CHECKPOINT_STORE:
        return known
    return {socket.gethostname(): shutil.disk_usage(settings.DATA_DIR).free}


def bytes_needed(spec: Spec, facts: DatasetFacts) -> int:
    """The approximate size of the most checkpoints that a run keeps, and of one that is being written."""
    return _checkpoint_bytes(spec, facts) * (num_kept(spec) + 1)


def bytes_promised(spec: Spec, facts: DatasetFacts) -> int:
    """The approximate size of what a run leaves: the checkpoints that it keeps, and its rows in the database."""
    return _checkpoint_bytes(spec, facts) * num_kept(spec) + _row_bytes(spec, facts)


def _checkpoint_bytes(spec: Spec, facts: DatasetFacts) -> int:
    plan = plan_of(spec, facts)
    return BYTES_PER_WEIGHT * (plan.num_parameters + plan.num_trained * num_slots(spec))


def _row_bytes(spec: Spec, facts: DatasetFacts) -> int:
    training = training_facts(spec, facts)
    return round(spec.fit.epochs * EPOCH_ROW_BYTES + training.total_steps * STEP_LOSS_BYTES)


def num_slots(spec: Spec) -> int:
    """How many numbers are kept beside each trained weight: by the optimiser, its accumulated gradient, its average."""
    beside = spec.fit.gradient_accumulation > 1, spec.fit.weight_averaging is not None
    return spec.optimizer.num_slots + sum(beside)


def num_kept(spec: Spec) -> int:
    """How many checkpoints the retention rule of the spec keeps, at most as many as are saved."""
    rule, epochs = spec.checkpoints, spec.fit.epochs
    kept = rule.keep_last + rule.keep_best + (epochs // rule.keep_every if rule.keep_every else 0)
    return min(kept, epochs if rule.when_improved else -(-epochs // rule.every_epochs))


def _size(num_bytes: int) -> str:
    return f"{num_bytes / 1e9:.1f} GB" if num_bytes >= 1e9 else f"{num_bytes / 1e6:.1f} MB"

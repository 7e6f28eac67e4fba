"""What a run will take, and whether there is room for it: better said before its launch than in its midst."""

from __future__ import annotations

import shutil
import socket

from django.conf import settings

from trainer.data.catalog import facts_of
from trainer.data.sizes import training_facts
from trainer.errors import Problem, SpecError
from trainer.networks.families import plan_of
from trainer.spec import Spec
from webapp.jobs.queue_status import online_workers

BYTES_PER_WEIGHT = 4
# In the database: the row of an epoch, and the loss of a step, four bytes in base 64.
EPOCH_ROW_BYTES = 1100
STEP_LOSS_BYTES = 16 / 3
QUEUE = "train"


def refuse_without_room(spec: Spec) -> None:
    """Raise :class:`SpecError` when no machine that may train ``spec`` has room on its disk for the checkpoints.

    Workers write them to their own disks, and say how much is free there; each looks again before every save
    (``trainer.checkpoints.writer``). While no worker is online, the data folder of this machine is what is known of the
    store, unless that is a bucket.
    """
    needed, free = bytes_needed(spec), _free_bytes(spec)
    if not free or max(free.values()) >= needed:
        return
    host = max(free, key=lambda name: free[name])
    most = f"the disk of the data folder on {host} has {_size(free[host])} free"
    message = (
        f"The checkpoints of this run need about {_size(needed)}, and {most}{', the most of all' * (len(free) > 1)}. "
        "Free some space, keep fewer checkpoints, or use a smaller network."
    )
    raise SpecError([Problem((), message)])


def _free_bytes(spec: Spec) -> dict[str, int]:
    """Free bytes where the files of a run of ``spec`` may be written, by host; empty where nobody knows."""
    able = [worker for worker in online_workers(QUEUE) if worker.num_devices >= spec.computation.devices]
    known = {worker.host: worker.free_disk_bytes for worker in able if worker.free_disk_bytes is not None}
    if able or settings.CHECKPOINT_STORE:
        return known
    return {socket.gethostname(): shutil.disk_usage(settings.DATA_DIR).free}


def bytes_needed(spec: Spec) -> int:
    """About what the checkpoints that a run keeps take at most, and the one that is being written beside them."""
    return _checkpoint_bytes(spec) * (num_kept(spec) + 1)


def bytes_promised(spec: Spec) -> int:
    """About what a run leaves at its end: the checkpoints that it keeps, and its rows in the database."""
    return _checkpoint_bytes(spec) * num_kept(spec) + _row_bytes(spec)


def _checkpoint_bytes(spec: Spec) -> int:
    weights = plan_of(spec, facts_of(spec.dataset.name)).num_parameters
    return BYTES_PER_WEIGHT * weights * (1 + num_slots(spec))


def _row_bytes(spec: Spec) -> int:
    training = training_facts(spec, facts_of(spec.dataset.name))
    return round(spec.fit.epochs * EPOCH_ROW_BYTES + training.total_steps * STEP_LOSS_BYTES)


def num_slots(spec: Spec) -> int:
    """How many numbers are kept for each weight, besides the weight itself: by the optimiser, and accumulated."""
    return spec.optimizer.num_slots + int(spec.fit.gradient_accumulation > 1)


def num_kept(spec: Spec) -> int:
    """How many checkpoints the rule of the spec keeps, as far as there are so many to keep."""
    rule, epochs = spec.checkpoints, spec.fit.epochs
    kept = rule.keep_last + rule.keep_best + (epochs // rule.keep_every if rule.keep_every else 0)
    return min(kept, epochs if rule.when_improved else -(-epochs // rule.every_epochs))


def _size(num_bytes: int) -> str:
    return f"{num_bytes / 1e9:.1f} GB" if num_bytes >= 1e9 else f"{num_bytes / 1e6:.1f} MB"

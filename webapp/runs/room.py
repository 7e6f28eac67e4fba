"""Whether the disk has room for the checkpoints of a run: better said before its launch than in its midst."""

from __future__ import annotations

import shutil

from django.conf import settings

from trainer.data.catalog import facts_of
from trainer.networks import plan_of
from trainer.problems import Problem, SpecError
from trainer.spec import Adam, RmsProp, Sgd, Spec

BYTES_PER_WEIGHT = 4


def refuse_without_room(spec: Spec) -> None:
    """Raise :class:`SpecError` when this machine's data folder is too full for the checkpoints of a run of ``spec``.

    Where workers have disks of their own, each looks at its own again before every save (``trainer.writer``).
    """
    needed, free = bytes_needed(spec), shutil.disk_usage(settings.DATA_DIR).free
    if needed > free:
        message = (
            f"The checkpoints of this run need about {_size(needed)}, and the disk of the data folder has "
            f"{_size(free)} free. Free some space, keep fewer checkpoints, or use a smaller network."
        )
        raise SpecError([Problem((), message)])


def bytes_needed(spec: Spec) -> int:
    """About what the checkpoints that a run keeps take at most, and the one that is being written beside them."""
    weights = plan_of(spec, facts_of(spec.dataset.name)).num_parameters
    return BYTES_PER_WEIGHT * weights * (1 + num_slots(spec)) * (num_kept(spec) + 1)


def num_slots(spec: Spec) -> int:
    """How many numbers the optimiser keeps for each weight, besides the weight itself."""
    optimizer, accumulator = spec.optimizer, int(spec.fit.gradient_accumulation > 1)
    if isinstance(optimizer, Adam):  # and AdamW, which is one
        return 2 + accumulator
    if isinstance(optimizer, RmsProp):
        return 1 + int(optimizer.momentum > 0) + accumulator
    return int(isinstance(optimizer, Sgd) and optimizer.momentum > 0) + accumulator


def num_kept(spec: Spec) -> int:
    """How many checkpoints the rule of the spec keeps, as far as there are so many to keep."""
    rule, epochs = spec.checkpoints, spec.fit.epochs
    kept = rule.keep_last + rule.keep_best + (epochs // rule.keep_every if rule.keep_every else 0)
    return min(kept, -(-epochs // rule.every_epochs))


def _size(num_bytes: int) -> str:
    return f"{num_bytes / 1e9:.1f} GB" if num_bytes >= 1e9 else f"{num_bytes / 1e6:.1f} MB"

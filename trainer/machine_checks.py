"""How a training is to be computed, against what it trains: batches that are added up, devices that share one."""

from __future__ import annotations

from collections.abc import Iterator

from trainer.data.sizes import Sizes
from trainer.refusals import Problem
from trainer.spec import Spec


def accumulation_problems(spec: Spec, sizes: Sizes) -> Iterator[Problem]:
    """More batches than an epoch has would be steps that are hardly ever taken."""
    batches = -(-sizes.train // spec.fit.batch_size)
    if spec.fit.gradient_accumulation > batches >= 1:
        message = f"{spec.fit.gradient_accumulation} given, but an epoch has only {batches} batches"
        yield Problem(("fit", "gradient_accumulation"), f"{message}; accepted: 1 to {batches}. Lower it.")

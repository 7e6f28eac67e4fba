"""How a training is to be computed, against what it trains: batches that are added up, devices that share one."""

from __future__ import annotations

from collections.abc import Iterator

from trainer.data.sizes import Sizes
from trainer.errors import Problem
from trainer.spec import Spec


def accumulation_problems(spec: Spec, sizes: Sizes) -> Iterator[Problem]:
    """More batches than an epoch has would be steps that are hardly ever taken."""
    batches = -(-sizes.train // spec.fit.batch_size)
    if spec.fit.gradient_accumulation > batches >= 1:
        message = f"{spec.fit.gradient_accumulation} given, but an epoch has only {batches} batches"
        yield Problem(("fit", "gradient_accumulation"), f"{message}; accepted: 1 to {batches}. Lower it.")


def device_problems(spec: Spec) -> Iterator[Problem]:
    """Several devices need the engine that can use them, and an example each."""
    devices = spec.computation.devices
    if devices == 1:
        return
    at = ("computation", "devices")
    if spec.engine != "jax":
        message = f"{devices} given with the engine {spec.engine}, which trains on one; accepted: 1"
        yield Problem(at, f"{message}. Set it to 1, or choose the engine jax.")
    elif spec.fit.batch_size % devices:
        message = f"{devices} given, but a batch of {spec.fit.batch_size} examples cannot be shared out equally"
        yield Problem(at, f"{message}; accepted: a divisor of the batch size. Change one of them.")

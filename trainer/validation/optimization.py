"""Checks of what belongs to optimisation: optimiser, schedule, accumulation, and what ends a run."""

from __future__ import annotations

from collections.abc import Iterator

from trainer.data.facts import DatasetFacts
from trainer.errors import Problem
from trainer.messages.message import Message
from trainer.spec import Sgd, Spec
from trainer.spec.metrics import trained_metrics


def optimization_problems(spec: Spec, facts: DatasetFacts) -> Iterator[Problem]:
    """Yield what does not fit the data or the rest of the spec."""
    yield from _optimizer_problems(spec)
    yield from _schedule_problems(spec)
    yield from _stopping_problems(spec, facts)


def _optimizer_problems(spec: Spec) -> Iterator[Problem]:
    optimizer = spec.optimizer
    if isinstance(optimizer, Sgd) and optimizer.nesterov and not optimizer.momentum:
        message = Message(
            "Nesterov given with a momentum of 0; accepted: a momentum above 0. Switch Nesterov off or raise the "
            "momentum."
        )
        yield Problem(("optimizer", "nesterov"), message)


def _schedule_problems(spec: Spec) -> Iterator[Problem]:
    warmup, epochs = spec.schedule.warmup_epochs, spec.fit.epochs
    if warmup >= epochs:
        message = Message(
            "{given:g} given, but the run has only {count} epoch, and none would be left for the schedule; accepted: "
            "less than {count}. Lower it.",
            plural="{given:g} given, but the run has only {count} epochs, and none would be left for the schedule; "
            "accepted: less than {count}. Lower it.",
            given=warmup,
            count=epochs,
        )
        yield Problem(("schedule", "warmup_epochs"), message)


def _stopping_problems(spec: Spec, facts: DatasetFacts) -> Iterator[Problem]:
    measured = [metric.name for metric in trained_metrics(facts.task)]
    if spec.fit.stop_at and spec.fit.stop_at.metric not in measured:
        message = Message(
            "{given} given, which is not measured on {dataset}; accepted: {accepted}. Choose one of these.",
            given=spec.fit.stop_at.metric,
            dataset=facts.shown_title,
            accepted=", ".join(measured),
        )
        yield Problem(("fit", "stop_at", "metric"), message)


def accumulation_problems(spec: Spec, batches: int) -> Iterator[Problem]:
    """With more batches than an epoch has, the optimiser would hardly ever take a step.

    How many it has when classes are sampled is known only with the data.
    """
    if spec.fit.gradient_accumulation > batches >= 1:
        message = Message(
            "{given} given, but an epoch has only {count} batch; accepted: 1. Lower it.",
            plural="{given} given, but an epoch has only {count} batches; accepted: 1 to {count}. Lower it.",
            given=spec.fit.gradient_accumulation,
            count=batches,
        )
        yield Problem(("fit", "gradient_accumulation"), message)

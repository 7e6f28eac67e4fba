"""How long a training will take: from similar runs, else from its amount of work and the speed of earlier runs."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from trainer.data.sizes import TrainingFacts, training_facts
from trainer.errors import SpecError
from trainer.messages.message import Message, verbatim
from trainer.networks.families import plan_of
from trainer.networks.plan import Plan
from trainer.spec import Spec
from webapp.datasets.models import Dataset
from webapp.jobs.models import JobState
from webapp.metrics.models import RunEvent
from webapp.runs.access import runs_of
from webapp.runs.models import Run
from webapp.teams.models import Team

FLOP_PER_MULTIPLY_ADD = 2
# Runs whose epochs take between half and twice the work are similar enough for an estimate.
SIMILAR_WORK = 2.0
MAX_MEASURED_RUNS = 20
# Two cores of a server, float32, otherwise idle: the overhead of an epoch and of a step, the speed of arithmetic, and
# how long a trainer takes to start and end. Rough, chosen to fit short trainings on digits: they are used only until a
# machine of this site has finished a run.
EPOCH_SECONDS = 0.01
STEP_SECONDS = 0.0003
FLOP_PER_SECOND = 25e9
START_SECONDS = 2.0
# A rough estimate is shown as a range: divided and multiplied by this, which is less when similar work was measured.
UNCERTAINTY = 3.0
UNCERTAINTY_MEASURED = 2.5
MEASURED_WITHIN = 10.0
NUM_NEAREST = 5
DAY = 86_400
UNITS = ((3600, "h"), (60, "min"))


@dataclass(frozen=True)
class EpochWork:
    """The work of one epoch: steps, and arithmetic on training and validation examples."""

    steps: int
    flop: float

    @property
    def flop_per_step(self) -> float:
        return (self.flop + 1) / self.steps

    @property
    def usual_seconds(self) -> float:
        """How long an epoch takes on the machine for which the constants were measured."""
        return EPOCH_SECONDS + self.steps * STEP_SECONDS + self.flop / FLOP_PER_SECOND


@dataclass(frozen=True)
class Measured:
    """A finished run: its time per epoch without the first one, and the overhead of start, first epoch and end."""

    work: EpochWork
    seconds_per_epoch: float
    seconds_beside: float
    device: str


@dataclass(frozen=True)
class Estimate:
    """How long training will take, from ``num_runs`` measured runs.

    A rough one is from runs with different work, or from none; then ``bounds`` says how far off it may be.
    """

    seconds: float
    num_runs: int
    uncertainty: float = 1.0

    @property
    def is_rough(self) -> bool:
        return self.uncertainty > 1

    @property
    def bounds(self) -> tuple[Message, Message]:
        """The shortest and the longest likely time, in words."""
        return roughly(self.seconds / self.uncertainty), roughly(self.seconds * self.uncertainty)


def roughly(seconds: float) -> Message:
    """ "8 s", "36 min", "5 h": whole numbers of the largest unit of which there are two."""
    if seconds >= 2 * DAY:
        return Message("{count:,} day", plural="{count:,} days", count=round(seconds / DAY))
    size, unit = next((pair for pair in UNITS if seconds >= 2 * pair[0]), (1, "s"))
    return verbatim(f"{max(round(seconds / size), 1):,} {unit}")


def epoch_work(plan: Plan, training: TrainingFacts) -> EpochWork:
    """The work of one epoch of a training of the network ``plan``."""
    trained = plan.training_multiply_adds * training.num_sampled
    flop = float(FLOP_PER_MULTIPLY_ADD * (trained + plan.multiply_adds * training.sizes.validation))
    return EpochWork(training.steps_per_epoch, flop)


def estimate(spec: Spec, work: EpochWork, team: Team) -> Estimate:
    """The time that training will take: that of the team's similar finished runs, else a rough one."""
    similar = [run for run in _measured(_like(spec, team)) if _is_similar(run.work, work)]
    if similar:
        per_epoch = statistics.median(run.seconds_per_epoch for run in similar)
        beside = statistics.median(run.seconds_beside for run in similar)
        return Estimate(beside + per_epoch * spec.fit.epochs, len(similar))
    return _rough(work, spec.fit.epochs)


def _rough(work: EpochWork, epochs: int) -> Estimate:
    """From the speed of all teams' runs on the device that was used last, those with the most similar steps."""
    runs = _measured(Run.objects.select_related("dataset").defer(*Dataset.heavy_fields_of("dataset")))
    runs = [run for run in runs if run.device == runs[0].device]
    runs.sort(key=lambda run: _distance(run.work, work))
    nearest = runs[:NUM_NEAREST]
    if not nearest:
        return Estimate(START_SECONDS + work.usual_seconds * epochs, 0, UNCERTAINTY)
    slowness = statistics.median(run.seconds_per_epoch / run.work.usual_seconds for run in nearest)
    beside = statistics.median(run.seconds_beside for run in runs)
    is_near = _distance(nearest[0].work, work) <= math.log(MEASURED_WITHIN)
    uncertainty = UNCERTAINTY_MEASURED if is_near else UNCERTAINTY
    return Estimate(beside + work.usual_seconds * slowness * epochs, len(nearest), uncertainty)


def _like(spec: Spec, team: Team) -> QuerySet[Run]:
    """The team's runs on the same dataset, with the same family of networks and batch size."""
    same = {
        "spec__dataset__name": spec.dataset.name,
        "spec__network__kind": spec.network.kind,
        "spec__fit__batch_size": spec.fit.batch_size,
    }
    return runs_of(team).filter(**same)


def _is_similar(one: EpochWork, other: EpochWork) -> bool:
    return 1 / SIMILAR_WORK <= (one.flop + 1) / (other.flop + 1) <= SIMILAR_WORK


def _distance(one: EpochWork, other: EpochWork) -> float:
    return abs(math.log(one.flop_per_step / other.flop_per_step))


def _measured(runs: QuerySet[Run]) -> list[Measured]:
    """The newest of ``runs`` that finished in one attempt of several epochs, newest first."""
    epochs = RunEvent.objects.filter(run=OuterRef("pk"), kind="epoch")
    started = RunEvent.objects.filter(run=OuterRef("pk"), kind="started").order_by("seq")
    steps = Cast(KeyTextTransform("steps_per_epoch", "payload"), IntegerField())
    done = runs.filter(state=JobState.FINISHED, attempt=1, epochs_done__gt=1).annotate(
        first_epoch_at=Subquery(epochs.order_by("seq").values("at")[:1]),
        last_epoch_at=Subquery(epochs.order_by("-seq").values("at")[:1]),
        device=Subquery(started.values("payload__device")[:1]),
        steps=Subquery(started.annotate(number=steps).values("number")[:1]),
    )
    found = (_measure(run) for run in done.order_by("-finished_at")[:MAX_MEASURED_RUNS])
    return [measured for measured in found if measured is not None]


def _measure(run: Any) -> Measured | None:
    """Returns ``None`` for a run without times, or with a spec or dataset that this version does not know."""
    if run.first_epoch_at is None or run.last_epoch_at is None or run.duration is None:
        return None
    try:
        spec, facts = run.parsed_spec, run.dataset.facts
        work = epoch_work(plan_of(spec, facts), training_facts(spec, facts))
    except SpecError:
        return None
    if run.steps:  # with sampled classes it is not what its spec says
        work = EpochWork(run.steps, work.flop * run.steps / work.steps)
    per_epoch = (run.last_epoch_at - run.first_epoch_at).total_seconds() / (run.epochs_done - 1)
    beside = run.duration.total_seconds() - per_epoch * run.epochs_done
    return Measured(work, per_epoch, max(beside, 0.0), run.device or "")

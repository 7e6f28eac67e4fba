"""What a spec will be and cost, computed without Keras: for the launch page while it is edited."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from django.db.models import F

from trainer.data.catalog import DatasetFacts, facts_of
from trainer.data.sizes import Sizes, split_sizes
from trainer.networks import Row, plan_of
from trainer.problems import SpecError
from trainer.spec import Spec
from webapp.metrics.models import RunEvent
from webapp.runs.access import runs_of
from webapp.runs.models import Run
from webapp.teams.models import Team
from webapp.workers.models import JobState

# The backward pass takes about twice the forward pass (Amodei and Hernandez 2018, AI and compute, appendix).
TRAINING_PASSES = 3
FLOP_PER_MULTIPLY_ADD = 2
BYTES_PER_PARAMETER = 4
PREFIXES = ((1e15, "PFLOP"), (1e12, "TFLOP"), (1e9, "GFLOP"), (1e6, "MFLOP"), (1e3, "kFLOP"))
# Runs whose epochs take between half and twice the work are similar enough to tell the time.
SIMILAR_WORK = 2.0
MAX_MEASURED_RUNS = 20


@dataclass(frozen=True)
class Estimate:
    """How long training will take, from ``num_runs`` similar runs that were measured."""

    seconds_per_epoch: float
    seconds: float
    num_runs: int


@dataclass(frozen=True)
class Preview:
    """Shapes and work of one training. ``multiply_adds`` is for one forward pass of one example."""

    rows: list[Row]
    num_parameters: int
    multiply_adds: int
    sizes: Sizes
    steps_per_epoch: int
    num_steps: int
    flop_per_epoch: float
    estimate: Estimate | None

    @property
    def num_bytes(self) -> int:
        return self.num_parameters * BYTES_PER_PARAMETER

    @property
    def work(self) -> str:
        return flop_in_words(self.flop_per_epoch)


def preview_of(spec: Spec, team: Team) -> Preview:
    """Preview a spec that has no problems. Raises :class:`SpecError` when its network cannot be planned."""
    facts = facts_of(spec.dataset.name)
    plan = plan_of(spec, facts)
    sizes = split_sizes(spec.split, facts.num_examples, facts.num_test)
    steps = math.ceil(sizes.train / spec.fit.batch_size)
    flop = _flop_per_epoch(plan.multiply_adds, sizes)
    return Preview(
        rows=plan.outline(),
        num_parameters=plan.num_parameters,
        multiply_adds=plan.multiply_adds,
        sizes=sizes,
        steps_per_epoch=steps,
        num_steps=steps * spec.fit.epochs,
        flop_per_epoch=flop,
        estimate=estimate(spec, flop, team),
    )


def estimate(spec: Spec, flop_per_epoch: float, team: Team) -> Estimate | None:
    """The time that training will take, from the speed of the team's similar finished runs; ``None`` without any.

    Similar: the same data, family of networks and batch size, and about the same work an epoch.
    """
    facts = facts_of(spec.dataset.name)
    similar = {
        "spec__dataset__name": spec.dataset.name,
        "spec__network__kind": spec.network.kind,
        "spec__fit__batch_size": spec.fit.batch_size,
    }
    done = runs_of(team).filter(state=JobState.FINISHED, epochs_done__gt=0, **similar)
    newest = done.order_by("-finished_at")[:MAX_MEASURED_RUNS]
    runs = [run for run in newest if _is_similar(run, facts, flop_per_epoch)]
    seconds = _seconds_per_epoch(runs)
    if not seconds:
        return None
    typical = statistics.median(seconds)
    return Estimate(typical, typical * spec.fit.epochs, len(seconds))


def flop_in_words(flop: float) -> str:
    """ "about 0.3 GFLOP": one or two digits, in the largest unit that fits."""
    for size, unit in PREFIXES:
        if flop >= size / 10:
            value = flop / size
            return f"about {value:,.0f} {unit}" if value >= 10 else f"about {value:.1f} {unit}"
    return f"about {flop:.0f} FLOP"


def _flop_per_epoch(multiply_adds: int, sizes: Sizes) -> float:
    """Training on every example once, then measuring the validation examples."""
    passes = TRAINING_PASSES * sizes.train + sizes.validation
    return float(FLOP_PER_MULTIPLY_ADD * multiply_adds * passes)


def _is_similar(run: Run, facts: DatasetFacts, flop_per_epoch: float) -> bool:
    try:
        spec = run.parsed_spec
        work = plan_of(spec, facts).multiply_adds
    except SpecError:
        return False
    flop = _flop_per_epoch(work, split_sizes(spec.split, facts.num_examples, facts.num_test))
    return 1 / SIMILAR_WORK <= (flop + 1) / (flop_per_epoch + 1) <= SIMILAR_WORK


def _seconds_per_epoch(runs: list[Run]) -> list[float]:
    """The measured time of the last epoch of each run; the first ones hold the compilation."""
    last = RunEvent.objects.filter(run__in=runs, kind="epoch", superseded=False, epoch=F("run__epochs_done"))
    measured = [payload.get("seconds") for payload in last.values_list("payload", flat=True)]
    return [seconds for seconds in measured if isinstance(seconds, (int, float)) and math.isfinite(seconds)]

"""Reproducing a finished run from its spec, and reporting whether every number is the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.db import transaction

from trainer.spec.metrics import label_of
from trainer.validation.parsing import parse_spec
from webapp.checkpoints.models import Checkpoint
from webapp.jobs.lifecycle import WrongState
from webapp.jobs.models import JobState
from webapp.launches import lifecycle
from webapp.metrics.curves import curves
from webapp.runs.curve_comparison import Comparison, CurveDifference, compare
from webapp.runs.models import Run
from webapp.teams.models import User

TAG = "reproduction"
LONGEST_NAME = 100
AGAIN = ", again"
Kind = Literal["running", "same", "different", "ended"]


@dataclass(frozen=True)
class ReproductionResult:
    """How ``again``, a reproduction of ``original``, compares with it, as a ``kind`` and as a sentence."""

    original: Run
    again: Run
    kind: Kind
    sentence: str


def reproduce(run: Run, user: User | None) -> Run:
    """Launch the spec of a finished run again. Returns the unfinished reproduction of it, if there is one.

    Raises :class:`WrongState` when the run is not finished, its initial weights were removed, or its data has changed.
    """
    run.refresh_from_db()
    if run.state != JobState.FINISHED:
        raise WrongState(f"{run} is {run.display_state}; only a finished run can be reproduced.")
    if run.parent is not None and (run.parent.purged_at or run.parent.damaged):
        raise WrongState(
            f"{run} started with the weights of {run.parent}, whose files cannot be used. It cannot be reproduced."
        )
    lifecycle.refuse_other_data(run)
    with transaction.atomic():
        Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
        unfinished = run.reproductions.filter(state__in=(JobState.QUEUED, JobState.RUNNING), deleted_at=None).first()
        if unfinished is not None:
            return unfinished
        name = run.name[: LONGEST_NAME - len(AGAIN)] + AGAIN
        spec = parse_spec(run.planned_spec)
        return lifecycle.launch(
            run.experiment, spec, user=user, name=name, tags=[TAG], parent=run.parent, reproduces=run
        )


def reproduction_results(run: Run) -> list[ReproductionResult]:
    """The result of the run as a reproduction, then those of its own reproductions, newest first."""
    found = [reproduction_result(run.reproduces, run)] if run.reproduces and run.reproduces.deleted_at is None else []
    again = run.reproductions.filter(deleted_at=None).order_by("-created_at")
    return found + [reproduction_result(run, reproduction) for reproduction in again]


def reproduction_result(original: Run, again: Run) -> ReproductionResult:
    """Compare all metrics that both have recorded so far."""
    compared = compare(curves(original), curves(again))
    if not again.is_finished:
        return ReproductionResult(original, again, "different" if compared.difference else "running", _so_far(compared))
    digests = [_last_digest(run) for run in (original, again)]
    if compared.is_same and digests[0] == digests[1] and digests[0]:
        sentence = f"Every metric of all {_epochs(compared.same)} is the same, and so are the weights at the end."
        return ReproductionResult(original, again, "same", sentence)
    if compared.difference is None and again.state != JobState.FINISHED:
        return ReproductionResult(original, again, "ended", f"It {_ended(again)}. {_so_far(compared)}")
    return ReproductionResult(original, again, "different", _different(compared, digests))


def _so_far(compared: Comparison) -> str:
    if compared.difference:
        return _first(compared.difference)
    if not compared.same:
        return "No epoch to compare yet."
    return f"{_epochs(compared.same).capitalize()} so far, every metric the same."


def _different(compared: Comparison, digests: list[str]) -> str:
    if compared.difference:
        return _first(compared.difference)
    if compared.only_a or compared.only_b:
        ours, theirs = compared.same + compared.only_a, compared.same + compared.only_b
        return f"The same for {_epochs(compared.same)}, but one trained {ours} and the other {theirs}."
    same = f"Every metric of all {_epochs(compared.same)} is the same"
    if "" in digests:
        return f"{same}; without a checkpoint of both, their weights cannot be compared."
    return f"{same}, but the weights at the end differ."


def _first(difference: CurveDifference) -> str:
    before = f"The same up to epoch {difference.epoch - 1}" if difference.epoch > 1 else "Different from the start"
    label = label_of(difference.metric)
    values = f"{_in_words(difference.b)} instead of {_in_words(difference.a)}"
    return f"{before}; at epoch {difference.epoch} the {label[0].lower()}{label[1:]} is {values}."


def _in_words(value: float | str | None) -> str:
    """Not rounded, so that different values never look the same."""
    return "missing" if value is None else str(value)


def _epochs(number: int) -> str:
    return "1 epoch" if number == 1 else f"{number} epochs"


def _ended(run: Run) -> str:
    return "was stopped" if run.state == JobState.STOPPED else "failed"


def _last_digest(run: Run) -> str:
    """The digest of the final weights; the row stays when the files are removed."""
    last = Checkpoint.objects.filter(run=run).order_by("-epoch", "-step", "-attempt").first()
    return last.digest if last else ""

"""Reproducing a finished run from its spec, and reporting whether every number is the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.db import transaction

from trainer.messages.message import Message, Words, joined
from trainer.spec.metrics import label_in_sentence
from trainer.validation.parsing import parse_spec
from webapp.checkpoints.models import Checkpoint
from webapp.jobs.lifecycle import UNFINISHED, WrongState
from webapp.jobs.models import JobState
from webapp.jobs.wording import state_in_words
from webapp.launches import lifecycle
from webapp.metrics.curves import curves
from webapp.runs.curve_comparison import Comparison, CurveDifference, compare
from webapp.runs.models import Run
from webapp.teams.models import User

TAG = "reproduction"
LONGEST_NAME = 100
Kind = Literal["running", "same", "different", "ended"]


@dataclass(frozen=True)
class ReproductionResult:
    """How ``again``, a reproduction of ``original``, compares with it, as a ``kind`` and as a sentence."""

    original: Run
    again: Run
    kind: Kind
    sentence: Message


def reproduce(run: Run, user: User | None) -> Run:
    """Launch the spec of a finished run again. Returns the unfinished reproduction of it, if there is one.

    Raises :class:`WrongState` when the run is not finished, its initial weights were removed, or its data has changed.
    """
    run.refresh_from_db()
    if run.state != JobState.FINISHED:
        raise WrongState(
            Message(
                "{run} is {state}; only a finished run can be reproduced.",
                run=run.name,
                state=state_in_words(run.display_state),
            )
        )
    if run.parent is not None and (run.parent.purged_at or run.parent.damaged):
        raise WrongState(
            Message(
                "{run} started with the weights of {checkpoint}, whose files cannot be used. It cannot be reproduced.",
                run=run.name,
                checkpoint=run.parent.name,
            )
        )
    lifecycle.refuse_other_data(run)
    with transaction.atomic():
        Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
        unfinished = run.reproductions.filter(state__in=UNFINISHED, deleted_at=None).first()
        if unfinished is not None:
            return unfinished
        spec = parse_spec(run.planned_spec)
        return lifecycle.launch(
            run.experiment, spec, user=user, name=_again(run), tags=[TAG], parent=run.parent, reproduces=run
        )


def _again(run: Run) -> str:
    """The name of its reproduction, in the language of the person who asks for it."""
    added = len(str(Message("{run}, again", run="")))
    return str(Message("{run}, again", run=run.name[: LONGEST_NAME - added]))


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
        sentence = Message(
            "Every metric of its only epoch is the same, and so are the weights at the end.",
            plural="Every metric of all {count} epochs is the same, and so are the weights at the end.",
            count=compared.same,
        )
        return ReproductionResult(original, again, "same", sentence)
    if compared.difference is None and again.state != JobState.FINISHED:
        return ReproductionResult(original, again, "ended", joined(_ended(again), _so_far(compared)))
    return ReproductionResult(original, again, "different", _different(compared, digests))


def _so_far(compared: Comparison) -> Message:
    if compared.difference:
        return _first(compared.difference)
    if not compared.same:
        return Message("No epoch to compare yet.")
    return Message(
        "{count} epoch so far, every metric the same.",
        plural="{count} epochs so far, every metric the same.",
        count=compared.same,
    )


def _different(compared: Comparison, digests: list[str]) -> Message:
    if compared.difference:
        return _first(compared.difference)
    if compared.only_a or compared.only_b:
        return Message(
            "The same for {count} epoch, but one trained {ours} and the other {theirs}.",
            plural="The same for {count} epochs, but one trained {ours} and the other {theirs}.",
            count=compared.same,
            ours=compared.same + compared.only_a,
            theirs=compared.same + compared.only_b,
        )
    if "" in digests:
        return Message(
            "Every metric of its only epoch is the same; without a checkpoint of both, their weights cannot be "
            "compared.",
            plural="Every metric of all {count} epochs is the same; without a checkpoint of both, their weights cannot "
            "be compared.",
            count=compared.same,
        )
    return Message(
        "Every metric of its only epoch is the same, but the weights at the end differ.",
        plural="Every metric of all {count} epochs is the same, but the weights at the end differ.",
        count=compared.same,
    )


def _first(difference: CurveDifference) -> Message:
    metric, ours, theirs = label_in_sentence(difference.metric), _in_words(difference.b), _in_words(difference.a)
    if difference.epoch <= 1:
        return Message(
            "Different from the start; at epoch {epoch} the {metric} is {ours} instead of {theirs}.",
            epoch=difference.epoch,
            metric=metric,
            ours=ours,
            theirs=theirs,
        )
    return Message(
        "The same up to epoch {before}; at epoch {epoch} the {metric} is {ours} instead of {theirs}.",
        before=difference.epoch - 1,
        epoch=difference.epoch,
        metric=metric,
        ours=ours,
        theirs=theirs,
    )


def _in_words(value: float | str | None) -> Words:
    """Not rounded, so that different values never look the same."""
    return Message("missing") if value is None else str(value)


def _ended(run: Run) -> Message:
    return Message("It was stopped.") if run.state == JobState.STOPPED else Message("It failed.")


def _last_digest(run: Run) -> str:
    """The digest of the final weights; the row stays when the files are removed."""
    last = Checkpoint.objects.filter(run=run).order_by("-epoch", "-step", "-attempt").first()
    return last.digest if last else ""

"""The check of exact resume that people start on the page of a run."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import transaction
from django.utils import dateformat

from trainer.messages.message import Message, joined, joined_by
from trainer.spec.metrics import label_in_sentence
from webapp.jobs.dispatch import notify_workers
from webapp.jobs.lifecycle import UNFINISHED
from webapp.jobs.models import JobState
from webapp.runs.models import ResumeCheck, Run
from webapp.teams.models import User

PACKAGES = {"keras": "Keras", "tensorflow": "TensorFlow", "jax": "JAX"}
SAME = Message("4 epochs without interruption and 2 + 2 with a kill between them gave the same weights and metrics.")
# As Django's template filter "date" takes it.
DATE_AND_TIME = Message("j F Y, H:i")


class Badge(NamedTuple):
    """A result in three words, the colour of its badge, and in ``title`` the details."""

    exact: bool
    text: Message
    kind: str
    title: Message


def ask(run: Run, user: User | None) -> ResumeCheck:
    """Queue a check of the resume of ``run``'s spec. Returns the unfinished check, if there is one."""
    with transaction.atomic():
        Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
        unfinished = unfinished_of(run)
        if unfinished is not None:
            return unfinished
        check = ResumeCheck.objects.create(run=run, created_by=user)
        notify_workers(check)
    return check


def unfinished_of(run: Run) -> ResumeCheck | None:
    return run.resume_checks.filter(state__in=UNFINISHED).first()


def latest_check(run: Run) -> ResumeCheck | None:
    """The newest check, in any state."""
    return run.resume_checks.select_related("created_by").order_by("-created_at", "-id").first()


def last_conclusive_check(run: Run) -> ResumeCheck | None:
    """The last check that finished: a later one that failed or was stopped does not replace it."""
    return run.resume_checks.filter(state=JobState.FINISHED).order_by("-created_at", "-id").first()


def badge_of(check: ResumeCheck | None) -> Badge | None:
    """The badge of a finished check; ``None`` without one."""
    if check is None:
        return None
    if check.result.get("exact"):
        return Badge(True, Message("resume proven exact"), "finished", joined(SAME, where(check)))
    return Badge(False, Message("resume not exact"), "failed", joined(difference(check.result), where(check)))


def difference(result: dict[str, Any]) -> Message:
    """What differs, in a sentence."""
    epochs, metrics = result.get("metrics_differ_at", []), result.get("metrics", [])
    weights = len(set(result.get("digests", []))) > 1
    if epochs:
        return _metrics_differ(int(epochs[0]), joined_by(", ", map(label_in_sentence, metrics)), weights)
    if weights:
        return Message("After a resume, the weights differed from those without interruption.")
    return Message("After a resume, the training differed from that without interruption.")


def _metrics_differ(epoch: int, metrics: Message, weights: bool) -> Message:
    if weights and metrics:
        return Message(
            "After a resume, the weights and metrics ({metrics}) from epoch {epoch} on differed from those without "
            "interruption.",
            metrics=metrics,
            epoch=epoch,
        )
    if weights:
        return Message(
            "After a resume, the weights and metrics from epoch {epoch} on differed from those without interruption.",
            epoch=epoch,
        )
    if metrics:
        return Message(
            "After a resume, metrics ({metrics}) from epoch {epoch} on differed from those without interruption.",
            metrics=metrics,
            epoch=epoch,
        )
    return Message(
        "After a resume, metrics from epoch {epoch} on differed from those without interruption.", epoch=epoch
    )


def where(check: ResumeCheck) -> Message:
    """Machine and versions: "Checked 3 May 2026 on gpu-1 (NVIDIA H200) with Keras 3.15.1, TensorFlow 2.21.0."."""
    result, versions = check.result, check.result.get("versions", {})
    packages = ", ".join(f"{title} {versions[name]}" for name, title in PACKAGES.items() if name in versions)
    return Message(
        "Checked {when} on {host} ({device}) with {versions}.",
        when=dateformat.format(check.finished_at, str(DATE_AND_TIME)) if check.finished_at else "",
        host=result.get("host") or Message("a worker"),
        device=result.get("device") or Message("unknown device"),
        versions=packages or Message("unknown versions"),
    )

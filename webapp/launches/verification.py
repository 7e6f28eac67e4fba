"""The check of exact resume that people start on the page of a run."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import transaction

from trainer.spec.metrics import label_of
from webapp.jobs.dispatch import notify_workers
from webapp.jobs.models import JobState
from webapp.runs.models import ResumeCheck, Run
from webapp.teams.models import User

PACKAGES = {"keras": "Keras", "tensorflow": "TensorFlow", "jax": "JAX"}
SAME = "4 epochs without interruption and 2 + 2 with a kill between them gave the same weights and metrics."


class Badge(NamedTuple):
    """A result in three words, the colour of its badge, and in ``title`` the details."""

    exact: bool
    text: str
    kind: str
    title: str


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
    return run.resume_checks.filter(state__in=(JobState.QUEUED, JobState.RUNNING)).first()


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
        return Badge(True, "resume proven exact", "finished", f"{SAME} {where(check)}")
    return Badge(False, "resume not exact", "failed", f"{difference(check.result)} {where(check)}")


def difference(result: dict[str, Any]) -> str:
    """What differs, in a sentence."""
    epochs, metrics = result.get("metrics_differ_at", []), result.get("metrics", [])
    weights = len(set(result.get("digests", []))) > 1
    parts = ["the weights"] if weights else []
    if epochs:
        named = f" ({', '.join(map(label_of, metrics)).lower()})" if metrics else ""
        parts.append(f"metrics{named} from epoch {epochs[0]} on")
    return f"After a resume, {' and '.join(parts) or 'the training'} differed from that without interruption."


def where(check: ResumeCheck) -> str:
    """Machine and versions: "Checked 3 May 2026 on gpu-1 (NVIDIA H200) with Keras 3.15.1, TensorFlow 2.21.0."."""
    result, versions = check.result, check.result.get("versions", {})
    packages = ", ".join(f"{title} {versions[name]}" for name, title in PACKAGES.items() if name in versions)
    place = f"{result.get('host', 'a worker')} ({result.get('device', 'unknown device')})"
    when = f"{check.finished_at:%-d %B %Y, %H:%M}" if check.finished_at else ""
    return f"Checked {when} on {place} with {packages or 'unknown versions'}."

"""The page of one run, its parts that change during training, and its events."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trainer.data.findings.finding import Finding
from trainer.errors import SpecError
from trainer.messages.message import Message
from webapp.checkpoints.models import Evaluation
from webapp.checkpoints.selection import best, latest, marks
from webapp.datasets.leaks import leaks_of
from webapp.http.numbers import whole_number
from webapp.jobs.lifecycle import UNFINISHED
from webapp.jobs.models import JobState
from webapp.jobs.queue_status import jobs_ahead, why_waiting
from webapp.launches import reproduction, verification
from webapp.launches.resume_outlook import rate_spans_epochs, resume_outlook, target_epochs
from webapp.metrics import replay
from webapp.runs.access import get_run
from webapp.runs.colours import colour_of
from webapp.runs.models import Run
from webapp.spec_ui.differences import differences
from webapp.spec_ui.listing import lines_of, sections_of
from webapp.storage import purging
from webapp.teams.access import may_change, requires
from webapp.teams.models import Membership, Role


@requires(Role.VIEWER)
@require_safe
def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The page of one run. A deleted one shows how to restore it."""
    shown = get_run(request.user, run_id, deleted=True)
    if shown.deleted_at is not None:
        context = {"run": shown, "may": permissions(request, shown), "outlook": purging.purge_plan(shown)}
        return render(request, "runs/run_deleted.html", context)
    lines = lines_of(shown.current_spec, shown.dataset.facts)
    context = parts(request, shown) | {
        "data": replay.snapshot(shown) | {"token": f"--run-{colour_of(shown)}"},
        "log": replay.log_lines(shown),
        "num_log_lines": replay.num_log_lines(shown),
        "spec_sections": sections_of(lines),
        "num_differing": sum(line.differs for line in lines),
        "leaks": _leaks(shown),
        "spec_json": json.dumps(shown.spec, indent=2),
    }
    return render(request, "runs/run.html", context)


@requires(Role.VIEWER)
@require_safe
def run_parts(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The parts of the page that change with the state of the run, to replace those shown."""
    return render(request, "runs/_parts.html", parts(request, get_run(request.user, run_id)))


@requires(Role.VIEWER)
@require_safe
def run_events(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The events after number ``after``, for browsers without a socket."""
    shown = get_run(request.user, run_id)
    given = request.GET.get("after", "0")
    after = whole_number(given, digits=18)
    if after is None:
        message = Message(
            "after is {given}; give the number of the last event you have, 0 for all.", given=repr(given[:40])
        )
        return JsonResponse({"error": str(message)}, status=400)
    return JsonResponse(replay.batch(shown, after))


@requires(Role.VIEWER)
@require_safe
def run_log(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The whole log as plain text."""
    shown = get_run(request.user, run_id)
    rows = replay.log_lines(shown, limit=None)
    text = "\n".join(f"{row.at:%Y-%m-%d %H:%M:%S} {row.level:7} {row.message}" for row in rows)
    return HttpResponse(text + "\n", content_type="text/plain; charset=utf-8")


@requires(Role.VIEWER)
@require_safe
def run_spec(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The spec as a file for ``python -m trainer fit``."""
    shown = get_run(request.user, run_id)
    response = HttpResponse(json.dumps(shown.spec, indent=2) + "\n", content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="spec-{shown.id.hex[:8]}.json"'
    return response


def _leaks(run: Run) -> list[Finding]:
    """What makes results of this run look too good; a run with a spec that this release cannot read says nothing."""
    try:
        split = run.parsed_spec.split
    except SpecError:
        return []
    return leaks_of(run.dataset.summary, run.dataset.facts, split)


def permissions(request: HttpRequest, run: Run) -> dict[str, bool]:
    """Which buttons to show: ``work`` with the run as a member, ``change`` it as its owner or an admin."""
    membership = Membership.objects.get(user=request.user.pk, team=run.experiment.team)
    return {"work": membership.allows(Role.MEMBER), "change": may_change(membership, run.created_by)}


def parts(request: HttpRequest, run: Run) -> dict[str, Any]:
    """The context of the parts that change; the page needs the same and more."""
    checkpoints = list(run.checkpoints.order_by("-epoch", "-step", "-attempt"))
    evaluations = Evaluation.objects.filter(checkpoint__run=run).select_related("checkpoint", "created_by", "dataset")
    standing = marks(checkpoints)
    ahead = jobs_ahead(run) if run.state == JobState.QUEUED else []
    return {
        "run": run,
        "may": permissions(request, run),
        "place": len(ahead) + 1 if run.state == JobState.QUEUED else None,
        "why_waiting": why_waiting(run, ahead),
        "kept": [(it, standing.get(it.id)) for it in checkpoints if it.purged_at is None],
        "purged": [(it, standing.get(it.id)) for it in checkpoints if it.purged_at is not None],
        "latest": latest(run),
        "best": best(run),
        "evaluations": evaluations.order_by("-created_at"),
        "evaluating": evaluations.filter(state__in=UNFINISHED).exists(),
        "history": list(run.history.order_by("-id")),
        "changed": differences(run.parent.run.current_spec, run.current_spec) if run.parent else [],
        "children": Run.objects.filter(parent__run=run, deleted_at=None).select_related("parent", "experiment"),
        "planned_epochs": run.planned_epochs,
        "reached": replay.reached_sizes(run),
        "outlook": resume_outlook(run),
        "resume_to": target_epochs(run),
        "rate_spans_epochs": rate_spans_epochs(run),
        **exactness(run),
    }


def exactness(run: Run) -> dict[str, Any]:
    """What is known of whether the run is exact: its check, and how its reproductions compare."""
    check, reproductions = verification.latest_check(run), reproduction.reproduction_results(run)
    proven = verification.last_conclusive_check(run)
    return {
        "check": check,
        "check_why_waiting": why_waiting(check) if check else "",
        "proven": proven,
        "badge": verification.badge_of(proven),
        "reproductions": reproductions,
        "proving": any(not each.again.is_finished for each in reproductions) or (check and not check.is_finished),
    }

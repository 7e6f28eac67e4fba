"""Serialization of database rows for the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from trainer.data.facts import DatasetFacts
from trainer.messages.message import Message
from trainer.validation.recipes import Recipe
from webapp.checkpoints.models import Checkpoint, Evaluation
from webapp.checkpoints.selection import Marks
from webapp.datasets.models import Dataset, PendingCorrection, PluginScan, Upload
from webapp.datasets.plugins import plugins_of
from webapp.datasets.summaries import summary_of, understood_of
from webapp.jobs.lifecycle import why_waiting
from webapp.jobs.models import Worker
from webapp.launches import reproduction, verification
from webapp.launches.resume_outlook import resume_outlook
from webapp.runs.models import ResumeCheck, Run

RUN_FIELDS = (
    "id", "number", "name", "notes", "tags", "reason", "error", "advice", "attempt", "epochs_done", "summary",
    "best_value", "experiment_id", "created_at", "started_at", "finished_at",
)  # fmt: skip


def run_row(run: Run) -> dict[str, Any]:
    return _fields(run, RUN_FIELDS) | {
        "experiment": run.experiment.name,
        "dataset": run.dataset.name,
        "version": run.dataset.version,
        "state": run.display_state,
        "progress": run.shown_progress,
        "epochs": run.planned_epochs,
        "parent": run.parent_id,
        "reproduces": run.reproduces_id,
        "created_by": run.created_by.email if run.created_by else None,
        "page": reverse("run", args=[run.id]),
    }


def run_detail(run: Run) -> dict[str, Any]:
    check = verification.latest_check(run)
    proven = verification.badge_of(verification.last_conclusive_check(run))
    return run_row(run) | {
        "spec": run.spec,
        "why_waiting": why_waiting(run),
        "resume": resume_outlook(run),
        "resume_proof": proven and {"exact": proven.exact, "sentence": proven.title},
        "resume_check": resume_check_row(check) if check else None,
        "reproductions": [_reproduction(result) for result in reproduction.reproduction_results(run)],
    }


def resume_check_row(check: ResumeCheck) -> dict[str, Any]:
    same = ("id", "state", "result", "error", "advice", "created_at", "finished_at")
    return _fields(check, same) | {
        "run": check.run_id,
        "progress": check.shown_progress,
        "exact": check.result.get("exact"),
    }


def _reproduction(result: reproduction.ReproductionResult) -> dict[str, Any]:
    return {
        "original": result.original.pk,
        "again": result.again.pk,
        "verdict": result.kind,
        "sentence": result.sentence,
    }


def checkpoint_row(checkpoint: Checkpoint, marks: Marks) -> dict[str, Any]:
    same = ("id", "name", "epoch", "attempt", "metrics", "value", "size_bytes", "digest", "pinned", "note", "damaged")
    return _fields(checkpoint, same) | {
        "run": checkpoint.run_id,
        "latest": marks.latest,
        "best": marks.best,
        "files_kept": checkpoint.purged_at is None,
        "created_at": checkpoint.created_at,
        "page": reverse("checkpoint", args=[checkpoint.id]),
    }


def freed_row(checkpoint: Checkpoint, num_bytes: int) -> dict[str, Any]:
    """A checkpoint that would be freed, with its actual size on the disk and in the bucket."""
    return {"id": checkpoint.id, "name": checkpoint.name, "run": checkpoint.run_id, "num_bytes": num_bytes}


def staying_row(checkpoint: Checkpoint, reason: Message) -> dict[str, Any]:
    return {"id": checkpoint.id, "name": checkpoint.name, "run": checkpoint.run_id, "reason": reason}


def evaluation_row(evaluation: Evaluation) -> dict[str, Any]:
    same = ("id", "split", "state", "result", "error", "advice", "created_at", "finished_at")
    return _fields(evaluation, same) | {
        "progress": evaluation.shown_progress,
        "checkpoint": evaluation.checkpoint_id,
        "version": evaluation.measured_on.version,
        "page": reverse("evaluation", args=[evaluation.id]),
    }


def dataset_row(dataset: Dataset) -> dict[str, Any]:
    same = ("name", "title", "task", "kind", "input_shape", "num_examples", "num_classes", "class_names", "bundled")
    return _fields(dataset.facts, same) | {
        "columns": [column.model_dump() for column in dataset.facts.every_column],
        "shared": dataset.team_id is None,
        "version": dataset.version,
        "ready": bool(dataset.content_hash),
        "content_hash": dataset.content_hash,
        "num_bytes": dataset.num_bytes,
    }


def version_row(dataset: Dataset) -> dict[str, Any]:
    summary = summary_of(dataset.summary)
    return dataset_row(dataset) | {
        "created_by": dataset.owner.email if dataset.owner else None,
        "created_at": dataset.created_at,
        "state": dataset.state,
        "difference": dataset.summary.get("difference"),
        "findings": summary.findings if summary else (),
        "baseline": summary.baseline if summary else "",
    }


def pending_row(pending: PendingCorrection) -> dict[str, Any]:
    return _fields(pending, ("index", "label", "is_ambiguous", "said_at")) | {
        "by": pending.author.email if pending.author else None
    }


def upload_row(upload: Upload) -> dict[str, Any]:
    same = (
        "id",
        "file_name",
        "num_bytes",
        "received_bytes",
        "sha256",
        "act",
        "state",
        "error",
        "advice",
        "choices",
        "created_at",
    )
    return _fields(upload, same) | {
        "understood": understood_of(upload.understood),
        "dataset": upload.dataset.name if upload.dataset else None,
        "page": reverse("upload", args=[upload.id]),
    }


def scan_row(scan: PluginScan) -> dict[str, Any]:
    same = ("name", "file", "title", "description", "task", "problem")
    found = [
        _fields(each, same)
        | {"parameters": [{**parameter.model_dump(), "accepted": parameter.accepted} for parameter in each.parameters]}
        for each in plugins_of(scan)
    ]
    return _fields(scan, ("state", "error", "finished_at")) | {"datasets": found}


def recipe_row(recipe: Recipe, facts: DatasetFacts) -> dict[str, Any]:
    return _fields(recipe, ("name", "title", "help", "source")) | {"spec": recipe.spec_for(facts).to_json()}


def worker_row(worker: Worker) -> dict[str, Any]:
    same = (
        "id",
        "host",
        "queues",
        "devices",
        "num_devices",
        "free_disk_bytes",
        "leaving",
        "started_at",
        "last_seen_at",
    )
    return _fields(worker, same) | {"online": worker.is_online}


def _fields(row: Any, names: Sequence[str]) -> dict[str, Any]:
    """The fields of ``row`` that a client gets as they are."""
    return {name: getattr(row, name) for name in names}

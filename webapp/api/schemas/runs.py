"""Runs as the API takes and gives them. The schema of a spec is the spec's own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import (
    StrictInt,
    WrapSerializer,
    WrapValidator,
)

from trainer.spec import Spec
from trainer.spec.training import MAX_EPOCHS
from webapp.api.schemas.base import Body, Tag, Text
from webapp.api.schemas.space import Staying
from webapp.launches.forms import MAX_NOTES
from webapp.runs.tags import MAX_TAG_LENGTH, MAX_TAGS

# Any JSON here, described as a Spec: `parse_spec` reads it, with the same words for problems as the form.
SpecJson = Annotated[Spec, WrapValidator(lambda given, as_spec: given), WrapSerializer(lambda given, as_spec: given)]


class NewRun(Body):
    experiment: Annotated[str, Text(100, required=True)] = Field(
        description="Name; it is created when there is none yet."
    )
    spec: SpecJson = Field(description="The complete training. What is left out has its default.")
    name: Annotated[str, Text(100)] = Field("", description="Empty: run 1, run 2, …")
    notes: Annotated[str, Text(MAX_NOTES, lines=True)] = ""
    tags: list[Tag] = Field([], max_length=MAX_TAGS, description="None has a comma in it.")
    parent: UUID | None = Field(None, description="A checkpoint whose weights it begins with (a branch).")


class Resume(Body):
    epochs: StrictInt | None = Field(
        None, ge=1, le=MAX_EPOCHS, description="Epochs in all; empty for those of the spec."
    )


class RunOut(Schema):
    id: UUID
    experiment: str
    experiment_id: UUID
    dataset: str
    number: int
    name: str
    notes: str
    tags: list[str]
    state: str = Field(description="queued, starting, running, stopping, stopped, finished or failed")
    reason: str
    error: str
    advice: str
    attempt: int
    epochs: int
    epochs_done: int
    progress: dict[str, Any]
    summary: dict[str, Any] = Field(description="For each metric: last, best and best_epoch.")
    best_value: float | None = Field(description="Of the experiment's metric.")
    parent: UUID | None = Field(description="The checkpoint it was branched from.")
    reproduces: UUID | None = Field(description="The run whose spec it trains once more.")
    created_by: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    page: str = Field(description="Where people see it.")


class Outlook(Schema):
    """What resuming the run now would be."""

    possible: bool
    checkpoint: str = Field(description="From where; empty for the start.")
    exact: bool | None = Field(description="Whether bit for bit the uninterrupted run; null when nobody can know yet.")
    sentence: str
    reasons: list[str] = Field(description="Why it is not promised to be exact.")


class Proof(Schema):
    exact: bool
    sentence: str = Field(description="What was compared, when, on which machine and with which versions.")


class ResumeCheckOut(Schema):
    id: UUID
    run: UUID
    state: str
    progress: dict[str, Any]
    exact: bool | None
    result: dict[str, Any] = Field(description="Digests, what differs, host, device and versions.")
    error: str
    advice: str
    created_at: datetime
    finished_at: datetime | None


class Reproduction(Schema):
    original: UUID
    again: UUID
    verdict: Literal["running", "same", "different", "ended"]
    sentence: str


class RunDetail(RunOut):
    spec: SpecJson
    why_waiting: str = Field(description="For a queued run: its place, and what it waits for.")
    resume: Outlook | None = Field(description="For a run that has ended.")
    resume_proof: Proof | None = Field(description="The verdict of the last check that came to one.")
    resume_check: ResumeCheckOut | None = Field(description="The check that was asked for last.")
    reproductions: list[Reproduction] = Field(description="Those of this run, and what it reproduces itself.")


class RunFilter(Schema):
    """Which runs; all conditions must hold."""

    experiment: Annotated[str, Text(100)] | None = Field(None, description="Name of the experiment.")
    state: Literal["queued", "running", "stopped", "finished", "failed"] | None = None
    dataset: Annotated[str, Text(64)] | None = None
    tag: Annotated[str, Text(MAX_TAG_LENGTH)] | None = None


class After(Schema):
    after: int = Field(0, ge=0, le=10**15, description="Number (seq) of the last event that you have.")


class MetricEvent(Schema):
    seq: int
    attempt: int
    kind: str
    epoch: int | None
    payload: dict[str, Any]
    at: datetime


class MetricEvents(Schema):
    events: list[MetricEvent]
    last_seq: int = Field(description="The newest event of the run: when it is above your last one, ask again.")


class Deleted(Schema):
    run: UUID
    due_at: datetime = Field(description="When the files of the deleted run go by themselves.")
    num_bytes: int = Field(description="What that frees.")
    going: list[UUID]
    staying: list[Staying]


class Purged(Schema):
    num_bytes: int

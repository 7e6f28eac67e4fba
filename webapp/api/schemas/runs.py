"""Schemas of runs. The schema of a spec is the spec's own."""

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
from webapp.api.schemas.base import Body, Sentence, Tag, TextRules
from webapp.api.schemas.space import Staying
from webapp.launches.forms import MAX_NOTES
from webapp.runs.tags import MAX_TAG_LENGTH, MAX_TAGS

# Any JSON, described as a Spec: `parse_spec` reads it, so that problems have the same messages as in the form.
SpecJson = Annotated[Spec, WrapValidator(lambda given, as_spec: given), WrapSerializer(lambda given, as_spec: given)]


class NewRun(Body):
    experiment: Annotated[str, TextRules(100, required=True)] = Field(
        description="Name; the experiment is created if it does not exist."
    )
    spec: SpecJson = Field(description="The complete training. Omitted fields have their defaults.")
    name: Annotated[str, TextRules(100)] = Field("", description="Defaults to run 1, run 2, …")
    notes: Annotated[str, TextRules(MAX_NOTES, lines=True)] = ""
    tags: list[Tag] = Field([], max_length=MAX_TAGS, description="A tag must not contain a comma.")
    parent: UUID | None = Field(None, description="Checkpoint whose weights the run starts with (a branch).")


class Resume(Body):
    epochs: StrictInt | None = Field(
        None, ge=1, le=MAX_EPOCHS, description="Total number of epochs; null for that of the spec."
    )


class RunOut(Schema):
    id: UUID
    experiment: str
    experiment_id: UUID
    dataset: str
    version: int = Field(description="Version of the dataset that it trains on.")
    number: int
    name: str
    notes: str
    tags: list[str]
    state: str = Field(description="queued, starting, running, stopping, stopped, finished or failed")
    reason: str
    error: Sentence
    advice: Sentence
    attempt: int
    epochs: int
    epochs_done: int
    progress: dict[str, Any]
    summary: dict[str, Any] = Field(description="For each metric: last, best and best_epoch.")
    best_value: float | None = Field(description="Best value of the experiment's metric.")
    parent: UUID | None = Field(description="Checkpoint that the run was branched from.")
    reproduces: UUID | None = Field(description="Run that this one reproduces.")
    created_by: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    page: str = Field(description="URL path of the run's page.")


class ResumePreview(Schema):
    """What resuming the run now would do."""

    possible: bool
    checkpoint: str = Field(description="Checkpoint to resume from; empty if from the start.")
    exact: bool | None = Field(description="Whether it would equal the uninterrupted run bit for bit; null if unknown.")
    sentence: Sentence
    reasons: list[Sentence] = Field(description="Why exactness is not guaranteed.")


class Proof(Schema):
    exact: bool
    sentence: Sentence = Field(description="What was compared, when, on which machine and with which versions.")


class ResumeCheckOut(Schema):
    id: UUID
    run: UUID
    state: str
    progress: dict[str, Any]
    exact: bool | None
    result: dict[str, Any] = Field(description="Digests, differences, host, device and versions.")
    error: Sentence
    advice: Sentence
    created_at: datetime
    finished_at: datetime | None


class Reproduction(Schema):
    original: UUID
    again: UUID
    verdict: Literal["running", "same", "different", "ended"]
    sentence: Sentence


class RunDetail(RunOut):
    spec: SpecJson
    why_waiting: Sentence = Field(description="For a queued run: its place in the queue, and what it waits for.")
    resume: ResumePreview | None = Field(description="For a run that has ended.")
    resume_proof: Proof | None = Field(description="Result of the latest check that reached one.")
    resume_check: ResumeCheckOut | None = Field(description="The check that was requested last.")
    reproductions: list[Reproduction] = Field(description="Reproductions of this run, and the run that it reproduces.")


class RunQuery(Schema):
    """Filters of runs; all conditions must hold."""

    experiment: Annotated[str, TextRules(100)] | None = Field(None, description="Name of the experiment.")
    state: Literal["queued", "running", "stopped", "finished", "failed"] | None = None
    dataset: Annotated[str, TextRules(64)] | None = None
    tag: Annotated[str, TextRules(MAX_TAG_LENGTH)] | None = None


class After(Schema):
    after: int = Field(0, ge=0, le=10**15, description="Number (seq) of the last event you have.")


class MetricEvent(Schema):
    seq: int
    attempt: int
    kind: str
    epoch: int | None
    payload: dict[str, Any]
    at: datetime


class MetricEvents(Schema):
    events: list[MetricEvent]
    last_seq: int = Field(description="Number of the run's newest event; if it is above your last one, ask again.")


class Deleted(Schema):
    run: UUID
    due_at: datetime = Field(description="When the files of the deleted run are removed automatically.")
    num_bytes: int = Field(description="Bytes that this frees.")
    going: list[UUID]
    staying: list[Staying]


class Purged(Schema):
    num_bytes: int

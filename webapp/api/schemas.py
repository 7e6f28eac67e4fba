"""What the API takes and gives. The schema of a spec is the spec's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from ninja import Field, Schema
from pydantic import (
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StrictBool,
    StrictInt,
    WrapSerializer,
    WrapValidator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from trainer.spec import Spec
from trainer.spec.training import MAX_EPOCHS
from webapp.checkpoints.pins import LONGEST_NOTE
from webapp.launches.forms import MAX_NOTES
from webapp.runs.tags import MAX_TAG_LENGTH, MAX_TAGS, SEPARATOR
from webapp.storage.freeing import MOST_AT_ONCE
from webapp.teams.models import LARGEST_QUOTA, SMALLEST_QUOTA
from webapp.ui.text import objection, pattern

# Any JSON here, described as a Spec: `parse_spec` reads it, with the same words for problems as the form.
SpecJson = Annotated[Spec, WrapValidator(lambda given, as_spec: given), WrapSerializer(lambda given, as_spec: given)]


KEPT = f"{settings.DELETED_RUNS_KEPT_DAYS} days"


@dataclass(frozen=True)
class Text:
    """Said of a ``str``: it is stripped, and held to the rules of ``webapp.ui.text``.

    ``most`` counts characters; ``lines`` allows several, ``required`` refuses the empty one.
    """

    most: int
    lines: bool = False
    required: bool = False
    without: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, core_schema.str_schema(max_length=self.most))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        rule = pattern(lines=self.lines, required=self.required, without=self.without)
        return {"type": "string", "maxLength": self.most, "pattern": rule}

    def check(self, given: str) -> str:
        text = given.strip()
        if sentence := objection(text, lines=self.lines):
            raise PydanticCustomError("text", "{sentence}", {"sentence": sentence})
        if self.required and not text:
            raise PydanticCustomError("text", "Nothing that can be seen is given here. Write a name.")
        if found := set(self.without) & set(text):
            raise PydanticCustomError("text", "“{found}” is not accepted here.", {"found": min(found)})
        return text


Tag = Annotated[str, Text(MAX_TAG_LENGTH, required=True, without=SEPARATOR)]


class Body(Schema):
    """What a caller sends: unknown fields are refused, so that a typing error is not lost silently."""

    model_config = ConfigDict(extra="forbid")


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


class NewEvaluation(Body):
    split: Literal["validation", "test"]


class Pin(Body):
    pinned: StrictBool = True


class Note(Body):
    note: Annotated[str, Text(LONGEST_NOTE, lines=True)]


class Problem(Schema):
    path: str = Field(description="Where, such as network.layers.0.units")
    message: str = Field(description="What was given, what is accepted, what to do.")


class Refusal(Schema):
    """The answer to whatever is not done, with every status from 400 on."""

    detail: str = Field(description="What is wrong, in a sentence.")
    problems: list[Problem] = Field(description="What is wrong at single fields.")


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


class CheckpointFilter(Schema):
    run: UUID | None = None


class After(Schema):
    after: int = Field(0, ge=0, le=10**15, description="Number (seq) of the last event that you have.")


class Download(Schema):
    format: Literal["keras", "weights"] = "keras"


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


class CheckpointOut(Schema):
    id: UUID
    run: UUID
    name: str
    epoch: int
    attempt: int
    metrics: dict[str, Any]
    value: float | None = Field(description="Of the experiment's metric.")
    size_bytes: int
    digest: str = Field(description="SHA-256 over all weights, as “python -m trainer digest” prints it.")
    latest: bool
    best: bool
    pinned: bool
    note: str
    damaged: str
    files_kept: bool
    created_at: datetime
    page: str


class Verdict(Schema):
    whole: bool | None = Field(description="null: nothing can be known now, and nothing was changed.")
    sentence: str


class SpaceOf(Schema):
    run: UUID | None = Field(None, description="May be a deleted one.")
    experiment: UUID | None = None


class TeamSpace(Schema):
    used: int = Field(description="Bytes that the team takes: checkpoints, and rows of the database.")
    rows: int = Field(description="The part of recorded curves and logs in the database, about.")
    deleted: int = Field(description=f"The checkpoints of deleted runs; they are freed {KEPT} after each was deleted.")
    quota: int | None = Field(description="Bytes that the team may take; null: no limit.")
    warning: str = Field(description="A sentence from 80 % of the quota on. At the quota no run can be launched.")


class SpaceOut(Schema):
    num_checkpoints: int
    num_bytes: int = Field(description="Of what was asked about.")
    team: TeamSpace


class Quota(Body):
    quota_bytes: StrictInt | None = Field(ge=SMALLEST_QUOTA, le=LARGEST_QUOTA)


class FreeWhich(Schema):
    """Which checkpoints are to go. The four yes-or-no fields say what is left alone."""

    run: UUID | None = None
    experiment: UUID | None = None
    older: int | None = Field(None, ge=0, le=36500, description="Only those older than so many days.")
    ended: bool = Field(True, description="Leave alone those of runs that have not ended.")
    best: bool = Field(True, description="Leave alone the best of each run.")
    latest: bool = Field(True, description="Leave alone the latest of each run.")
    evaluated: bool = Field(True, description="Leave alone those with evaluations.")


class Free(Body):
    checkpoints: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Freeable(Schema):
    id: UUID
    name: str
    run: UUID
    num_bytes: int


class Staying(Schema):
    id: UUID
    name: str
    run: UUID
    reason: str


class FreeingPlan(Schema):
    num_bytes: int = Field(description="What freeing those that go gives back.")
    going: list[Freeable]
    staying: list[Staying]
    more: int = Field(description="How many others fit and were not looked at this time.")


class FreedOut(Schema):
    num_bytes: int
    gone: list[UUID]
    staying: list[Staying]


class Deleted(Schema):
    run: UUID
    due_at: datetime = Field(description="When the files of the deleted run go by themselves.")
    num_bytes: int = Field(description="What that frees.")
    going: list[UUID]
    staying: list[Staying]


class Purged(Schema):
    num_bytes: int


class EvaluationOut(Schema):
    id: UUID
    checkpoint: UUID
    split: str
    state: str
    progress: dict[str, Any]
    result: dict[str, Any]
    error: str
    advice: str
    created_at: datetime
    finished_at: datetime | None
    page: str


class DatasetOut(Schema):
    name: str
    title: str
    task: str
    kind: str
    input_shape: list[int]
    num_examples: int
    num_classes: int
    class_names: list[str]
    bundled: bool = Field(description="Comes with Trainyard; others are downloaded at first use.")
    ready: bool = Field(description="A worker has read it.")
    content_hash: str


class WorkerOut(Schema):
    id: str
    host: str
    queues: list[str]
    devices: list[Any]
    num_devices: int = Field(description="How many a run that it trains may use.")
    free_disk_bytes: int | None = Field(description="Where it writes checkpoints; null: it does not say.")
    online: bool
    leaving: bool
    started_at: datetime
    last_seen_at: datetime

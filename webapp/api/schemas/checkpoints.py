"""Schemas of checkpoints and evaluations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import (
    StrictBool,
)

from webapp.api.schemas.base import Body, Sentence, TextRules
from webapp.checkpoints.pins import LONGEST_NOTE


class NewEvaluation(Body):
    split: Literal["validation", "test"]
    version: int | None = Field(
        None,
        ge=1,
        lt=2**31,
        strict=True,
        description="A mended version of the data instead of what the run trained on.",
    )


class Pin(Body):
    pinned: StrictBool = True


class Note(Body):
    note: Annotated[str, TextRules(LONGEST_NOTE, lines=True)]


class CheckpointQuery(Schema):
    run: UUID | None = None


class Download(Schema):
    format: Literal["keras", "weights"] = "keras"


class CheckpointOut(Schema):
    id: UUID
    run: UUID
    name: str
    epoch: int
    attempt: int
    metrics: dict[str, Any]
    value: float | None = Field(description="Value of the experiment's metric.")
    size_bytes: int
    digest: str = Field(description="SHA-256 over all weights, as “python -m trainer digest” prints it.")
    latest: bool
    best: bool
    pinned: bool
    note: str
    damaged: Sentence
    files_kept: bool
    created_at: datetime
    page: str


class VerificationOut(Schema):
    whole: bool | None = Field(description="null if it cannot be determined now; nothing was changed.")
    sentence: Sentence


class EvaluationOut(Schema):
    id: UUID
    checkpoint: UUID
    split: str
    version: int = Field(description="Version of the data on which it is measured.")
    state: str
    progress: dict[str, Any]
    result: dict[str, Any] = Field(
        description="metrics; baseline, what always answering the most frequent class or the mean of the training data "
        "reaches; for classes per_class, confusion, mistakes and reliability; for two of them threshold, chosen on "
        "validation data; for several labels per_class, mistakes and wrong (index, number of the label, whether it is "
        "there, its probability); for a number pairs, residual_histogram and worst."
    )
    error: Sentence
    advice: Sentence
    created_at: datetime
    finished_at: datetime | None
    page: str

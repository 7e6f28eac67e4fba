"""Schemas of the versions of a dataset, and of corrections of its labels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import StrictBool

from webapp.api.schemas.base import Body, Sentence, TextRules
from webapp.api.schemas.datasets import DatasetOut

LABEL = "Class, list of all labels of an example that may have several, or value of the target; null leaves it out."
Name = Annotated[str, TextRules(1000)]
Index = Annotated[int, Field(ge=0, lt=2**31, strict=True)]


class Difference(Schema):
    """What a version changes of the one before."""

    added: int
    removed: int
    relabelled: int
    moved: int = Field(description="Examples that moved between the dataset's own splits.")
    left_out: int
    taken_back: int


class FindingOut(Schema):
    """What a rule noticed in the data."""

    name: str = Field(description="Name of the rule; empty in the summary of an earlier release.")
    message: Sentence
    advice: Sentence
    num_examples: int = Field(description="Number of examples it is about; 0 when it is about a column.")


class VersionOut(DatasetOut):
    created_by: str | None
    created_at: datetime
    state: str = Field(description="State of its preparation.")
    difference: Difference | None = Field(description="Null for the first version, and until it is prepared.")
    findings: list[FindingOut]
    baseline: Sentence = Field(description="How well the simplest answer does; empty until it is prepared.")


class CorrectionIn(Body):
    index: Index = Field(description="Place of the example in the dataset, from 0.")
    label: Name | float | list[Name] | None = Field(description=LABEL)


class Corrections(Body):
    corrections: list[CorrectionIn] = Field(min_length=1)
    ambiguous: StrictBool = Field(False, description="Whether nobody can tell the labels that are null.")


class PendingOut(Schema):
    index: int
    label: str | float | list[str] | None = Field(description=LABEL)
    ambiguous: bool = Field(alias="is_ambiguous")
    by: str | None
    said_at: datetime


class ExampleQuery(Schema):
    """Filters of examples; all conditions must hold."""

    version: int | None = Field(None, ge=1, lt=2**31, description="Version of the dataset; without it, the newest.")
    class_name: Annotated[str, TextRules(1000)] = Field("", description="Class, or one of several labels.")
    split: Literal["training", "validation", "test"] | None = Field(None, description="The dataset's own split.")
    finding: Annotated[str, TextRules(64)] = Field("", description="Name of a finding of that version.")
    evaluation: UUID | None = Field(None, description="Evaluation on this dataset; see `answers`.")
    answers: Literal["wrong", "problems"] = Field(
        "wrong", description="Of that evaluation: wrong predictions, or labels that are likely wrong."
    )
    true: Annotated[str, TextRules(1000)] = Field("", description="True class of a wrong prediction.")
    predicted: Annotated[str, TextRules(1000)] = Field("", description="Predicted class of a wrong prediction.")


class ExampleOut(Schema):
    index: int
    split: str = Field(description="The dataset's own split: training, validation or test.")
    label: str | float | list[str] = Field(description="Class, list of labels, or value of the target.")
    left_out: bool = Field(description="Whether somebody left it out of this version.")
    values: list[str | float | None] | None = Field(description="Cells of a row of a table; null for other data.")
    note: Sentence = Field(description="What the evaluation says of it.")


class Indices(Body):
    indices: list[Index] | None = Field(None, description="Of which examples; without it, of all.")


class TrainOn(Body):
    version: int = Field(ge=1, lt=2**31, strict=True, description="Version of the dataset that the run trains on.")

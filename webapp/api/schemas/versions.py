"""Schemas of the versions of a dataset, and of corrections of its labels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema
from pydantic import StrictBool

from webapp.api.schemas.base import Body, TextRules
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


class VersionOut(DatasetOut):
    created_by: str | None
    created_at: datetime
    state: str = Field(description="State of its preparation.")
    difference: Difference | None = Field(description="Null for the first version, and until it is prepared.")


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


class Indices(Body):
    indices: list[Index] | None = Field(None, description="Of which examples; without it, of all.")


class TrainOn(Body):
    version: int = Field(ge=1, lt=2**31, strict=True, description="Version of the dataset that the run trains on.")

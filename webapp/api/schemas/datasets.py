"""Schemas of datasets, and of a team's own data on its way to one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema

from trainer.data.own.choices import Choices, ColumnChoice
from webapp.api.schemas.base import Body, Sentence, TextRules
from webapp.api.schemas.plugins import Parameters
from webapp.datasets.uploading import LONGEST_NAME, MOST_BYTES

ColumnName = Annotated[str, TextRules(1000)]


class DatasetColumnOut(Schema):
    name: str
    categories: list[str] = Field(description="Their places, from 0, are the numbers that a network takes.")
    has_missing: bool = Field(description="Whether cells are missing, which a network takes as NaN.")


class DatasetOut(Schema):
    name: str
    title: str
    task: str = Field(description="`classification`, `multilabel` (several labels an example) or `regression`.")
    kind: str
    input_shape: list[int]
    num_examples: int
    num_classes: int
    class_names: list[str]
    columns: list[DatasetColumnOut] = Field(description="Of a table, in the order of a row without its target.")
    bundled: bool = Field(description="Included with Trainyard; others are downloaded on first use.")
    shared: bool = Field(description="Whether all teams have it; otherwise it is the team's own.")
    version: int
    ready: bool = Field(description="Whether a worker has prepared the data.")
    content_hash: str = Field(description="SHA-256 of the data, empty until it is prepared.")
    num_bytes: int = Field(description="Size of the prepared data in the store; 0 while it is not there.")


class RecipeOut(Schema):
    """Settings that belong together, for one dataset."""

    name: str
    title: Sentence
    help: Sentence
    source: str = Field(description="The paper or practice that it is from.")
    spec: dict[str, Any]


class NewUpload(Body):
    name: Annotated[str, TextRules(LONGEST_NAME, required=True)] = Field(
        description="Name of the file, such as parts.zip; its ending says what the file is."
    )
    num_bytes: int = Field(ge=1, le=MOST_BYTES, description="Size of the file in bytes.")
    sha256: str = Field(
        "",
        pattern="^([0-9a-f]{64})?$",
        description="SHA-256 of the file. If the team has a dataset of the same file, nothing need be sent; a file "
        "that arrives damaged is refused.",
    )
    again: bool = Field(False, description="Whether to send the file although the team has a dataset of it.")


class Part(Schema):
    offset: int = Field(0, ge=0, le=MOST_BYTES, description="Where the part begins in the file, in bytes.")


class ColumnChoiceIn(ColumnChoice):
    """How a column of a table is read, and whether it is used; "auto" leaves it to be guessed."""

    name: Annotated[str, TextRules(1000, required=True)]


class Into(Schema):
    version_of: Annotated[str, TextRules(64)] = Field(
        "", description="Name of a dataset of the team of which it becomes the next version; empty for a new dataset."
    )


class ChoicesIn(Choices):
    """How the data is to be understood; whatever is left out is guessed from the data."""

    title: Annotated[str, TextRules(100)] = Field("", description="Title of the dataset.")
    target: ColumnName | None = Field(None, description="Column of a table to predict.")
    unlabelled: Annotated[str, TextRules(100)] = Field(
        "", description="A class for pictures that have none; without it they are left out."
    )
    leave_out_classes: tuple[ColumnName, ...] = Field((), description="Classes of pictures to leave out.")
    group: ColumnName | None = Field(
        None,
        description="What examples that a split keeps together have in common: a column of a table; `column`, `folder` "
        "or `name` for pictures; empty for nothing.",
    )
    time: ColumnName | None = Field(None, description="Column of a table with the time of each row; empty for none.")
    columns: tuple[ColumnChoiceIn, ...] = Field(  # type: ignore[assignment]
        (), description="Columns of a table whose type or role is not as guessed."
    )
    classes: tuple[ColumnName, ...] = Field((), description="Classes in their order; those that are not named follow.")
    parameters: Parameters = Field({}, description="Parameters of a dataset in Python; a file has none.")


class ClassOut(Schema):
    name: str
    count: int = Field(description="Number of its examples.")


class ColumnOut(Schema):
    name: str
    type: Literal["number", "category", "date", "text", "empty"]
    role: Literal["input", "target", "out"]
    num_missing: int = Field(description="Number of its cells that are empty.")
    reason: Sentence = Field(description="Why it is left out, or what is doubtful about it; empty if nothing is.")


class LeftOutOut(Schema):
    name: str
    reason: Sentence


class SizeOut(Schema):
    name: str = Field(description="Such as 640 × 480, or a range of the longer side.")
    count: int


class RemedyOut(Schema):
    says: Sentence
    choices: dict[str, Any] = Field(description="Send these to `look`, beside the choices made before.")


class UnderstoodOut(Schema):
    """What a worker found in the file."""

    layout: Sentence
    kind: str
    task: str
    num_examples: int
    num_validation: int = Field(0, description="Examples that the file itself sets aside for validation; 0 if none.")
    num_test: int = Field(description="Examples that the file itself sets aside for the test; 0 if none.")
    group_name: str = Field("", description="What examples that belong together have in common; empty if nothing.")
    num_groups: int = Field(0, description="Number of groups of such examples.")
    time_name: str = Field("", description="Column with the time of each row; empty if none.")
    input_shape: list[int]
    classes: list[ClassOut]
    feature_names: list[str]
    target_name: str | None
    columns: list[ColumnOut] = Field(description="Every column of a table; empty for other data.")
    sizes: list[SizeOut] = Field([], description="Of pictures: how many there are of each size.")
    notes: list[Sentence]
    remedies: list[RemedyOut] = Field([], description="What can be done about what was left out.")
    left_out: list[LeftOutOut] = Field(description="The first of the files or columns that were left out.")
    num_left_out: int


class UploadOut(Schema):
    id: UUID
    file_name: str
    num_bytes: int
    received_bytes: int = Field(description="How much of the file has arrived; the next part begins here.")
    sha256: str = Field(description="SHA-256 of the file; empty until a worker has read it.")
    act: Literal["understand", "prepare"] = Field(description="What a worker does with the file once it is complete.")
    state: str = Field(description="State of that work; stopped while parts are missing.")
    error: Sentence
    advice: Sentence
    choices: Choices
    understood: UnderstoodOut | None = Field(description="Null until a worker has read the file.")
    dataset: str | None = Field(description="Name of the dataset that it became.")
    created_at: datetime
    page: str

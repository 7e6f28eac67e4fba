"""What is known of a dataset without its data: facts as a value, which is passed to whatever needs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trainer.messages.message import Message, verbatim

# "multilabel": an example may have several of the classes, or none.
Task = Literal["classification", "multilabel", "regression"]
DataKind = Literal["image", "table"]
Origin = Literal["bundled", "download", "own"]


def joined_labels(names: Iterable[str]) -> str:
    """The names of all labels of an example in one text; a dash where it has none."""
    return ", ".join(names) or "–"


class ColumnFacts(BaseModel):
    """A column of a table: numbers, or the numbers of its ``categories``, which count from 0.

    ``has_missing``: some rows have nothing there, which is NaN in the prepared array.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    categories: tuple[str, ...] = ()
    has_missing: bool = False


class DatasetFacts(BaseModel):
    """What the form checks a spec against, a network is planned from, and a page shows.

    ``input_shape`` is the shape of one example: (height, width, channels) for images, (columns,) for tables.
    ``num_validation`` and ``num_test`` are the sizes of the dataset's own splits, 0 when it has none; they are at the
    end, test last, and ``num_examples`` counts them. ``value_range`` is the range of raw input values of images.
    ``stroke_share`` is the share of an image's side that drawn strokes fill. ``origin``: included with a library,
    downloaded, or a team's own. ``columns`` describes those of a table with categories or missing cells; without it,
    every column holds numbers. ``group_name`` says what examples that belong together share, such as a patient, and
    ``time_name`` what their times are; empty when they have none. ``num_groups`` counts the groups outside of the
    dataset's own splits; while there are few, ``group_sizes`` has the number of each (see
    :mod:`trainer.data.membership`) and how many examples it has. ``num_left_out`` of the examples are left out by
    people who mended the labels; the other numbers count them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=64)
    title: str
    task: Task
    kind: DataKind
    input_shape: tuple[Annotated[int, Field(ge=1)], ...]
    num_examples: int = Field(ge=1)
    description: str = ""
    source: str = ""
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    columns: tuple[ColumnFacts, ...] = ()
    target_name: str = ""
    num_validation: int = Field(0, ge=0)
    num_test: int = Field(0, ge=0)
    num_left_out: int = Field(0, ge=0)
    value_range: tuple[float, float] = (0.0, 1.0)
    stroke_share: float = Field(1.0, gt=0, le=1)
    origin: Origin = "own"
    download_megabytes: int = Field(0, ge=0)
    group_name: str = ""
    num_groups: int = Field(0, ge=0)
    group_sizes: tuple[tuple[int, int], ...] = ()
    time_name: str = ""

    @property
    def num_classes(self) -> int:
        """0 for a regression."""
        return len(self.class_names)

    @property
    def traits(self) -> frozenset[str]:
        """What spec fields say that they apply to: see ``applies_to`` of :func:`trainer.spec.fields.field`."""
        has = {
            "test split": self.num_test,
            "validation split": self.num_validation,
            "groups": self.group_name,
            "times": self.time_name,
            "categories": any(column.categories for column in self.columns),
            "missing numbers": any(column.has_missing and not column.categories for column in self.columns),
            "missing categories": any(column.has_missing and column.categories for column in self.columns),
        }
        return frozenset({self.task, self.kind, *(trait for trait, there in has.items() if there)})

    @property
    def bundled(self) -> bool:
        """Whether it is included, so that no download is needed."""
        return self.origin == "bundled"

    @property
    def every_column(self) -> tuple[ColumnFacts, ...]:
        """The columns of a table, also of one with numbers alone."""
        return self.columns or tuple(ColumnFacts(name=name) for name in self.feature_names)

    @property
    def shown_title(self) -> Message:
        """The title for people: in their language for data that Trainyard brings, else as its team wrote it."""
        return self._shown(self.title)

    @property
    def shown_description(self) -> Message:
        """The description for people, as their title."""
        return self._shown(self.description)

    @property
    def shown_target_name(self) -> Message:
        """The name of the target for people, as their title; empty for data without one."""
        return self._shown(self.target_name)

    def _shown(self, text: str) -> Message:
        return verbatim(text) if self.origin == "own" else Message(text)

    @model_validator(mode="after")
    def agree(self) -> DatasetFacts:
        if (self.task == "regression") == bool(self.class_names):
            raise ValueError(Message("a regression has no class names, and every other task has some"))
        if len(self.input_shape) != {"image": 3, "table": 1}[self.kind]:
            shape = str(self.input_shape)
            raise ValueError(
                Message("an example of kind {kind} cannot have the shape {shape}", kind=self.kind, shape=shape)
            )
        if self.kind == "table" and len(self.feature_names) != self.input_shape[0]:
            raise ValueError(
                Message(
                    "{count} column is named, {there} are there",
                    plural="{count} columns are named, {there} are there",
                    count=len(self.feature_names),
                    there=self.input_shape[0],
                )
            )
        if self.columns and tuple(column.name for column in self.columns) != self.feature_names:
            raise ValueError(Message("the columns described are not those named"))
        held_out = self.num_validation + self.num_test
        if held_out >= self.num_examples:
            raise ValueError(
                Message(
                    "{held_out} of {total} examples are validation or test examples: none is left",
                    held_out=held_out,
                    total=self.num_examples,
                )
            )
        return self

"""What a person may choose of how their data is understood; whatever is left open is guessed from the data."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trainer.errors import BadData
from trainer.messages.message import Message

# By what pictures can be grouped: see trainer/data/own/grouping.py.
PICTURE_GROUPS = {
    "column": Message("a column of the table of labels"),
    "folder": Message("the folder inside that of the class"),
    "name": Message("the file name up to its last _, -, dot or space"),
}
# What separates the columns of a table in text, and the encodings of its text.
DELIMITERS = {
    ",": Message("commas"),
    ";": Message("semicolons"),
    "\t": Message("tabs"),
    "|": Message("vertical bars"),
}
ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GB18030", "latin-1": "Latin-1"}


def parse_choices(text: str) -> Choices:
    """Read choices from JSON; raises :class:`BadData` with the first field that is wrong."""
    try:
        return Choices.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "JSON"
        raise BadData(Message("{field}: {problem}", field=field, problem=first["msg"])) from None


class ColumnChoice(BaseModel):
    """How a column of a table is read, and whether the target is predicted from it or it is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(max_length=1000)
    type: Literal["auto", "number", "category"] = "auto"
    role: Literal["auto", "input", "out"] = "auto"


class Choices(BaseModel):
    """``None`` and "auto" leave a question to be answered from the data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field("", max_length=100)
    # The first classes in their order; others follow in the order that was guessed.
    classes: tuple[str, ...] = ()
    # Pictures: their size in pixels, how they get it, and whether colours count.
    height: int | None = Field(None, ge=8, le=1024)
    width: int | None = Field(None, ge=8, le=1024)
    resize: Literal["squash", "crop", "pad"] = "crop"
    colour: Literal["auto", "colour", "grey"] = "auto"
    # A class for pictures that have none, which are left out otherwise, and classes that are not wanted.
    unlabelled: str = Field("", max_length=100)
    leave_out_classes: tuple[str, ...] = ()
    # What examples have in common that a split keeps together, "" for nothing: a column of a table, or for pictures
    # "column", "folder" or "name" (see trainer/data/own/grouping.py). Tables: the column that says when each row was.
    group: str | None = Field(None, max_length=1000)
    time: str | None = Field(None, max_length=1000)
    # What targets are. Pictures: one class or several labels each. Tables and arrays: classes or a number; arrays also
    # several labels.
    task: Literal["auto", "classification", "multilabel", "regression"] = "auto"
    # Tables: the column to predict, the others where a guess is not right, what becomes of rows with
    # missing cells, and how a file of text is written.
    target: str | None = Field(None, max_length=1000)
    columns: tuple[ColumnChoice, ...] = ()
    missing_rows: Literal["keep", "drop"] = "keep"
    delimiter: Literal["auto", ",", ";", "\t", "|"] = "auto"
    header: Literal["auto", "yes", "no"] = "auto"
    encoding: Literal["auto", "utf-8", "gb18030", "latin-1"] = "auto"
    decimal: Literal["auto", ".", ","] = "auto"
    # A dataset in Python: its parameters by name; those that are not there have their defaults.
    parameters: dict[str, bool | int | float | str] = {}

    @property
    def settle_pictures(self) -> bool:
        """Whether the shape of pictures follows from the choices alone."""
        return None not in {self.height, self.width} and self.colour != "auto"

    def of_column(self, name: str) -> ColumnChoice:
        """What was chosen for the column ``name``; of several entries the last one."""
        return next((each for each in reversed(self.columns) if each.name == name), ColumnChoice(name=name))

"""What a person may choose of how their data is understood; whatever is left open is guessed from the data."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trainer.errors import BadData
from trainer.messages.message import Message


def parse_choices(text: str) -> Choices:
    """Read choices from JSON; raises :class:`BadData` with the first field that is wrong."""
    try:
        return Choices.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "JSON"
        raise BadData(Message("{field}: {problem}", field=field, problem=first["msg"])) from None


class Choices(BaseModel):
    """``None`` and "auto" leave a question to be answered from the data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field("", max_length=100)
    # Pictures: their size in pixels, how they get it, and whether colours count.
    height: int | None = Field(None, ge=8, le=1024)
    width: int | None = Field(None, ge=8, le=1024)
    resize: Literal["squash", "crop", "pad"] = "crop"
    colour: Literal["auto", "colour", "grey"] = "auto"
    # A class for pictures that have none, which are left out otherwise, and classes that are not wanted.
    unlabelled: str = Field("", max_length=100)
    leave_out_classes: tuple[str, ...] = ()
    # Tables: the column to predict and what it is, columns to leave out, and what separates and names columns.
    target: str | None = Field(None, max_length=1000)
    task: Literal["auto", "classification", "regression"] = "auto"
    drop: tuple[str, ...] = ()
    delimiter: Literal["auto", ",", ";", "\t", "|"] = "auto"
    header: Literal["auto", "yes", "no"] = "auto"

    @property
    def settle_pictures(self) -> bool:
        """Whether the shape of pictures follows from the choices alone."""
        return None not in {self.height, self.width} and self.colour != "auto"

"""Schemas of datasets in Python."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from trainer.messages.message import Message
from trainer.plugins.parameters import MOST_CHARACTERS
from webapp.api.schemas.base import Body, Sentence, TextRules

TEXT = TextRules(MOST_CHARACTERS)


def _plain(given: Any) -> Any:
    """A union of types would be refused with a problem for each of them."""
    if isinstance(given, str) and len(given) <= MOST_CHARACTERS:
        return TEXT.check(given)
    if isinstance(given, bool | int) or (isinstance(given, float) and math.isfinite(given)):
        return given
    sentence = str(Message("accepted: a number, true, false, or a text of at most {most}.", most=MOST_CHARACTERS))
    raise PydanticCustomError("parameter", "{sentence}", {"sentence": sentence})


# What a parameter may be; which of these, and in which range, its dataset says.
ParameterName = Annotated[str, TextRules(100, required=True)]
SHAPES = [{"type": "boolean"}, {"type": "number"}, {"type": "string", "maxLength": MOST_CHARACTERS}]
Given = Annotated[Any, AfterValidator(_plain), WithJsonSchema({"anyOf": SHAPES})]
Parameters = dict[ParameterName, Given]


class ParameterOut(Schema):
    name: str
    title: str
    help: str
    type: Literal["integer", "number", "boolean", "text", "choice"]
    default: Any = Field(description="Null if it must be given.")
    options: list[Any] = Field(description="What a choice may be.")
    accepted: Sentence = Field(description="What may be given, in words.")


class PluginOut(Schema):
    """A dataset that a Python file declares; of a file that cannot be used only the file and the problem."""

    name: str = Field(description="File and function, such as moons.py:moons.")
    file: str
    title: str
    description: str
    task: str
    parameters: list[ParameterOut]
    problem: Sentence = Field(description="Why the file cannot be used; empty if it can.")


class PluginsOut(Schema):
    state: str = Field(description="State of the reading of the folder; stopped while nobody has asked for one.")
    error: Sentence
    finished_at: datetime | None
    datasets: list[PluginOut]


class NewPluginDataset(Body):
    plugin: Annotated[str, TextRules(250, required=True)] = Field(description="Name, such as moons.py:moons.")
    title: Annotated[str, TextRules(100)] = Field("", description="Title of the dataset.")
    parameters: Parameters = Field({}, description="Its parameters by name; those left out have their defaults.")

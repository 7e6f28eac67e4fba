"""Shared schemas: text that people write, bodies without unknown fields, refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import (
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from trainer.messages.message import Message
from webapp.runs.tags import MAX_TAG_LENGTH, SEPARATOR
from webapp.ui.text import pattern, text_problem


@dataclass(frozen=True)
class TextRules:
    """Annotates a ``str``: it is stripped and checked against the rules of ``webapp.ui.text``.

    ``most`` is the maximum length in characters; ``lines`` allows several lines, ``required`` refuses an empty text.
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
        if sentence := text_problem(text, lines=self.lines):
            raise _refused(sentence)
        if self.required and not text:
            raise _refused(Message("This has no visible characters. Write a name."))
        if found := set(self.without) & set(text):
            raise _refused(Message("“{found}” is not accepted here.", found=min(found)))
        return text


def _refused(sentence: Message) -> PydanticCustomError:
    return PydanticCustomError("text", "{sentence}", {"sentence": str(sentence)})


# What a message says in the language of the request.
Sentence = Annotated[str, BeforeValidator(str)]


Tag = Annotated[str, TextRules(MAX_TAG_LENGTH, required=True, without=SEPARATOR)]


class Body(Schema):
    """A request body. Unknown fields are refused, so that a typo is not ignored silently."""

    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    path: str = Field(description="Path of the field, such as network.layers.0.units.")
    message: str = Field(description="What was given, what is accepted, what to do.")


class Refusal(Schema):
    """The response to every refused request, with a status of 400 or above."""

    detail: str = Field(description="What is wrong, in a sentence.")
    problems: list[Problem] = Field(description="What is wrong with single fields.")

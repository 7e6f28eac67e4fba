"""What people say about labels. Imports no NumPy: the site reads it, and a trainer that waits for a request."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from trainer.errors import BadData
from trainer.messages.message import Message

MOST_EXAMPLES = 2**31


class Correction(BaseModel):
    """What a person says about the example ``index``: its class or value; ``None`` leaves it out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: int = Field(ge=0, lt=MOST_EXAMPLES)
    label: str | float | None


def parse_corrections(text: str) -> list[Correction]:
    """Read a JSON list such as ``[{"index": 17, "label": "cat"}, {"index": 18, "label": null}]``.

    Raises :class:`BadData`.
    """
    try:
        return TypeAdapter(list[Correction]).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadData(
            Message(
                "{place}: {problem}. Accepted is a list such as {example}.",
                place=".".join(map(str, first["loc"])) or "JSON",
                problem=first["msg"],
                example='[{"index": 17, "label": "cat"}, {"index": 18, "label": null}]',
            )
        ) from None

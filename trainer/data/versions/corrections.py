"""What people say about labels. Imports no NumPy: the site reads it, and a trainer that waits for a request."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from trainer.data.facts import DatasetFacts
from trainer.errors import BadData
from trainer.messages.message import NOTHING, Message

MOST_EXAMPLES = 2**31
LARGEST = 3.4028234e38  # of float32


# A class, a value, or all labels of an example that may have several.
Label = str | float | tuple[str, ...]


class Correction(BaseModel):
    """What a person says about the example ``index``: its label; ``None`` leaves it out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: int = Field(ge=0, lt=MOST_EXAMPLES)
    label: Label | None

    def problem(self, facts: DatasetFacts) -> Message:
        """Why it cannot be said of data with these ``facts``; empty when it can."""
        if self.index >= facts.num_examples:
            last = facts.num_examples - 1
            return Message("There is no example {index}; accepted: 0 to {last}.", index=self.index, last=last)
        shown = repr(self.label)[:64]
        if self.label is None:
            return NOTHING
        if facts.task == "classification" and self.label not in facts.class_names:
            classes = ", ".join(facts.class_names)
            return Message("{label} is no class; accepted: {classes}.", label=shown, classes=classes)
        if facts.task == "multilabel" and not self._are_labels(facts):
            classes = ", ".join(facts.class_names)
            return Message("{label} is no list of labels; accepted: any of {classes}.", label=shown, classes=classes)
        if facts.task == "regression" and not (isinstance(self.label, float) and abs(self.label) <= LARGEST):
            return Message("{label} is no finite number. Give the value of the target.", label=shown)
        return NOTHING

    def _are_labels(self, facts: DatasetFacts) -> bool:
        return isinstance(self.label, tuple) and set(self.label) <= set(facts.class_names)


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

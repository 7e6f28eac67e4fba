"""What an augmentation asks for that the data cannot have, and what it is likely to get wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from trainer.data.facts import DatasetFacts
from trainer.errors import Problem
from trainer.messages.message import NOTHING, Message
from trainer.spec import Augmentation, Spec

COLOURS = 3


def augmentation_problems(spec: Spec, facts: DatasetFacts) -> Iterator[Problem]:
    """Techniques for other data than this, and mixing where there is nothing to mix with."""
    for name, value in spec.augmentation.model_dump(mode="json").items():
        if value and (message := _refusal(name, value, spec, facts)):
            yield Problem(("augmentation", name), message)


def _refusal(name: str, value: Any, spec: Spec, facts: DatasetFacts) -> Message:
    """Why ``value`` cannot be had; empty when it can."""
    shown: Any = Augmentation.model_fields[name].json_schema_extra
    values: dict[str, Any] = {"given": json.dumps(value), "dataset": facts.shown_title}
    off = json.dumps(Augmentation.model_fields[name].default)
    if facts.kind not in shown["applies_to"]:
        if facts.kind == "table":
            return Message("{given} given, but {dataset} is a table; accepted: {off}. Leave it out.", **values, off=off)
        return Message("{given} given, but {dataset} has pictures; accepted: {off}. Leave it out.", **values, off=off)
    if name in {"hue", "saturation"} and facts.input_shape[-1] != COLOURS:
        return Message(
            "{given} given, but the pictures of {dataset} have no colours; accepted: 0. Set it to 0.", **values
        )
    if name in {"mixup", "cutmix"} and spec.fit.batch_size == 1:
        return Message(
            "{given} given, but a batch of one example has nothing to mix it with; accepted: 0. Set it to 0, or raise "
            "the batch size.",
            given=values["given"],
        )
    return NOTHING


def augmentation_warning(asked: Augmentation, facts: DatasetFacts) -> Message:
    """A sentence on flips that make other signs of digits and letters; empty where there is nothing to say."""
    if not (asked.horizontal_flip or asked.vertical_flip) or not _has_signs(facts):
        return NOTHING
    return Message(
        "The classes of {dataset} look like digits or letters. Flipped, some become others, such as 6 and 9 or b and "
        "d, and most become signs that nobody writes: training without flips is mostly better.",
        dataset=facts.shown_title,
    )


def _has_signs(facts: DatasetFacts) -> bool:
    """Whether pictures are of drawn strokes, or most classes are named by one character."""
    names = facts.class_names
    are_characters = sum(len(name.strip()) == 1 for name in names) > len(names) / 2
    return facts.kind == "image" and (facts.stroke_share < 1 or are_characters)

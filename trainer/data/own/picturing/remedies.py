"""What a person may choose with one click about pictures that are left out, and what becomes of those chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trainer.data.own.choices import Choices
from trainer.data.own.entries import LeftOut
from trainer.data.own.picture_layout import Labelled, is_picture_name
from trainer.messages.message import Message

# With fewer pictures a class can hardly be learnt, or measured; trainer/data/findings.py warns of the same.
FEW = 20
LEAST_CLASSES = 2
NAME = "other"


@dataclass(frozen=True)
class Remedy:
    """What it does, in a sentence, and the fields of :class:`Choices` that do it."""

    says: Message
    choices: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"says": self.says.to_json(), "choices": self.choices}


def chosen(
    pictures: Sequence[Labelled], names: Sequence[str], choices: Choices
) -> tuple[list[Labelled], list[LeftOut]]:
    """The ``pictures`` of a layout as corrected by ``choices``, and those that are left out because of them."""
    every = list(pictures)
    if choices.unlabelled:
        labelled = {each.index for each in pictures}
        loose = [n for n, name in enumerate(names) if is_picture_name(name) and n not in labelled]
        labels = (choices.unlabelled,) if any(each.labels is not None for each in pictures) else None
        every += [Labelled(index, choices.unlabelled, labels=labels) for index in loose]
    unwanted = set(choices.leave_out_classes)
    reason = Message("You left its class out.")
    left_out = [LeftOut(names[each.index], reason) for each in every if each.label in unwanted]
    return [each for each in every if each.label not in unwanted], left_out


def without_single_pictures(pictures: Sequence[Labelled], names: Sequence[str]) -> tuple[list[Labelled], list[LeftOut]]:
    """Leave out classes of one picture, as long as there are two others."""
    counts = Counter(each.label for each in pictures)
    single = {name for name, count in counts.items() if count == 1}
    if len(counts) - len(single) < LEAST_CLASSES:
        return list(pictures), []
    reason = Message("It is the only picture of its class; at least two are needed. Add some.")
    left_out = [LeftOut(names[each.index], reason) for each in pictures if each.label in single]
    return [each for each in pictures if each.label not in single], left_out


def remedies_for(num_unlabelled: int, counts: dict[str, int], choices: Choices) -> Iterator[Remedy]:
    """What can be done, given how many pictures have no class, and how many pictures each class has."""
    if choices.unlabelled:
        yield Remedy(Message("Leave out the pictures without a class again"), {"unlabelled": ""})
    elif num_unlabelled:
        name = next(name for name in (NAME, *(f"{NAME}-{n}" for n in range(2, len(counts) + 3))) if name not in counts)
        yield Remedy(_use(num_unlabelled, name), {"unlabelled": name})
    few = [name for name, count in counts.items() if count < FEW]
    if few and len(counts) - len(few) >= LEAST_CLASSES:
        says = Message(
            "Leave out the class with fewer than {least} pictures",
            plural="Leave out the {count} classes with fewer than {least} pictures",
            count=len(few),
            least=FEW,
        )
        yield Remedy(says, {"leave_out_classes": [*choices.leave_out_classes, *few]})
    if choices.leave_out_classes:
        yield Remedy(Message("Use all classes again"), {"leave_out_classes": []})


def _use(count: int, name: str) -> Message:
    return Message(
        "Use the picture without a class as a class “{name}”",
        plural="Use the {count:,} pictures without a class as a class “{name}”",
        count=count,
        name=name,
    )

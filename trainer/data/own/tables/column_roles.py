"""Which columns of a table the target is predicted from, which are left out, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from trainer.data.own.choices import Choices, ColumnChoice
from trainer.data.own.tables.columns import WHY_DOUBTED, WHY_NOT, Column
from trainer.errors import BadData
from trainer.messages.message import NOTHING, Message

# What people call the column to predict; without such a name it is the last one.
TARGETS = ("target", "label", "class", "y", "outcome", "species", "diagnosis")
Role = Literal["input", "target", "group", "time", "out"]
YOURS = Message("You left it out.")
COPY = Message("It is a copy of the target.")
ONE_TO_ONE = Message("Each of its values belongs to one class: it may be the target in other words.")


@dataclass(frozen=True)
class TableColumn:
    """A column as a page shows it: its role, and the ``reason`` why it is left out or looks doubtful."""

    name: str
    type: str
    role: Role
    reason: Message
    num_missing: int

    def to_json(self) -> dict[str, Any]:
        plain = {"name": self.name, "type": self.type, "role": self.role, "num_missing": self.num_missing}
        return plain | {"reason": self.reason.to_json()}


def target_name(names: list[str], chosen: str | None) -> str:
    """The name of the column to predict; raises :class:`BadData` when the chosen one is not there."""
    if chosen is not None:
        if chosen not in names:
            shown = ", ".join(names[:20])
            raise BadData(Message("{given} given as target; accepted: {names}.", given=repr(chosen), names=shown))
        return chosen
    return next((name for name in names if name.strip().lower() in TARGETS), names[-1])


def roles_of(
    columns: list[Column], target: Column, choices: Choices, apart: Mapping[str, Role], *, classes: bool
) -> list[TableColumn]:
    """The role of each column, in order; ``apart`` has those that are not inputs, by name.

    Raises :class:`BadData` when none is left to predict from.
    """
    found = []
    for column in columns:
        role, reason = apart.get(column.name), NOTHING
        if role is None:
            role, reason = _role_of(column, target, choices.of_column(column.name), classes)
        found.append(TableColumn(column.name, column.kind, role, reason, column.words.null_count()))
    if not any(each.role == "input" for each in found):
        raise BadData(Message("No column is left to predict from. Choose another target, or leave fewer columns out."))
    return found


def notes_on(roles: list[TableColumn], choices: Choices) -> Iterator[Message]:
    """What is doubtful although it is used, and what was chosen for columns that are not there."""
    for each in roles:
        if each.role == "input" and each.reason:
            yield Message("{column}: {reason}", column=each.name, reason=each.reason)
    names = {each.name for each in roles}
    for name in dict.fromkeys(each.name for each in choices.columns if each.name not in names):
        yield Message("There is no column {name}; what was chosen for it has no effect.", name=repr(name))


def _role_of(column: Column, target: Column, choice: ColumnChoice, classes: bool) -> tuple[Role, Message]:
    if column is target:
        return "target", NOTHING
    if choice.role == "out":
        return "out", YOURS
    if column.kind in WHY_NOT:
        return "out", WHY_NOT[column.kind]
    is_copy = column.words.equals(target.words, null_equal=True)
    doubt = COPY if is_copy else WHY_DOUBTED.get(column.doubt)
    if doubt is not None:
        return "input" if choice.role == "input" else "out", doubt
    return "input", ONE_TO_ONE if classes and _is_one_to_one(column.words, target.words) else NOTHING


def _is_one_to_one(words: pl.Series, target: pl.Series) -> bool:
    pairs = pl.DataFrame({"words": words, "target": target}).drop_nulls()
    num_values = pairs["target"].n_unique()
    return 1 < num_values == pairs["words"].n_unique() == pairs.n_unique() < len(pairs)

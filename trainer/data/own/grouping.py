"""Which examples belong together, such as those of one patient, and when each was: taken from columns and file names.

Both are only for splits, and no input of a network. What looks like a group is taken as one unless a person says
otherwise, because a group that is ignored makes results look too good, and one too many does no harm.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import polars as pl

from trainer.data.fingerprints import fingerprint_of_text
from trainer.data.own.choices import PICTURE_GROUPS, Choices
from trainer.data.own.picture_layout import Labelled
from trainer.data.own.tables.columns import Column
from trainer.data.own.tables.dates import dates_of, times_of
from trainer.errors import BadData
from trainer.messages.message import Message

# Words in the names of columns that identify a person or thing with several rows.
GROUP_WORDS = {"id", "ids", "patient", "subject", "participant", "person", "user", "customer", "client", "donor"}
GROUP_WORDS |= {"household", "family", "speaker", "writer", "author", "session"}
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
# What is taken as groups unasked: some, most of them of several examples, none with a great part of the data.
LEAST_GROUPS, MOST_PER_EXAMPLE, MOST_SHARE = 10, 0.8, 0.2
SEPARATORS = "_-. "


@dataclass
class Apart:
    """What a table has beside inputs and target: ``words`` are the groups, ``seconds`` the times, NaN where missing."""

    group_name: str = ""
    words: pl.Series | None = None
    time_name: str = ""
    seconds: np.ndarray | None = None
    notes: list[Message] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """What the facts of the dataset say of it."""
        return {"group_name": self.group_name, "time_name": self.time_name}

    @property
    def roles(self) -> dict[str, Literal["group", "time"]]:
        """The roles of the columns that are taken, by their names."""
        found: dict[str, Literal["group", "time"]] = {self.group_name: "group", self.time_name: "time"}
        return {name: role for name, role in found.items() if name}

    def complete(self, keep: np.ndarray) -> np.ndarray:
        """Which of the rows to ``keep``, bool (rows,), have a time as well."""
        return keep if self.seconds is None else keep & np.isfinite(self.seconds)

    def groups(self, keep: np.ndarray) -> np.ndarray | None:
        """The number of each kept row's group, int64; rows without a group share one."""
        if self.words is None:
            return None
        return groups_of(self.words.fill_null("").filter(pl.Series(keep)).to_list())

    def times(self, keep: np.ndarray) -> np.ndarray | None:
        """When each kept row was, float64."""
        return None if self.seconds is None else self.seconds[keep]


def groups_of(names: Sequence[str]) -> np.ndarray:
    """The numbers of the groups with these ``names``, int64: the same for a name in whatever data it comes."""
    numbers = {name: fingerprint_of_text(name) for name in set(names)}
    return np.array([numbers[name] for name in names], np.int64)


def set_apart(columns: dict[str, Column], choices: Choices) -> Apart:
    """Take the columns of groups and times out of ``columns``: those chosen, else those that look like it.

    Raises :class:`BadData` for a chosen column that is not there, or that holds no times.
    """
    apart = Apart()
    _take_group(columns, choices, apart)
    _take_time(columns, choices, apart)
    return apart


def _take_group(columns: dict[str, Column], choices: Choices, apart: Apart) -> None:
    kept = _undecided(columns, choices)
    name = _chosen(columns, choices.group, "group")
    if choices.group is None and len(kept) > 1:
        name = next((column.name for column in kept if is_group_name(column.name) and _is_likely(column)), "")
        if name:
            apart.notes.append(
                Message(
                    "{column} is taken as the group: a split keeps rows with the same value together, and it is no "
                    "input. Choose no group if it tells something about new rows.",
                    column=name,
                )
            )
    if name:
        apart.group_name, apart.words = name, columns.pop(name).words


def _take_time(columns: dict[str, Column], choices: Choices, apart: Apart) -> None:
    kept = _undecided(columns, choices)
    name = _chosen(columns, choices.time, "time")
    if choices.time is None and len(kept) > 1:
        name = next((column.name for column in kept if column.numbers is None and _holds_dates(column)), "")
        if name:
            apart.notes.append(
                Message(
                    "{column} is taken as the time: a split can put the latest rows into the test, and it is no input.",
                    column=name,
                )
            )
    if not name:
        return
    apart.time_name, apart.seconds = name, times_of(columns.pop(name))
    if apart.seconds is None:
        raise BadData(
            Message(
                "{column} given as time; accepted: a column of dates, such as 2026-01-31, or of numbers. Choose "
                "another.",
                column=name,
            )
        )


def _undecided(columns: dict[str, Column], choices: Choices) -> list[Column]:
    """The columns of which nobody said that they are inputs or left out."""
    return [column for name, column in columns.items() if choices.of_column(name).role == "auto"]


def _chosen(columns: dict[str, Column], given: str | None, role: str) -> str:
    """The chosen column; "" when none is, or when that is left to be guessed."""
    if given and given not in columns:
        raise BadData(
            Message(
                "{given} given as {role}; accepted: {names}. The target cannot be it.",
                given=repr(given),
                role=Message("group") if role == "group" else Message("time"),
                names=", ".join(list(columns)[:20]),
            )
        )
    return given or ""


def is_group_name(name: str) -> bool:
    """Whether a column with this name identifies what rows belong to, such as ``patient_id`` or ``UserID``."""
    words = [word.lower() for word in WORD.findall(name)]
    return any(word in GROUP_WORDS or word.removesuffix("id") in GROUP_WORDS for word in words)


def _is_likely(column: Column) -> bool:
    counts = column.words.drop_nulls().value_counts()["count"]
    return _are_likely(counts.to_list(), len(column.words))


def _are_likely(counts: Sequence[int], total: int) -> bool:
    """Whether these sizes of groups are worth keeping together, among so many examples in total."""
    return LEAST_GROUPS <= len(counts) <= MOST_PER_EXAMPLE * total and max(counts) <= MOST_SHARE * total


def _holds_dates(column: Column) -> bool:
    return column.kind in ("category", "date", "text") and dates_of(column.words) is not None


def _by_column(picture: Labelled, name: str) -> str:
    return picture.group


def _by_folder(picture: Labelled, name: str) -> str:
    return picture.folder


def _by_name(picture: Labelled, name: str) -> str:
    """What is before the last separator of the file's name: ``patient12_3.png`` → ``patient12``."""
    stem = name.rpartition("/")[2].rpartition(".")[0]
    cut = max(stem.rfind(separator) for separator in SEPARATORS)
    return stem[:cut].rstrip(SEPARATORS) if cut > 0 else ""


Rule = Callable[[Labelled, str], str]
# How pictures are grouped, the most certain first; each gives "" for a picture that it cannot place.
PICTURE_RULES: dict[str, Rule] = {"column": _by_column, "folder": _by_folder, "name": _by_name}


def rule_for(pictures: Sequence[Labelled], names: Sequence[str], choices: Choices) -> tuple[str, list[Message]]:
    """How the pictures are grouped, "" for not at all, and what to say about it. ``names`` are those of all files.

    Raises :class:`BadData` for a choice that is no rule.
    """
    if choices.group is None:
        rule = next((rule for rule in PICTURE_RULES if _suggests_itself(rule, pictures, names)), "")
        return rule, [_proposal(rule, pictures, names)] if rule else []
    if choices.group and choices.group not in PICTURE_RULES:
        accepted = ", ".join(PICTURE_RULES)
        raise BadData(
            Message(
                "{given} given as group; accepted: {rules}, or empty for none.",
                given=repr(choices.group),
                rules=accepted,
            )
        )
    return choices.group, []


def names_of_groups(pictures: Sequence[Labelled], names: Sequence[str], rule: str) -> list[str]:
    """The name of each picture's group; a picture that the ``rule`` cannot place is a group of its own."""
    return [PICTURE_RULES[rule](picture, names[picture.index]) or f"/{names[picture.index]}" for picture in pictures]


def _suggests_itself(rule: str, pictures: Sequence[Labelled], names: Sequence[str]) -> bool:
    """Groups are of the usual sizes and more than the classes; prefixes of names carry a number, as patients do."""
    found = [PICTURE_RULES[rule](picture, names[picture.index]) for picture in pictures]
    counts = Counter(filter(None, found))
    if counts.total() < MOST_PER_EXAMPLE * len(pictures) or not _are_likely(list(counts.values()), len(pictures)):
        return False
    numbered = sum(any(map(str.isdigit, name)) for name in counts)
    return rule != "name" or numbered > MOST_PER_EXAMPLE * len(counts)


def _proposal(rule: str, pictures: Sequence[Labelled], names: Sequence[str]) -> Message:
    found = names_of_groups(pictures, names, rule)
    return Message(
        "{rule} is taken as the group, such as {example}: a split keeps the pictures of a group together. Choose no "
        "group if they have nothing in common.",
        rule=PICTURE_GROUPS[rule],
        example=Counter(found).most_common(1)[0][0],
    )

"""Kinds, tasks and traits of data, in words."""

from __future__ import annotations

from trainer.data.facts import DatasetFacts
from trainer.data.own.choices import PICTURE_GROUPS
from trainer.messages.message import NOTHING, Message, Words
from trainer.spec.metrics import CLASSIFICATION, MULTILABEL, REGRESSION

KINDS = {"image": Message("images"), "table": Message("tables")}
TASKS = {
    CLASSIFICATION: Message("classification"),
    MULTILABEL: Message("several labels"),
    REGRESSION: Message("regression"),
}
OF_SPLITS = {
    "test split": Message("data with a test split"),
    "validation split": Message("data with a validation split"),
    "groups": Message("data with groups"),
    "times": Message("data with times"),
}
# What a field or an option of a spec may be limited to.
TRAITS = {
    **KINDS,
    **TASKS,
    **OF_SPLITS,
    "categories": Message("tables with categories"),
    "missing numbers": Message("tables with missing numbers"),
    "missing categories": Message("tables with missing categories"),
}


def group_in_words(facts: DatasetFacts) -> Words:
    """What examples that belong together have in common; "" when the dataset has no groups."""
    return PICTURE_GROUPS.get(facts.group_name, NOTHING) if facts.kind == "image" else facts.group_name

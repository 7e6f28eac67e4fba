"""Facts of datasets that do not exist, for tests of what needs no particular data."""

from __future__ import annotations

from typing import Any

from trainer.data.facts import DatasetFacts


def table_facts(columns: tuple[str, ...], classes: tuple[str, ...], num_examples: int, **facts: Any) -> DatasetFacts:
    """Rows of numbers in ``columns``, each of one of the ``classes``; a team's own unless ``facts`` say otherwise."""
    return DatasetFacts(
        **{"name": "made-up", "title": "Made up", "target_name": "class"} | facts,
        task="classification",
        kind="table",
        input_shape=(len(columns),),
        num_examples=num_examples,
        class_names=classes,
        feature_names=columns,
    )


LABEL_FACTS = DatasetFacts(
    name="tags",
    title="Tags",
    task="multilabel",
    kind="table",
    input_shape=(4,),
    num_examples=200,
    class_names=("cat", "dog", "owl"),
    feature_names=("a", "b", "c", "d"),
    target_name="y",
)

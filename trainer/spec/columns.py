"""How the columns of a table reach the network: what stands in for missing cells, and how categories are encoded."""

from __future__ import annotations

from typing import ClassVar, Literal

from trainer.spec.fields import Option, Part, choice, field


class OneHot(Option):
    """A column for each category: 1 in the rows that have it, 0 in all others."""

    title: ClassVar[str] = "One-hot"

    kind: Literal["one_hot"] = "one_hot"


class Embedding(Option):
    """A few numbers for each category, which are learnt."""

    title: ClassVar[str] = "Embedding"

    kind: Literal["embedding"] = "embedding"
    size: int = field(
        4,
        label="Numbers for each category",
        help="Few are enough for few categories; a column never gets more than it has categories.",
        source="Guo and Berkhahn 2016, Entity embeddings of categorical variables",
        ge=1,
        le=64,
    )


Categories = OneHot | Embedding


class Columns(Part):
    """How missing cells are filled and categories encoded. Part of the network, so that a downloaded model takes raw
    rows; what is learnt for it, such as a mean, comes from the training part alone.
    """

    missing_numbers: Literal["mean", "median", "most_frequent"] = field(
        "mean",
        label="Missing numbers",
        help="What stands in for a missing number: a value of its column in the training data.",
        source="scikit-learn user guide, Imputation of missing values",
        applies_to=("missing numbers",),
    )
    mark_missing: bool = field(
        True,
        label="Mark missing numbers",
        help="Also tell the network in which cells a number was missing, by a column of 0 and 1.",
        source="Perez-Lebel et al. 2022, Benchmarking missing-values approaches for predictive models on diverse and "
        "large-scale health databases",
        applies_to=("missing numbers",),
    )
    missing_categories: Literal["own_category", "most_frequent"] = field(
        "own_category",
        label="Missing categories",
        help="What stands in for a missing category: one of its own, or the most frequent one of the training data.",
        source="scikit-learn user guide, Imputation of missing values",
        applies_to=("missing categories",),
        option_labels={"own_category": "A category of their own"},
    )
    categories: Categories = choice(
        Categories,
        OneHot,
        label="Categories",
        help="How words become numbers. A category that no training row has counts as none.",
        applies_to=("categories",),
    )

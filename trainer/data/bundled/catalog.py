"""The facts of the datasets that Trainyard brings. They are compared with the data when it is prepared.

Titles and descriptions are sentences for people: whoever shows them renders ``facts.shown_title``.
"""

from __future__ import annotations

from typing import Any

from trainer.data.bundled import class_names, column_names
from trainer.data.facts import DatasetFacts
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message


def _images(
    name: str, title: str, *, shape: tuple[int, int, int], names: tuple[str, ...], **facts: Any
) -> DatasetFacts:
    """Images to classify; ``names`` are the class names."""
    facts = {"origin": "bundled", "target_name": "class"} | facts
    return DatasetFacts(
        name=name, title=title, task="classification", kind="image", input_shape=shape, class_names=names, **facts
    )


def _table(
    name: str, title: str, *, columns: tuple[str, ...], names: tuple[str, ...] = (), **facts: Any
) -> DatasetFacts:
    """Rows of numbers: a classification when class ``names`` are given, otherwise a regression."""
    facts = {"origin": "bundled", "task": "classification" if names else "regression"} | facts
    return DatasetFacts(
        name=name,
        title=title,
        kind="table",
        input_shape=(len(columns),),
        class_names=names,
        feature_names=columns,
        **facts,
    )


def _fetched(megabytes: int) -> dict[str, Any]:
    return {"origin": "download", "download_megabytes": megabytes}


_BYTES = (0.0, 255.0)
_KRIZHEVSKY = "Krizhevsky 2009, Learning multiple layers of features from tiny images"

_ALL = (
    _images(
        "digits",
        "Handwritten digits",
        shape=(8, 8, 1),
        names=class_names.DIGITS,
        num_examples=1797,
        value_range=(0.0, 16.0),
        description="1,797 handwritten digits from 43 people as small grey pictures. "
        "Trains in seconds: a good place to begin.",
        source="Alpaydin and Kaynak 1998, Optical recognition of handwritten digits, UCI; bundled with scikit-learn",
    ),
    _table(
        "breast-cancer",
        "Breast cancer (Wisconsin)",
        columns=column_names.BREAST_CANCER,
        names=("malignant", "benign"),
        target_name="diagnosis",
        num_examples=569,
        description="Thirty measurements of cell nuclei from a fine-needle sample: is the tumour malignant or benign?",
        source="Street, Wolberg and Mangasarian 1993, UCI; bundled with scikit-learn",
    ),
    _table(
        "wine",
        "Wine",
        columns=column_names.WINE,
        names=("class_0", "class_1", "class_2"),
        target_name="cultivar",
        num_examples=178,
        description="Chemical analysis of 178 Italian wines: which of three cultivars is it?",
        source="Forina et al. 1991, PARVUS, UCI; bundled with scikit-learn",
    ),
    _table(
        "iris",
        "Iris",
        columns=column_names.IRIS,
        names=("setosa", "versicolor", "virginica"),
        target_name="species",
        num_examples=150,
        description="Lengths and widths of sepals and petals of 150 iris flowers of three species.",
        source="Fisher 1936, The use of multiple measurements in taxonomic problems; bundled with scikit-learn",
    ),
    _table(
        "diabetes",
        "Diabetes progression",
        columns=column_names.DIABETES,
        target_name="disease progression",
        num_examples=442,
        description="Age, sex, body mass index, blood pressure and six blood values of 442 patients, in their own "
        "units: how far has the disease progressed a year later?",
        source="Efron et al. 2004, Least angle regression; bundled with scikit-learn",
    ),
    _images(
        "mnist",
        "MNIST",
        shape=(28, 28, 1),
        names=class_names.DIGITS,
        num_examples=70_000,
        num_test=10_000,
        value_range=_BYTES,
        stroke_share=20 / 28,  # its authors scaled each digit to 20 of the 28 pixels
        description="70,000 handwritten digits, 10,000 of them an official test split.",
        source="LeCun et al. 1998, Gradient-based learning applied to document recognition",
        **_fetched(megabytes=12),
    ),
    _images(
        "fashion-mnist",
        "Fashion-MNIST",
        shape=(28, 28, 1),
        names=class_names.FASHION,
        num_examples=70_000,
        num_test=10_000,
        value_range=_BYTES,
        description="70,000 pictures of clothes in ten classes; harder than MNIST, of the same shape.",
        source="Xiao, Rasul and Vollgraf 2017, Fashion-MNIST",
        **_fetched(megabytes=31),
    ),
    _images(
        "cifar10",
        "CIFAR-10",
        shape=(32, 32, 3),
        names=class_names.CIFAR10,
        num_examples=60_000,
        num_test=10_000,
        value_range=_BYTES,
        description="60,000 small colour photographs of ten kinds of animals and vehicles.",
        source=_KRIZHEVSKY,
        **_fetched(megabytes=171),
    ),
    _images(
        "cifar100",
        "CIFAR-100",
        shape=(32, 32, 3),
        names=class_names.CIFAR100,
        num_examples=60_000,
        num_test=10_000,
        value_range=_BYTES,
        description="60,000 small colour photographs of a hundred kinds of things, 600 of each.",
        source=_KRIZHEVSKY,
        **_fetched(megabytes=170),
    ),
    _table(
        "california-housing",
        "California housing",
        columns=column_names.HOUSING,
        target_name="median house value",
        num_examples=20_640,
        description="20,640 districts of the 1990 census of California: what is the median value of a house there, "
        "in dollars?",
        source="Pace and Barry 1997, Sparse spatial autoregressions",
        **_fetched(megabytes=1),
    ),
)

CATALOG: dict[str, DatasetFacts] = {facts.name: facts for facts in _ALL}


def facts_of(name: str) -> DatasetFacts:
    """Return the facts of the dataset ``name``.

    Raises :class:`SpecError`, which lists the choices, when there is no such dataset.
    """
    if name not in CATALOG:
        choices = ", ".join(CATALOG)
        message = Message(
            "{name} given; accepted: {choices}. Choose one of these datasets.", name=repr(name[:64]), choices=choices
        )
        raise SpecError([Problem(("dataset", "name"), message)])
    return CATALOG[name]

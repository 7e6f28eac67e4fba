"""The datasets that Trainyard brings: facts that need no download and no library.

The facts let the form check a spec before any data is read; the trainer compares them with what it loads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trainer.data import names
from trainer.refusals import Problem, SpecError

Task = Literal["classification", "regression"]
DataKind = Literal["image", "table"]


@dataclass(frozen=True)
class DatasetFacts:
    """What is known about a dataset without loading it.

    ``input_shape`` is the shape of one example: (height, width, channels) for images, (columns,) for tables.
    ``num_test`` is the size of the dataset's own test split, 0 when it has none; ``num_examples`` counts both.
    ``value_range`` is the range of raw input values of images. ``num_classes`` is 0 for regression.
    """

    name: str
    title: str
    task: Task
    kind: DataKind
    input_shape: tuple[int, ...]
    num_examples: int
    description: str
    source: str
    num_classes: int = 0
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    target_name: str = ""
    num_test: int = 0
    value_range: tuple[float, float] = (0.0, 1.0)
    bundled: bool = True
    download_megabytes: int = 0


def _images(
    name: str, title: str, shape: tuple[int, int, int], num_examples: int, class_names: tuple[str, ...],
    value_range: tuple[float, float], description: str, source: str, num_test: int = 0, download_megabytes: int = 0,
) -> DatasetFacts:  # fmt: skip
    return DatasetFacts(
        name=name, title=title, task="classification", kind="image", input_shape=shape, num_examples=num_examples,
        description=description, source=source, num_classes=len(class_names), class_names=class_names,
        target_name="class", num_test=num_test, value_range=value_range, bundled=download_megabytes == 0,
        download_megabytes=download_megabytes,
    )  # fmt: skip


def _table(
    name: str, title: str, num_examples: int, columns: tuple[str, ...], target_name: str,
    description: str, source: str, class_names: tuple[str, ...] = (), download_megabytes: int = 0,
) -> DatasetFacts:  # fmt: skip
    return DatasetFacts(
        name=name, title=title, task="classification" if class_names else "regression", kind="table",
        input_shape=(len(columns),), num_examples=num_examples, description=description, source=source,
        num_classes=len(class_names), class_names=class_names, feature_names=columns, target_name=target_name,
        bundled=download_megabytes == 0, download_megabytes=download_megabytes,
    )  # fmt: skip


_ALL = (
    _images(
        "digits", "Handwritten digits", (8, 8, 1), 1797, names.DIGIT_NAMES, (0.0, 16.0),
        "1,797 handwritten digits from 43 people as small grey pictures. Trains in seconds: a good place to begin.",
        "Alpaydin and Kaynak 1998, Optical recognition of handwritten digits, UCI; bundled with scikit-learn",
    ),
    _table(
        "breast-cancer", "Breast cancer (Wisconsin)", 569, names.BREAST_CANCER_COLUMNS, "diagnosis",
        "Thirty measurements of cell nuclei from a fine-needle sample: is the tumour malignant or benign?",
        "Street, Wolberg and Mangasarian 1993, UCI; bundled with scikit-learn", ("malignant", "benign"),
    ),
    _table(
        "wine", "Wine", 178, names.WINE_COLUMNS, "cultivar",
        "Chemical analysis of 178 Italian wines: which of three cultivars is it?",
        "Forina et al. 1991, PARVUS, UCI; bundled with scikit-learn", ("class_0", "class_1", "class_2"),
    ),
    _table(
        "iris", "Iris", 150, names.IRIS_COLUMNS, "species",
        "Lengths and widths of sepals and petals of 150 iris flowers of three species.",
        "Fisher 1936, The use of multiple measurements in taxonomic problems; bundled with scikit-learn",
        ("setosa", "versicolor", "virginica"),
    ),
    _table(
        "diabetes", "Diabetes progression", 442, names.DIABETES_COLUMNS, "disease progression",
        "Age, sex, body mass index, blood pressure and six blood values of 442 patients, in their own units: "
        "how far has the disease progressed a year later?",
        "Efron et al. 2004, Least angle regression; bundled with scikit-learn",
    ),
    _images(
        "mnist", "MNIST", (28, 28, 1), 70_000, names.DIGIT_NAMES, (0.0, 255.0),
        "70,000 handwritten digits, 10,000 of them an official test split.",
        "LeCun et al. 1998, Gradient-based learning applied to document recognition", 10_000, 12,
    ),
    _images(
        "fashion-mnist", "Fashion-MNIST", (28, 28, 1), 70_000, names.FASHION_NAMES, (0.0, 255.0),
        "70,000 pictures of clothes in ten classes; harder than MNIST, of the same shape.",
        "Xiao, Rasul and Vollgraf 2017, Fashion-MNIST", 10_000, 30,
    ),
    _images(
        "cifar10", "CIFAR-10", (32, 32, 3), 60_000, names.CIFAR10_NAMES, (0.0, 255.0),
        "60,000 small colour photographs of ten kinds of animals and vehicles.",
        "Krizhevsky 2009, Learning multiple layers of features from tiny images", 10_000, 163,
    ),
    _images(
        "cifar100", "CIFAR-100", (32, 32, 3), 60_000, names.CIFAR100_NAMES, (0.0, 255.0),
        "60,000 small colour photographs of a hundred kinds of things, 600 of each.",
        "Krizhevsky 2009, Learning multiple layers of features from tiny images", 10_000, 162,
    ),
    _table(
        "california-housing", "California housing", 20_640, names.HOUSING_COLUMNS, "median house value",
        "20,640 districts of the 1990 census of California: what is the median value of a house there, in dollars?",
        "Pace and Barry 1997, Sparse spatial autoregressions", download_megabytes=1,
    ),
)  # fmt: skip

CATALOG: dict[str, DatasetFacts] = {facts.name: facts for facts in _ALL}


def facts_of(name: str) -> DatasetFacts:
    """Return the facts of the dataset ``name``; raises :class:`SpecError` naming the choices."""
    if name not in CATALOG:
        choices = ", ".join(CATALOG)
        message = f"{name[:64]!r} given; accepted: {choices}. Choose one of these datasets."
        raise SpecError([Problem(("dataset", "name"), message)])
    return CATALOG[name]

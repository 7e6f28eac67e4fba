"""What a run learns from, how the data is split and scaled, and what the network predicts."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from trainer.messages.message import Message
from trainer.spec.fields import Option, Part, choice, field
from trainer.spec.layers.activations import Elementwise, elementwise_of
from trainer.spec.layers.regularization import dropout_of
from trainer.spec.losses import Loss, SuitsTask


class DatasetChoice(Part):
    """Which data the run learns from."""

    name: str = field("digits", label="Dataset", help="The data to learn from.", min_length=1, max_length=64)
    content_hash: str | None = field(
        None,
        label="Content hash",
        help="SHA-256 of the data at launch. The trainer refuses to train on different data.",
        hidden=True,
        pattern="^[0-9a-f]{64}$",
    )


class Split(Part):
    """Hold-out split into training, validation and test data."""

    method: Literal["shuffled", "stable", "grouped", "timed"] = field(
        "shuffled",
        label="Method",
        help="Shuffled: at random. Stable: by a hash of each example, so that added data moves none. Grouped: whole "
        "groups. By time: the latest are for the test.",
        source="Kapoor and Narayanan 2023, Leakage and the reproducibility crisis in machine-learning-based science",
        option_labels={"timed": "By time"},
        option_applies_to={"grouped": ("groups",), "timed": ("times",)},
    )
    validation_fraction: float = field(
        0.15,
        label="Validation",
        help="Share of the examples held out to choose between epochs and runs.",
        ge=0.01,
        le=0.9,
    )
    test_fraction: float = field(
        0.15,
        label="Test",
        help="Share of the examples held out until a checkpoint is evaluated.",
        ge=0.01,
        le=0.9,
    )
    official_test: bool = field(
        True,
        label="Use the dataset's own test split",
        help="The dataset comes with a test split. When it is used, the test fraction has no effect.",
        applies_to=("test split",),
    )
    official_validation: bool = field(
        True,
        label="Use the dataset's own validation split",
        help="The dataset comes with a validation split. When it is used, the validation fraction has no effect.",
        applies_to=("validation split",),
    )
    stratified: bool = field(
        True,
        label="Stratified",
        help="Keep the share of every class equal in all three parts. Only the method shuffled can, and only where an "
        "example has one class.",
        applies_to=("classification",),
    )
    seed: int = field(
        0,
        label="Split seed",
        help="Runs with the same split seed see the same parts, so that they can be compared.",
        ge=0,
        le=2**31 - 1,
    )

    @model_validator(mode="after")
    def leave_something_to_train_on(self) -> Split:
        if self.validation_fraction + self.test_fraction > 0.95:
            raise ValueError(
                Message("Validation and test together take more than 0.95 of the data. Lower one of them.")
            )
        return self


class Normalization(Part):
    """How values are scaled. Part of the network, so that a downloaded model takes raw values."""

    inputs: Literal["auto", "standardize", "rescale", "none"] = field(
        "auto",
        label="Inputs",
        help="Auto: images are rescaled to 0..1, columns of tables get mean 0 and variance 1 on the training data.",
        source="LeCun et al. 1998, Efficient BackProp, section 4.3",
        option_labels={"standardize": "Mean 0, variance 1", "rescale": "Rescale to 0..1"},
    )
    targets: Literal["standardize", "none"] = field(
        "standardize",
        label="Targets",
        help="Learn a target of mean 0 and variance 1; predictions and metrics stay in the original unit.",
        applies_to=("regression",),
        option_labels={"standardize": "Mean 0, variance 1"},
    )


def head_units() -> int:
    """The field for the size of the dense layer of a head."""
    units: int = field(64, label="Units", help="Number of neurons of the dense layer.", ge=1, le=65536)
    return units


class DropoutHead(Option):
    """Dropout, then a dense layer before the output layer."""

    title = "Dropout and dense layer"

    kind: Literal["dropout"] = "dropout"
    dropout: float = dropout_of("Share of what the network gives that is set to zero while training.", 0.5)
    units: int = head_units()
    activation: Elementwise = elementwise_of("Non-linearity of the dense layer.")


class NormalizationHead(Option):
    """Batch normalisation, then a dense layer before the output layer."""

    title = "Batch normalisation and dense layer"

    kind: Literal["normalization"] = "normalization"
    units: int = head_units()
    activation: Elementwise = elementwise_of("Non-linearity of the dense layer.")


Head = DropoutHead | NormalizationHead


class Output(Part):
    """The last layer and the loss. Auto derives both from the dataset's task."""

    head: Head | None = choice(
        Head,
        None,
        label="Head",
        help="Layers between the network and the output layer. In a run branched from a checkpoint they are new, and "
        "learn what the new data need while the layers before them can be frozen. None: the output layer follows the "
        "network.",
        source="Yosinski et al. 2014, How transferable are features in deep neural networks?",
    )
    units: int | None = field(
        None,
        label="Outputs",
        help="Number of outputs; empty for one per class. Those beyond the classes are never an answer and take a "
        "little probability; they leave room for classes of later data.",
        advanced=True,
        applies_to=("classification",),
        ge=2,
        le=65536,
    )
    activation: Literal["auto", "softmax", "sigmoid", "linear"] = field(
        "auto",
        label="Activation",
        help="Auto: softmax for classes, sigmoid for several labels, linear for numbers.",
        advanced=True,
        option_applies_to={
            "softmax": ("classification",),
            "sigmoid": ("multilabel", "regression"),
            "linear": ("classification", "regression"),
        },
    )
    loss: Loss = choice(
        Loss, SuitsTask, label="Loss", help="What training makes small on the training data.", advanced=True
    )
    label_smoothing: float = field(
        0.0,
        label="Label smoothing",
        help="Share of each target that is spread over all classes, so that the network is less sure of itself; 0.1 is "
        "usual, 0 for none. The loss shown has it too: compare such runs by accuracy or log loss.",
        source="Szegedy et al. 2016, Rethinking the Inception architecture, section 7",
        advanced=True,
        applies_to=("classification", "multilabel"),
        ge=0.0,
        lt=1.0,
    )

"""The Spec: the complete description of one training, and the only truth about it.

No Keras, no Django, no NumPy: the web process, the trainer and the tests all read this file.
Adding a technique is one field here, one builder in ``trainer/networks`` or ``trainer/optimizers.py``,
and one test; the form, the API, the differences and the field reference follow by themselves.
"""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from pydantic import model_validator

from trainer.fields import Part, field

SPEC_VERSION = 1

Activation = Literal["relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "linear"]
ACTIVATION_LABELS = {"relu": "ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU", "silu": "SiLU (swish)"}
DROPOUT_PAPER = "Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting"


class DatasetChoice(Part):
    """Which data the run learns from."""

    name: str = field("digits", label="Dataset", help="The data to learn from.", min_length=1, max_length=64)
    content_hash: str | None = field(
        None,
        label="Content hash",
        help="SHA-256 of the data at launch. The trainer refuses to train when the data is another.",
        hidden=True,
        pattern="^[0-9a-f]{64}$",
    )


class Split(Part):
    """Hold-out split into training, validation and test data."""

    validation_fraction: float = field(
        0.15,
        label="Validation",
        help="Share of the examples held out to choose between epochs and runs.",
        unit="fraction",
        ge=0.01,
        le=0.9,
    )
    test_fraction: float = field(
        0.15,
        label="Test",
        help="Share of the examples that no decision ever sees until a checkpoint is evaluated.",
        unit="fraction",
        ge=0.01,
        le=0.9,
    )
    official_test: bool = field(
        True,
        label="Use the dataset's own test split",
        help="Datasets such as MNIST come with a test split. When used, the test fraction above has no effect.",
    )
    stratified: bool = field(
        True,
        label="Stratified",
        help="Keep the share of every class equal in all three parts.",
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
            raise ValueError("validation and test together take more than 0.95 of the data; lower one of them")
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


class DenseLayer(Part):
    """A fully connected layer."""

    units: int = field(128, label="Units", help="Number of neurons.", ge=1, le=65536)
    activation: Activation = field(
        "relu", label="Activation", help="Non-linearity of the layer.", option_labels=ACTIVATION_LABELS
    )
    dropout: float = field(
        0.2,
        label="Dropout",
        help="Share of the layer's outputs set to zero while training.",
        source=DROPOUT_PAPER,
        ge=0.0,
        lt=1.0,
    )
    max_norm: float | None = field(
        None,
        label="Max-norm",
        help="Upper bound of the length of each neuron's incoming weights; empty for no bound.",
        source=DROPOUT_PAPER + ", section 5.1",
        gt=0.0,
        le=1000.0,
    )


class ConvBlock(Part):
    """Convolution, optional batch normalisation, activation, optional pooling, dropout."""

    filters: int = field(32, label="Filters", help="Number of feature maps.", ge=1, le=8192)
    kernel_size: int = field(3, label="Kernel", help="Height and width of the filters.", unit="pixels", ge=1, le=31)
    activation: Activation = field(
        "relu", label="Activation", help="Non-linearity of the block.", option_labels=ACTIVATION_LABELS
    )
    batch_normalization: bool = field(
        True,
        label="Batch normalisation",
        help="Normalise each feature map over the batch before the activation.",
        source="Ioffe and Szegedy 2015, Batch Normalization",
    )
    pool_size: int = field(
        2, label="Pooling", help="Max-pooling window after the activation; 1 for none.", unit="pixels", ge=1, le=16
    )
    dropout: float = field(
        0.0, label="Dropout", help="Share of the block's outputs set to zero.", source=DROPOUT_PAPER, ge=0.0, lt=1.0
    )


class Mlp(Part):
    """Multilayer perceptron: fully connected layers one after the other."""

    kind: Literal["mlp"] = "mlp"
    layers: tuple[DenseLayer, ...] = field(
        lambda: (DenseLayer(), DenseLayer()),
        label="Layers",
        help="Hidden layers, first to last. Without any the network is a linear model.",
        max_length=64,
    )


class ConvNet(Part):
    """Small convolutional network for images."""

    kind: Literal["convnet"] = "convnet"
    blocks: tuple[ConvBlock, ...] = field(
        lambda: (ConvBlock(filters=32), ConvBlock(filters=64)),
        label="Blocks",
        help="Convolution blocks, first to last.",
        min_length=1,
        max_length=64,
    )
    reduction: Literal["global_average", "flatten"] = field(
        "global_average",
        label="Reduction",
        help="How feature maps become one vector before the output.",
        source="Lin et al. 2013, Network in Network, section 3.2",
        option_labels={"global_average": "Global average pooling", "flatten": "Flatten"},
    )
    dense: tuple[DenseLayer, ...] = field(
        lambda: (), label="Dense layers", help="Fully connected layers between reduction and output.", max_length=16
    )


NETWORK_LABELS = {"mlp": "Multilayer perceptron", "convnet": "Convolutional network"}


class Output(Part):
    """The last layer and the loss. Auto derives both from the dataset's task."""

    activation: Literal["auto", "softmax", "sigmoid", "linear"] = field(
        "auto", label="Activation", help="Auto: softmax for classes, linear for numbers.", advanced=True
    )
    loss: Literal["auto", "crossentropy", "mean_squared_error", "mean_absolute_error", "huber"] = field(
        "auto",
        label="Loss",
        help="Auto: cross-entropy for classes, mean squared error for numbers.",
        advanced=True,
        option_labels={
            "crossentropy": "Cross-entropy",
            "mean_squared_error": "Mean squared error",
            "mean_absolute_error": "Mean absolute error",
            "huber": "Huber",
        },
    )


def learning_rate_field(default: float) -> float:
    """The learning-rate field of an optimiser, with that optimiser's usual value."""
    rate: float = field(
        default,
        label="Learning rate",
        help="Size of a step. The most important single number: try factors of 3.",
        source="Goodfellow et al. 2016, Deep Learning, section 11.4.1",
        gt=0.0,
        le=100.0,
    )
    return rate


def clip_norm_field() -> float | None:
    """Clipping of the whole gradient, the same for every optimiser."""
    bound: float | None = field(
        None,
        label="Clip gradient norm",
        help="Upper bound of the length of the whole gradient; empty for no bound.",
        source="Pascanu et al. 2013, On the difficulty of training recurrent neural networks",
        advanced=True,
        gt=0.0,
        le=1e6,
    )
    return bound


class Sgd(Part):
    """Stochastic gradient descent with momentum."""

    kind: Literal["sgd"] = "sgd"
    learning_rate: float = learning_rate_field(0.05)
    momentum: float = field(
        0.9,
        label="Momentum",
        help="Share of the last step kept in the next one.",
        source="Sutskever et al. 2013, On the importance of initialization and momentum in deep learning",
        ge=0.0,
        lt=1.0,
    )
    nesterov: bool = field(True, label="Nesterov", help="Look ahead along the momentum. Needs a momentum above 0.")
    clip_norm: float | None = clip_norm_field()


class Adam(Part):
    """Adam: steps scaled by running moments of the gradient."""

    kind: Literal["adam"] = "adam"
    learning_rate: float = learning_rate_field(0.001)
    beta_1: float = field(
        0.9,
        label="Beta 1",
        help="Decay of the mean of the gradient.",
        source="Kingma and Ba 2015, Adam",
        advanced=True,
        ge=0.0,
        lt=1.0,
    )
    beta_2: float = field(
        0.999,
        label="Beta 2",
        help="Decay of the mean of its square.",
        source="Kingma and Ba 2015, Adam",
        advanced=True,
        ge=0.0,
        lt=1.0,
    )
    epsilon: float = field(
        1e-7, label="Epsilon", help="Added to the divisor for stability.", advanced=True, gt=0.0, le=1.0
    )
    clip_norm: float | None = clip_norm_field()


class AdamW(Adam):
    """Adam with decoupled weight decay."""

    kind: Literal["adamw"] = "adamw"  # type: ignore[assignment]
    weight_decay: float = field(
        0.004,
        label="Weight decay",
        help="Share of each weight taken away per step, times the learning rate.",
        source="Loshchilov and Hutter 2019, Decoupled weight decay regularization",
        ge=0.0,
        le=1.0,
    )


class RmsProp(Part):
    """RMSprop: steps divided by a running root mean square of the gradient."""

    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: float = learning_rate_field(0.001)
    rho: float = field(
        0.9,
        label="Rho",
        help="Decay of the mean square.",
        source="Tieleman and Hinton 2012, COURSERA lecture 6.5",
        ge=0.0,
        lt=1.0,
    )
    momentum: float = field(0.0, label="Momentum", help="Share of the last step kept in the next.", ge=0.0, lt=1.0)
    clip_norm: float | None = clip_norm_field()


OPTIMIZER_LABELS = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}


class EarlyStopping(Part):
    """Stop when the validation loss has not improved for a while."""

    patience: int = field(
        10,
        label="Patience",
        help="Epochs without an improvement before the run stops.",
        source="Prechelt 1998, Early stopping, but when?",
        unit="epochs",
        ge=1,
        le=100_000,
    )
    min_delta: float = field(
        0.0, label="Least improvement", help="A smaller change of the validation loss does not count.", ge=0.0, le=1e6
    )


class Fit(Part):
    """How long and in what portions to train."""

    epochs: int = field(30, label="Epochs", help="Passes over the training data.", unit="epochs", ge=1, le=100_000)
    batch_size: int = field(
        32,
        label="Batch size",
        help="Examples per step.",
        source="Masters and Luschi 2018, Revisiting small batch training",
        unit="examples",
        ge=1,
        le=1_000_000,
    )
    gradient_accumulation: int = field(
        1,
        label="Gradient accumulation",
        help="Take a step of the optimiser only after so many batches, with the mean of their gradients: the effect "
        "of a batch that many times as large, in the memory of one. Counting goes on over the end of an epoch.",
        source="Keras documentation, Optimizer, gradient_accumulation_steps",
        unit="batches",
        advanced=True,
        ge=1,
        le=1024,
    )
    early_stopping: EarlyStopping | None = field(
        None, label="Early stopping", help="Stop when the validation loss has not improved for a while."
    )
    stop_on_nan: bool = field(
        True, label="Stop on NaN", help="End the run as failed when the training loss is no longer a number."
    )


class Checkpoints(Part):
    """When to keep the state of the run, and how much of it."""

    every_epochs: int = field(
        5,
        label="Every",
        help="Save after every so many epochs. The last epoch is always saved.",
        unit="epochs",
        ge=1,
        le=100_000,
    )
    every_minutes: float = field(
        10.0,
        label="And at least every",
        help="Inside a long epoch, save when so much time has passed; a resume goes on from that very step.",
        unit="minutes",
        advanced=True,
        gt=0.0,
        le=1440.0,
    )
    keep_last: int = field(
        3,
        label="Keep latest",
        help="How many of the latest to keep. Pinned ones and those in use are kept whatever is said here.",
        unit="checkpoints",
        ge=1,
        le=1000,
    )
    keep_best: int = field(
        1,
        label="Keep best",
        help="How many of the best to keep besides, by the metric that the experiment is judged by.",
        unit="checkpoints",
        ge=1,
        le=1000,
    )
    keep_every: int | None = field(
        None,
        label="Keep every",
        help="Keep besides those of every so many epochs, to look back at the course of the training; empty for none. "
        "It adds nothing to the epochs that are saved.",
        unit="epochs",
        advanced=True,
        ge=1,
        le=100_000,
    )


class Computation(Part):
    """With which arithmetic, and on how much of a machine, to train."""

    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = field(
        "float32",
        label="Precision",
        help="Mixed: the network computes in 16 bits and keeps its weights in 32, which takes about half the memory "
        "and is faster on GPUs; processors are mostly slower with it. Normalisation and output stay in 32 bits. "
        "With float16 the loss is scaled so that small gradients are not lost.",
        source="Micikevicius et al. 2018, Mixed precision training",
        option_labels={
            "float32": "32 bits",
            "mixed_float16": "Mixed, float16",
            "mixed_bfloat16": "Mixed, bfloat16",
        },
    )
    xla: bool = field(
        False,
        label="Compile with XLA",
        help="Let TensorFlow compile each step as a whole. It can help large networks on GPUs; on processors we "
        "measured small networks to become slower, and the first step takes many seconds. JAX always compiles so.",
        source="TensorFlow documentation, XLA: optimizing compiler for machine learning",
        advanced=True,
    )
    devices: int = field(
        1,
        label="Devices",
        help="Share every batch out among so many GPUs of one machine. Only with the engine JAX. Sums are then "
        "taken in another order, so that a resume is not promised to be bit for bit the same.",
        source="Keras documentation, Distribution API, data parallelism",
        unit="devices",
        advanced=True,
        ge=1,
        le=64,
    )


Network = Mlp | ConvNet
Optimizer = Sgd | Adam | AdamW | RmsProp


class Spec(Part):
    """The complete description of one training."""

    version: Literal[1] = field(SPEC_VERSION, label="Version", help="Version of this format.", hidden=True)
    dataset: DatasetChoice = field(DatasetChoice, label="Data", help="What to learn from.")
    split: Split = field(Split, label="Split", help="Which examples train, choose and judge.")
    normalization: Normalization = field(Normalization, label="Normalisation", help="How values are scaled.")
    network: Network = field(
        Mlp, label="Network", help="The network to train.", option_labels=NETWORK_LABELS, discriminator="kind"
    )
    output: Output = field(Output, label="Output", help="Last layer and loss.")
    optimizer: Optimizer = field(
        Adam,
        label="Optimiser",
        help="How the weights follow the gradient.",
        option_labels=OPTIMIZER_LABELS,
        discriminator="kind",
    )
    fit: Fit = field(Fit, label="Training", help="How long and in what portions.")
    checkpoints: Checkpoints = field(Checkpoints, label="Checkpoints", help="What to keep.")
    computation: Computation = field(Computation, label="Computation", help="How the machine computes it.")
    engine: Literal["tensorflow", "jax"] = field(
        "tensorflow",
        label="Engine",
        help="What Keras computes with. TensorFlow is on every worker, starts at once and is mostly faster on "
        "processors; JAX needs workers that have it, compiles for some seconds, and can use several GPUs.",
        source="Keras documentation, Configuring your backend",
        option_labels={"tensorflow": "TensorFlow", "jax": "JAX"},
    )
    seed: int = field(
        0,
        label="Seed",
        help="Initial weights, dropout and the order of the examples all follow from it.",
        ge=0,
        le=2**31 - 1,
    )

    def to_json(self) -> dict[str, object]:
        """The spec as plain JSON values, defaults included."""
        plain: dict[str, object] = self.model_dump(mode="json")
        return plain

    def digest(self) -> str:
        """SHA-256 of the canonical JSON: equal for equal specs."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

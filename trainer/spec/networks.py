"""The network families and their parts."""

from __future__ import annotations

from typing import Any, Literal

from trainer.spec.fields import Option, Part, field

Activation = Literal["relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "linear"]
Reduction = Literal["global_average", "flatten"]
ACTIVATION_LABELS = {"relu": "ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU", "silu": "SiLU (swish)"}
DROPOUT_PAPER = "Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting"


def activation_of(help: str) -> Any:
    """Declare the activation of a part.

    What several parts have is declared by functions instead of a base class, because the fields of a base class would
    come before a part's own, in the form as well.
    """
    return field("relu", label="Activation", help=help, option_labels=ACTIVATION_LABELS)


def dropout_of(help: str, default: float) -> Any:
    """Declare the dropout after a part."""
    return field(default, label="Dropout", help=help, source=DROPOUT_PAPER, ge=0.0, lt=1.0)


def resize_of() -> Any:
    """Declare the size that pictures are resized to, inside a network for images."""
    return field(
        None,
        label="Resize pictures to",
        help="Height and width, resized bilinearly inside the network; empty to keep the original size. Larger "
        "pictures allow more pooling; the cost grows with the square.",
        unit="pixels",
        ge=8,
        le=512,
    )


def reduction_of(default: Reduction) -> Any:
    """Declare how feature maps become one vector."""
    return field(
        default,
        label="Reduction",
        help="How feature maps become one vector before the output.",
        source="Lin et al. 2013, Network in Network, section 3.2",
        option_labels={"global_average": "Global average pooling", "flatten": "Flatten"},
    )


class DenseLayer(Part):
    """A fully connected layer."""

    units: int = field(128, label="Units", help="Number of neurons.", ge=1, le=65536)
    activation: Activation = activation_of("Non-linearity of the layer.")
    dropout: float = dropout_of("Share of the layer's outputs set to zero while training.", 0.2)
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
    convolution: Literal["full", "separable"] = field(
        "full",
        label="Convolution",
        help="Full: every filter looks at all channels. Separable (depthwise): one filter a channel, then sums over "
        "channels at each pixel; far fewer weights and multiplications.",
        source="Chollet 2017, Xception: deep learning with depthwise separable convolutions; Howard et al. 2017, "
        "MobileNets",
        option_labels={"full": "Full", "separable": "Separable"},
    )
    activation: Activation = activation_of("Non-linearity of the block.")
    batch_normalization: bool = field(
        True,
        label="Batch normalisation",
        help="Normalise each feature map over the batch before the activation.",
        source="Ioffe and Szegedy 2015, Batch Normalization",
    )
    pool_size: int = field(
        2, label="Pooling", help="Max-pooling window after the activation; 1 for none.", unit="pixels", ge=1, le=16
    )
    dropout: float = dropout_of("Share of the block's outputs set to zero while training.", 0.0)


class Mlp(Option):
    """Multilayer perceptron: a sequence of fully connected layers."""

    title = "Multilayer perceptron"

    kind: Literal["mlp"] = "mlp"
    layers: tuple[DenseLayer, ...] = field(
        lambda: (DenseLayer(), DenseLayer()),
        label="Layers",
        help="Hidden layers, first to last. Without any the network is a linear model.",
        max_length=64,
    )


class ConvNet(Option):
    """Small convolutional network for images."""

    title = "Convolutional network"
    suits = ("image",)

    kind: Literal["convnet"] = "convnet"
    resize: int | None = resize_of()
    blocks: tuple[ConvBlock, ...] = field(
        lambda: (ConvBlock(filters=32), ConvBlock(filters=64)),
        label="Blocks",
        help="Convolution blocks, first to last.",
        min_length=1,
        max_length=64,
    )
    reduction: Reduction = reduction_of("global_average")
    dense: tuple[DenseLayer, ...] = field(
        lambda: (), label="Dense layers", help="Fully connected layers between reduction and output.", max_length=16
    )

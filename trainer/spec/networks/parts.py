"""The parts that networks are made of, and the fields that several of them share."""

from __future__ import annotations

from typing import Any, Literal

from trainer.spec.fields import Part, field
from trainer.spec.layers.activations import Activation, activation_of
from trainer.spec.layers.initializers import Initializer, initializer_of
from trainer.spec.layers.normalization import BatchNormalization, LayerNorm, normalization_of
from trainer.spec.layers.regularization import Constraint, constraint_of, dropout_of, l1_of, l2_of, noise_of

Reduction = Literal["global_average", "global_max", "flatten"]


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
        option_labels={
            "global_average": "Global average pooling",
            "global_max": "Global max pooling",
            "flatten": "Flatten",
        },
    )


def stages_of(help: str, default: int = 3) -> Any:
    """Declare the number of stages between which feature maps are halved."""
    return field(default, label="Stages", help=help, ge=1, le=6)


def first_filters_of(default: int, most: int, *, help: str, source: str) -> Any:
    """Declare the number of feature maps with which a network begins."""
    return field(default, label="Filters at first", help=help, source=source, ge=1, le=most)


class DenseLayer(Part):
    """A fully connected layer."""

    units: int = field(128, label="Units", help="Number of neurons.", ge=1, le=65536)
    activation: Activation = activation_of("Non-linearity of the layer.")
    normalization: LayerNorm | None = normalization_of()
    dropout: float = dropout_of("Share of the layer's outputs set to zero while training.", 0.2)
    dropout_noise: Literal["zeros", "gaussian"] = noise_of()
    constraint: Constraint | None = constraint_of()
    initializer: Initializer = initializer_of()
    l1: float = l1_of()
    l2: float = l2_of()


class ConvBlock(Part):
    """Convolution, normalisation, activation, optional pooling, dropout."""

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
    normalization: LayerNorm | None = normalization_of(BatchNormalization)
    pool_size: int = field(
        2, label="Pooling", help="Pooling window after the activation; 1 for none.", unit="pixels", ge=1, le=16
    )
    dropout: float = dropout_of("Share of the block's outputs set to zero while training.", 0.0)
    dropout_noise: Literal["zeros", "gaussian", "spatial"] = noise_of()
    constraint: Constraint | None = constraint_of()
    strides: int = field(
        1,
        label="Stride",
        help="Pixels from one place of the filters to the next: 2 halves height and width, as pooling does, without "
        "computing what is thrown away.",
        source="Springenberg et al. 2015, Striving for simplicity: the all convolutional net",
        unit="pixels",
        synonyms="step subsampling downsampling 步幅 步长 下采样",
        advanced=True,
        ge=1,
        le=4,
    )
    pooling: Literal["max", "average"] = field(
        "max",
        label="Pooling by",
        help="What a window of pooling becomes: its largest value, or its mean.",
        source="Goodfellow et al. 2016, Deep Learning, section 9.3",
        option_labels={"max": "Largest value", "average": "Mean"},
        advanced=True,
    )
    initializer: Initializer = initializer_of()
    l1: float = l1_of()
    l2: float = l2_of()

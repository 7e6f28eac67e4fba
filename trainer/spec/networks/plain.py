"""Networks without shortcuts: one layer after the other."""

from __future__ import annotations

from typing import Literal

from trainer.spec.fields import Option, field
from trainer.spec.layers.activations import Elementwise, elementwise_of
from trainer.spec.layers.regularization import dropout_of, input_dropout_of
from trainer.spec.networks.parts import (
    ConvBlock,
    DenseLayer,
    Reduction,
    first_filters_of,
    reduction_of,
    resize_of,
    stages_of,
)

VGG_PAPER = "Simonyan and Zisserman 2015, Very deep convolutional networks for large-scale image recognition"


class Mlp(Option):
    """Multilayer perceptron: a sequence of fully connected layers."""

    title = "Multilayer perceptron"

    kind: Literal["mlp"] = "mlp"
    input_dropout: float = input_dropout_of()
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
    input_dropout: float = input_dropout_of()
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


class Vgg(Option):
    """Plain deep network like VGG: stages of 3 × 3 convolutions, each followed by pooling, then dense layers."""

    title = "VGG-like"
    suits = ("image",)

    kind: Literal["vgg"] = "vgg"
    resize: int | None = resize_of()
    filters: int = first_filters_of(
        32,
        1024,
        help="Feature maps of the first stage; each further stage has twice as many. 64 in the paper.",
        source=VGG_PAPER,
    )
    max_filters: int = field(
        512, label="Filters at most", help="Upper limit of the doubling; 512 in the paper.", ge=1, le=4096
    )
    stages: int = stages_of("Groups of convolutions, each followed by pooling to half the size; 5 in the paper.")
    convolutions_per_stage: int = field(
        2,
        label="Convolutions per stage",
        help="Two of 3 × 3 see as much as one of 5 × 5, with fewer weights and one more non-linearity. With 5 stages "
        "of 2 the network is VGG-13.",
        source=VGG_PAPER + ", section 2.3",
        ge=1,
        le=8,
    )
    batch_normalization: bool = field(
        True,
        label="Batch normalisation",
        help="Normalise each feature map over the batch before the activation. The paper is older; without it, "
        "deeper networks of this kind learn slowly or not at all.",
        source="Ioffe and Szegedy 2015, Batch Normalization",
    )
    activation: Elementwise = elementwise_of("Non-linearity of all convolutions.")
    dropout: float = dropout_of("Share of the outputs of each pooling set to zero while training.", 0.2)
    reduction: Reduction = reduction_of("flatten")
    dense: tuple[DenseLayer, ...] = field(
        lambda: (DenseLayer(units=256, dropout=0.5),),
        label="Dense layers",
        help="Fully connected layers between reduction and output; two of 4096 in the paper.",
        source=VGG_PAPER,
        max_length=16,
    )

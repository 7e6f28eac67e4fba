"""Densely connected networks: each layer is given the feature maps of all before it."""

from __future__ import annotations

from typing import Literal

from trainer.spec.fields import Option, field
from trainer.spec.layers.activations import Elementwise, elementwise_of
from trainer.spec.layers.regularization import dropout_of
from trainer.spec.networks.parts import resize_of, stages_of

DENSE_PAPER = "Huang et al. 2017, Densely connected convolutional networks"


class DenseNet(Option):
    """Densely connected network: each layer is given the feature maps of all layers before it, so that few new ones
    suffice. Few parameters, but much memory while training."""

    title = "DenseNet-BC"
    suits = ("image",)

    kind: Literal["densenet"] = "densenet"
    resize: int | None = resize_of()
    growth_rate: int = field(
        12,
        label="Growth rate",
        help="k: feature maps that each layer adds. 12 to 40 in the paper.",
        source=DENSE_PAPER,
        ge=1,
        le=256,
    )
    stages: int = stages_of("Dense blocks, with a transition to half the size between them; 3 in the paper.")
    layers_per_stage: int = field(
        6,
        label="Layers per stage",
        help="With 3 stages and bottlenecks n layers make a network of 6n + 4 layers: 6, 16 and 31 are DenseNet-BC-40, "
        "100 and 190.",
        source=DENSE_PAPER,
        ge=1,
        le=64,
    )
    bottleneck: bool = field(
        True,
        label="Bottleneck",
        help="Reduce what a layer is given to 4k feature maps by a convolution of 1 × 1 before that of 3 × 3: fewer "
        "parameters and multiplications.",
        source=DENSE_PAPER + ", section 3, DenseNet-B",
    )
    compression: float = field(
        0.5,
        label="Compression",
        help="Share of the feature maps that a transition keeps; 1 keeps all.",
        source=DENSE_PAPER + ", section 3, DenseNet-C",
        gt=0.0,
        le=1.0,
    )
    activation: Elementwise = elementwise_of("Non-linearity of all layers.")
    dropout: float = dropout_of(
        "Share of the outputs of each convolution but the first set to zero while training; 0.2 in the paper on data "
        "without augmentation.",
        0.0,
    )

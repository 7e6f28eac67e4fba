"""Networks with residual shortcuts: what a block computes is added to what it was given."""

from __future__ import annotations

from typing import Any, Literal

from trainer.spec.fields import Option, field
from trainer.spec.layers.activations import Elementwise, elementwise_of
from trainer.spec.layers.regularization import dropout_of
from trainer.spec.networks.parts import first_filters_of, resize_of, stages_of

WIDE_PAPER = "Zagoruyko and Komodakis 2016, Wide residual networks"
TABLES_PAPER = "Gorishniy et al. 2021, Revisiting deep learning models for tabular data, section 3.2"
XCEPTION_PAPER = "Chollet 2017, Xception: deep learning with depthwise separable convolutions"


def squeeze_ratio_of() -> Any:
    """Declare squeeze-and-excitation in the blocks of a network."""
    return field(
        None,
        label="Squeeze-and-excitation",
        help="Multiply each feature map of a block by a number from 0 to 1 that two small dense layers compute from "
        "the averages of all. The number says how many times fewer neurons the first has than there are maps: 16 in "
        "the paper, 4 to 8 for narrow networks; empty for none.",
        source="Hu et al. 2018, Squeeze-and-excitation networks",
        ge=1,
        le=64,
    )


class ResNet(Option):
    """Residual network for small pictures: what a block computes is added to what it was given, so that networks of
    many layers can be trained."""

    title = "ResNet"
    suits = ("image",)

    kind: Literal["resnet"] = "resnet"
    resize: int | None = resize_of()
    width: int = first_filters_of(
        16,
        512,
        help="Feature maps of the first stage; each further stage has twice as many at half the height and width. "
        "Usually 16 to 64; the cost grows with the square.",
        source="He et al. 2016, Deep residual learning for image recognition, section 4.2",
    )
    stages: int = stages_of("Groups of blocks at the same size; 3 in the paper, 4 for pictures of 64 pixels and more.")
    blocks_per_stage: int = field(
        3,
        label="Blocks per stage",
        help="Each has two convolutions of 3 × 3. With 3 stages n blocks make a network of 6n + 2 layers: 3, 5, 7 and "
        "9 are ResNet-20, 32, 44 and 56. Deeper helps with many examples and costs time in proportion.",
        source="He et al. 2016, Deep residual learning for image recognition, section 4.2",
        ge=1,
        le=36,
    )
    pre_activation: bool = field(
        False,
        label="Pre-activation",
        help="Normalise and activate before each convolution instead of after it, so that nothing stands in the way "
        "of the shortcuts. Mostly a little better; clearly so beyond 50 layers.",
        source="He et al. 2016, Identity mappings in deep residual networks",
    )
    squeeze_ratio: int | None = squeeze_ratio_of()
    activation: Elementwise = elementwise_of("Non-linearity of all blocks.")
    dropout: float = dropout_of("Share of the averaged feature maps set to zero before the output while training.", 0.0)


class WideResNet(Option):
    """Wide residual network: few blocks with many feature maps, which train faster than many narrow ones and are as
    good."""

    title = "Wide ResNet"
    suits = ("image",)

    kind: Literal["wide_resnet"] = "wide_resnet"
    resize: int | None = resize_of()
    widening: int = field(
        2,
        label="Widening factor",
        help="k: the stages have 16k, 32k, 64k … feature maps. 2 to 4 are usual here, 10 in the paper's best; the cost "
        "grows with the square.",
        source=WIDE_PAPER,
        ge=1,
        le=32,
    )
    stages: int = stages_of("Groups of blocks at the same size; 3 in the paper, 4 for pictures of 64 pixels and more.")
    blocks_per_stage: int = field(
        2,
        label="Blocks per stage",
        help="Each has two convolutions of 3 × 3. With 3 stages n blocks make a network of 6n + 4 layers: 2, 4 and 6 "
        "are WRN-16, WRN-28 and WRN-40.",
        source=WIDE_PAPER,
        ge=1,
        le=36,
    )
    squeeze_ratio: int | None = squeeze_ratio_of()
    activation: Elementwise = elementwise_of("Non-linearity of all blocks.")
    dropout: float = dropout_of(
        "Share of the outputs between the two convolutions of a block set to zero while training; in the paper 0.3, "
        "and 0.4 for house numbers.",
        0.0,
    )


class Xception(Option):
    """Network of depthwise-separable convolutions with residual shortcuts: strong for its number of parameters."""

    title = "Xception-like"
    suits = ("image",)

    kind: Literal["xception"] = "xception"
    resize: int | None = resize_of()
    filters: int = first_filters_of(
        32,
        512,
        help="Feature maps of the first convolution; each stage has twice as many as the one before.",
        source=XCEPTION_PAPER,
    )
    stem_stride: int = field(
        1,
        label="First stride",
        help="Step of the first convolution: 1 for small pictures, 2 to halve larger ones at once, as in the paper.",
        source=XCEPTION_PAPER,
        unit="pixels",
        ge=1,
        le=2,
    )
    stages: int = stages_of("Blocks at the entry, each of which halves the size; 3 in the paper.", 2)
    middle_blocks: int = field(
        1,
        label="Middle blocks",
        help="Blocks of three convolutions that keep the size; 8 in the paper, none in its small version on keras.io.",
        source=XCEPTION_PAPER + ", figure 5; keras.io, Image classification from scratch",
        ge=0,
        le=32,
    )
    activation: Elementwise = elementwise_of("Non-linearity of all convolutions.")
    dropout: float = dropout_of("Share of the averaged feature maps set to zero before the output while training.", 0.2)


class ResNetMlp(Option):
    """Residual network of dense layers, for tables: as good as more elaborate networks on many of them."""

    title = "ResNet of dense layers"

    kind: Literal["resnet_mlp"] = "resnet_mlp"
    width: int = field(
        128,
        label="Width",
        help="Neurons between the blocks. 64 to 512 are usual; fewer for some hundred rows.",
        source=TABLES_PAPER,
        ge=1,
        le=8192,
    )
    blocks: int = field(
        2,
        label="Number of blocks",
        help="Each is a normalisation and two dense layers, added to what the block was given. 1 to 8 are usual.",
        source=TABLES_PAPER,
        ge=1,
        le=64,
    )
    hidden_factor: float = field(
        2.0,
        label="Hidden factor",
        help="Neurons inside a block, as a multiple of the width; 1 to 4 are usual.",
        source=TABLES_PAPER,
        gt=0.0,
        le=16.0,
    )
    activation: Elementwise = elementwise_of("Non-linearity of all blocks.")
    dropout: float = dropout_of("Share of the outputs inside each block set to zero while training; 0 to 0.5.", 0.2)
    residual_dropout: float = field(
        0.0,
        label="Residual dropout",
        help="Share of what a block adds set to zero while training; 0, or up to 0.5.",
        source=TABLES_PAPER,
        ge=0.0,
        lt=1.0,
    )

"""More network families that are known by a name, with the numbers of their papers as fields, and all of them."""

from __future__ import annotations

from typing import Literal

from trainer.spec.fields import Option, field
from trainer.spec.layers.activations import Elementwise, elementwise_of
from trainer.spec.layers.regularization import dropout_of
from trainer.spec.networks import ConvNet, DenseLayer, Mlp, Reduction, reduction_of, resize_of
from trainer.spec.residual import ResNet, ResNetMlp, WideResNet, stages_of

DENSE_PAPER = "Huang et al. 2017, Densely connected convolutional networks"
VGG_PAPER = "Simonyan and Zisserman 2015, Very deep convolutional networks for large-scale image recognition"
XCEPTION_PAPER = "Chollet 2017, Xception: deep learning with depthwise separable convolutions"


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


class Vgg(Option):
    """Plain deep network like VGG: stages of 3 × 3 convolutions, each followed by pooling, then dense layers."""

    title = "VGG-like"
    suits = ("image",)

    kind: Literal["vgg"] = "vgg"
    resize: int | None = resize_of()
    filters: int = field(
        32,
        label="Filters at first",
        help="Feature maps of the first stage; each further stage has twice as many. 64 in the paper.",
        source=VGG_PAPER,
        ge=1,
        le=1024,
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


class Xception(Option):
    """Network of depthwise-separable convolutions with residual shortcuts: strong for its number of parameters."""

    title = "Xception-like"
    suits = ("image",)

    kind: Literal["xception"] = "xception"
    resize: int | None = resize_of()
    filters: int = field(
        32,
        label="Filters at first",
        help="Feature maps of the first convolution; each stage has twice as many as the one before.",
        source=XCEPTION_PAPER,
        ge=1,
        le=512,
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


Network = Mlp | ConvNet | ResNet | WideResNet | DenseNet | Vgg | Xception | ResNetMlp

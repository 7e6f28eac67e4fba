"""Transfer learning: which layers keep the weights that they start with."""

from __future__ import annotations

from typing import Literal

from trainer.spec.fields import Option, Part, choice, field

TRANSFER_PAPER = "Yosinski et al. 2014, How transferable are features in deep neural networks?"


class FreezeFirst(Option):
    """The first layers with weights keep them; those after are trained."""

    title = "The first layers"

    kind: Literal["first"] = "first"
    layers: int = field(
        1,
        label="Layers",
        help="How many layers with weights, counted from the input as the preview lists them. Batch normalisation "
        "counts as one, and so does each column of categories with an embedding.",
        ge=1,
        le=10_000,
    )


class FreezeUpTo(Option):
    """All layers up to a named one keep their weights, itself included."""

    title = "Up to a layer"

    kind: Literal["up_to"] = "up_to"
    layer: str = field(
        "",
        label="Layer",
        help="Its name in the preview. It and every layer listed above it are frozen.",
        max_length=100,
    )


class FreezeAllButOutput(Option):
    """Only the output layer, and its head if it has one, is trained: the network gives features and stays as it is."""

    title = "All but the output"

    kind: Literal["all_but_output"] = "all_but_output"


class FreezeAllButLast(Option):
    """Only the last share of the layers with weights is trained."""

    title = "All but the last share"

    kind: Literal["all_but_last"] = "all_but_last"
    share: float = field(
        0.25,
        label="Trained share",
        help="Share of the layers with weights that is trained, counted from the output and rounded up.",
        gt=0.0,
        lt=1.0,
    )


Freeze = FreezeFirst | FreezeUpTo | FreezeAllButOutput | FreezeAllButLast


class LayerRate(Part):
    """A layer with its own share of the learning rate."""

    layer: str = field("", label="Layer", help="Its name in the preview.", max_length=100)
    rate: float = field(
        0.1,
        label="Multiplier",
        help="What the learning rate is multiplied by for this layer; 0 freezes it.",
        ge=0.0,
        le=1000.0,
    )


class Transfer(Part):
    """What a network that starts with the weights of a checkpoint keeps of them."""

    freeze: Freeze | None = choice(
        Freeze,
        None,
        label="Freeze",
        help="Layers that keep the weights they start with, batch normalisation its averages as well. For a run "
        "branched from a network that learnt from far more examples and classes than there are now. Features "
        "of a small network on few classes carry over badly: on digits we measured no gain, and a large loss "
        "for training the output alone. Frozen layers take less time and no memory of the optimiser.",
        source=TRANSFER_PAPER,
    )
    new_output: bool = field(
        False,
        label="Start with a new output",
        help="Of the weights of a checkpoint, leave out those of the output layer and its head even where their shapes "
        "fit: for other classes or another target. Where they do not fit they are new anyway.",
    )
    rate_decay: float = field(
        1.0,
        label="Learning-rate decay by depth",
        help="The learning rate of each layer is that of the layer after it times this; the output layer has the full "
        "one. Early layers, which hold what is general, then change little. 1 is off; 0.4 to 0.9 is usual. Batch "
        "normalisation goes with the layer before it.",
        source="Howard and Ruder 2018, Universal language model fine-tuning for text classification, section 3.2; "
        "Clark et al. 2020, ELECTRA, appendix B",
        ge=0.1,
        le=1.0,
    )
    rates: tuple[LayerRate, ...] = field(
        lambda: (),
        label="Learning rates of layers",
        help="Layers with a share of the learning rate of their own, instead of that by depth. Weight decay is "
        "multiplied as well.",
        advanced=True,
        max_length=200,
    )

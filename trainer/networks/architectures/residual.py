"""Residual networks for small pictures: stages of blocks whose result is added to their input."""

from __future__ import annotations

from dataclasses import dataclass

from trainer.data.facts import DatasetFacts
from trainer.networks.architectures.blocks import (
    AT,
    activate,
    add_to,
    begin_pictures,
    check_stages,
    convolve,
    excite,
    halvings_of,
    normalize,
    normalize_and_activate,
    shortcut,
)
from trainer.networks.plan import Builder, Path
from trainer.spec import ResNet, WideResNet
from trainer.spec.layers.activations import Elementwise

STEM = 16  # filters before the stages of a wide network


@dataclass(frozen=True)
class Style:
    """What all blocks of a network have in common; ``width_at`` is the path of the field that says how wide."""

    activation: Elementwise
    pre_activation: bool
    width_at: Path
    squeeze_ratio: int | None
    dropout: float = 0.0


@dataclass(frozen=True)
class Block:
    """One block: its name, the feature maps that it is given and those that it computes."""

    name: str
    given: int
    width: int
    strides: int

    @property
    def changes_shape(self) -> bool:
        """Whether the shortcut needs a convolution."""
        return self.given != self.width or self.strides > 1


def add_resnet(builder: Builder, network: ResNet, facts: DatasetFacts) -> None:
    """Append a stem, the stages and global average pooling (He et al. 2016, section 4.2).

    Shortcuts between stages are convolutions, option B of the paper. Raises :class:`SpecError` on data that is not
    images, and at the number of stages if the pictures are too small.
    """
    style = Style(network.activation, network.pre_activation, (*AT, "width"), network.squeeze_ratio)
    begin_pictures(builder, network.resize, facts)
    check_stages(network.stages, halvings_of(network.resize, facts, rounds_up=True) + 1, network.resize, facts)
    add_stages(builder, style, network.width, _doubled(network.width, network.stages), network.blocks_per_stage)
    builder.dropout("final_dropout", network.dropout, (*AT, "dropout"))


def add_wide_resnet(builder: Builder, network: WideResNet, facts: DatasetFacts) -> None:
    """Append a stem of 16 filters, the wide stages and global average pooling (Zagoruyko and Komodakis 2016, table 1).

    Raises :class:`SpecError` as :func:`add_resnet` does.
    """
    style = Style(network.activation, True, (*AT, "widening"), network.squeeze_ratio, network.dropout)
    begin_pictures(builder, network.resize, facts)
    check_stages(network.stages, halvings_of(network.resize, facts, rounds_up=True) + 1, network.resize, facts)
    widths = _doubled(STEM * network.widening, network.stages)
    add_stages(builder, style, STEM, widths, network.blocks_per_stage)


def _doubled(first: int, stages: int) -> list[int]:
    return [first * 2**stage for stage in range(stages)]


def add_stages(builder: Builder, style: Style, stem: int, widths: list[int], num_blocks: int) -> None:
    """Append a convolution with ``stem`` filters, a stage of blocks for each of ``widths``, and the average.

    Each stage but the first begins with a stride of 2.
    """
    convolve(builder, "stem_conv", origin=style.width_at, before=style.activation, filters=stem)
    if not style.pre_activation:
        normalize_and_activate(builder, "stem", style.activation, AT)
    add_block = _add_pre_activation_block if style.pre_activation else _add_block
    given = stem
    for stage, width in enumerate(widths, start=1):
        for number in range(1, num_blocks + 1):
            strides = 2 if stage > 1 and number == 1 else 1
            add_block(builder, style, Block(f"stage_{stage}_block_{number}", given, width, strides))
            given = width
    if style.pre_activation:
        normalize_and_activate(builder, "final", style.activation, AT)
    builder.add("global_average", "GlobalAveragePooling2D", origin=(*AT, "kind"))


def _add_block(builder: Builder, style: Style, block: Block) -> None:
    """Figure 2 of the paper."""
    source, name = builder.last, block.name
    _convolve(builder, style, f"{name}_conv_1", block.width, block.strides)
    normalize_and_activate(builder, name, style.activation, AT, 1)
    builder.dropout(f"{name}_dropout", style.dropout, (*AT, "dropout"))
    _convolve(builder, style, f"{name}_conv_2", block.width)
    normalize(builder, f"{name}_batch_normalization_2", style.width_at)
    computed = _excited(builder, style, block)
    if block.changes_shape:
        convolved = shortcut(builder, name, source, block.width, origin=style.width_at, strides=block.strides)
        source = normalize(builder, f"{convolved}_batch_normalization", style.width_at)
    add_to(builder, name, computed, source, style.width_at)
    activate(builder, f"{name}_activation_2", style.activation, AT)


def _add_pre_activation_block(builder: Builder, style: Style, block: Block) -> None:
    """Figure 1 (b) of He et al. 2016, Identity mappings; a convolution on the shortcut takes the activated input."""
    source, name = builder.last, block.name
    activated = normalize_and_activate(builder, name, style.activation, AT, 1)
    _convolve(builder, style, f"{name}_conv_1", block.width, block.strides)
    normalize_and_activate(builder, name, style.activation, AT, 2)
    builder.dropout(f"{name}_dropout", style.dropout, (*AT, "dropout"))
    _convolve(builder, style, f"{name}_conv_2", block.width)
    computed = _excited(builder, style, block)
    if block.changes_shape:
        source = shortcut(builder, name, activated, block.width, origin=style.width_at, strides=block.strides)
    add_to(builder, name, computed, source, style.width_at)


def _excited(builder: Builder, style: Style, block: Block) -> str:
    if style.squeeze_ratio is None:
        return builder.last
    return excite(builder, block.name, block.width, ratio=style.squeeze_ratio, activation=style.activation, at=AT)


def _convolve(builder: Builder, style: Style, name: str, width: int, strides: int = 1) -> str:
    return convolve(builder, name, origin=style.width_at, before=style.activation, filters=width, strides=strides)

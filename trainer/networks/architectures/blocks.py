"""What families have in common: how those for pictures begin and end, and the parts of blocks."""

from __future__ import annotations

from typing import Any

from trainer.data.facts import DatasetFacts
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from trainer.networks.layers import add_activation, add_normalization
from trainer.networks.plan import Builder, Path
from trainer.networks.weights import NO_ACTIVATION, Weights
from trainer.spec.layers.activations import Elementwise, Sigmoid
from trainer.spec.layers.normalization import BatchNormalization
from trainer.spec.networks.parts import Reduction

AT: Path = ("network",)  # in a spec


def begin_pictures(builder: Builder, resize: int | None, facts: DatasetFacts) -> None:
    """Append the resizing, if any; raises :class:`SpecError` on data that is not images."""
    if facts.kind != "image":
        message = Message(
            "a convolutional network was given for {title}, which is a table; accepted: networks for tables. "
            "Choose the multilayer perceptron, or a dataset of images.",
            title=facts.shown_title,
        )
        raise SpecError([Problem((*AT, "kind"), message)])
    if resize is not None:
        # Inside the network, so that evaluation and a downloaded model need no preprocessing of their own.
        builder.add("resizing", "Resizing", origin=(*AT, "resize"), height=resize, width=resize)


def halvings_of(resize: int | None, facts: DatasetFacts, *, rounds_up: bool) -> int:
    """How often the pictures can be halved before their shorter side is one pixel.

    A stride of 2 rounds an odd size up, pooling without padding rounds it down.
    """
    shorter = resize or min(facts.input_shape[:2])
    return (shorter - 1).bit_length() if rounds_up else shorter.bit_length() - 1


def check_stages(stages: int, most: int, resize: int | None, facts: DatasetFacts) -> None:
    """Raise :class:`SpecError` at the field ``stages`` if there are more than ``most``."""
    if stages <= most:
        return
    height, width = (resize, resize) if resize else facts.input_shape[:2]
    message = Message(
        "{given} given, but pictures of {height} × {width} pixels are a single pixel before the last stage; accepted: "
        "at most {most}. Lower it, or resize the pictures to more pixels.",
        given=stages,
        height=height,
        width=width,
        most=most,
    )
    raise SpecError([Problem((*AT, "stages"), message)])


def convolve(
    builder: Builder,
    name: str,
    *,
    origin: Path,
    before: Elementwise,
    filters: int,
    kernel_size: int = 3,
    strides: int = 1,
    separable: bool = False,
    use_bias: bool = False,
    inputs: tuple[str, ...] | None = None,
) -> str:
    """Append a convolution that keeps the size, but for its strides; without bias, because a normalisation follows.

    ``before`` is the activation that comes after it.
    """
    return builder.convolution(
        name,
        origin=origin,
        filters=filters,
        kernel_size=kernel_size,
        separable=separable,
        weights=Weights(before),
        inputs=inputs,
        strides=strides,
        use_bias=use_bias,
    )


def normalize(builder: Builder, name: str, origin: Path) -> str:
    """Append a batch normalisation as a spec has it by default."""
    return add_normalization(builder, name, BatchNormalization(), origin, builder.last)


def activate(builder: Builder, name: str, activation: Elementwise, origin: Path, *, is_spatial: bool = True) -> str:
    """Append an activation, unless it is none; ``origin`` is the path of the part that has the field."""
    add_activation(builder, name, activation, (*origin, "activation"), is_spatial=is_spatial)
    return builder.last


def normalize_and_activate(
    builder: Builder,
    name: str,
    activation: Elementwise,
    origin: Path,
    number: int | None = None,
    *,
    is_spatial: bool = True,
) -> str:
    """Append both; the layers are called ``name`` and what they are, and by ``number`` if there are several."""
    suffix = "" if number is None else f"_{number}"
    normalize(builder, f"{name}_batch_normalization{suffix}", origin)
    return activate(builder, f"{name}_activation{suffix}", activation, origin, is_spatial=is_spatial)


def shortcut(builder: Builder, name: str, source: str, filters: int, *, origin: Path, strides: int = 1) -> str:
    """Append a convolution of 1 × 1 without activation that gives ``source`` the shape that it is added to.

    Where the shapes are equal, the shortcut is ``source`` itself.
    """
    return convolve(
        builder,
        f"{name}_shortcut",
        origin=origin,
        before=NO_ACTIVATION,
        filters=filters,
        kernel_size=1,
        strides=strides,
        inputs=(source,),
    )


def add_to(builder: Builder, name: str, computed: str, source: str, origin: Path) -> str:
    """Append the sum of what a block computed and its shortcut."""
    return builder.add(f"{name}_add", "Add", origin=origin, inputs=(computed, source))


def excite(builder: Builder, name: str, channels: int, *, ratio: int, activation: Elementwise, at: Path) -> str:
    """Append squeeze-and-excitation: each feature map times a number from 0 to 1, learnt from the averages of all
    (Hu et al. 2018, equations 2 to 4, which have no biases).

    ``ratio`` is that of the ``channels`` to the units of the layer between; ``at`` is the path of the part that has it
    as ``squeeze_ratio``, and the activation.
    """
    source, origin, units = builder.last, (*at, "squeeze_ratio"), max(1, channels // ratio)
    builder.add(f"{name}_squeeze", "GlobalAveragePooling2D", origin=origin, keepdims=True)
    dense: dict[str, Any] = {"origin": origin, "use_bias": False}
    builder.dense(f"{name}_squeeze_dense_1", weights=Weights(activation), units=units, inputs=(builder.last,), **dense)
    activate(builder, f"{name}_squeeze_activation", activation, at)
    gate = f"{name}_squeeze_dense_2"
    builder.dense(
        gate, weights=Weights(Sigmoid()), units=channels, inputs=(builder.last,), activation="sigmoid", **dense
    )
    return builder.add(f"{name}_excitation", "Multiply", origin=origin, inputs=(source, gate))


def reduce(builder: Builder, reduction: Reduction) -> None:
    """Append what makes one vector of the feature maps."""
    if reduction == "flatten":
        builder.add("flatten", "Flatten", origin=(*AT, "reduction"))
    elif reduction == "global_max":
        builder.add("global_max", "GlobalMaxPooling2D", origin=(*AT, "reduction"))
    else:
        builder.add("global_average", "GlobalAveragePooling2D", origin=(*AT, "reduction"))

"""A network as a plan: a graph of named layers with keyword arguments, needing no Keras."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from trainer.errors import Problem, SpecError
from trainer.networks.costs import COSTS, Cost, Impossible, Shape
from trainer.networks.weights import CONVOLUTION_AXES, DENSE_AXES, SEPARABLE_AXES, Weights

Path = tuple[str | int, ...]
UNREMARKABLE = Weights()


class FromTraining(Enum):
    """A keyword argument that depends on the training data; ``trainer/training/keras_model.py`` fills it in.

    In a list with an entry for each column, it is the value of that column.
    """

    INPUT_MEAN = "input_mean"
    INPUT_VARIANCE = "input_variance"
    INPUT_MINIMUM = "input_minimum"
    INPUT_SPAN_SQUARED = "input_span_squared"
    INPUT_MEDIAN = "input_median"
    INPUT_MOST_FREQUENT = "input_most_frequent"
    TARGET_MEAN = "target_mean"
    TARGET_DEVIATION = "target_deviation"
    TARGET_MINIMUM = "target_minimum"
    TARGET_SPAN = "target_span"


@dataclass(frozen=True)
class Seen:
    """The number of a category of ``column`` that some training row has; else -1, which stands for none.

    The number after the last category is that of missing cells.
    """

    column: int
    number: int


@dataclass(frozen=True)
class Layer:
    """One layer. ``kind`` is the name of a Keras layer class (``Input`` for the input) or of one of Keras's operations
    (``OPERATIONS``), ``inputs`` are the names of earlier layers, ``origin`` is the path of the spec field that it comes
    from."""

    name: str
    kind: str
    kwargs: dict[str, Any]
    inputs: tuple[str, ...]
    origin: Path = ()

    @property
    def is_of_output(self) -> bool:
        """Whether it belongs to the output and not to the network before it."""
        return self.origin[:1] == ("output",)


@dataclass(frozen=True)
class Row:
    """One line of the outline; shapes and costs are for one example. ``rate`` is the layer's share of the learning
    rate, 0 for one that is frozen; ``num_trained`` are the parameters that the optimiser changes."""

    name: str
    kind: str
    output_shape: Shape
    num_parameters: int
    num_trained: int
    multiply_adds: int
    rate: float

    @property
    def is_frozen(self) -> bool:
        """Whether it has weights and keeps them."""
        return self.num_parameters > 0 and not self.rate


class Plan:
    """Layers in topological order; the last one is the output.

    Raises :class:`SpecError` at the field of the first layer that does not accept its inputs.
    """

    def __init__(self, layers: list[Layer]) -> None:
        self.layers = tuple(layers)
        self.rates: Mapping[str, float] = {}
        self._costs: dict[str, Cost] = {}
        for layer in layers:
            try:
                self._costs[layer.name] = COSTS[layer.kind](
                    layer.kwargs, [self.shape_of(name) for name in layer.inputs]
                )
            except Impossible as problem:
                raise SpecError([Problem(layer.origin, problem.message)]) from None

    def trained_at(self, rates: Mapping[str, float]) -> Plan:
        """The same layers, of which each has its share of the learning rate in ``rates``, by name; 1 for others."""
        changed = copy.copy(self)
        changed.rates = rates
        return changed

    def rate_of(self, name: str) -> float:
        """The share of the learning rate at which the layer ``name`` is trained; 0 for one that is frozen."""
        return self.rates.get(name, 1.0)

    @property
    def weighted(self) -> list[str]:
        """The names of the layers with weights, in order."""
        return [layer.name for layer in self.layers if self.cost_of(layer.name).num_parameters]

    @property
    def frozen(self) -> list[str]:
        """The names of the layers with weights that keep them, in order."""
        return [name for name in self.weighted if not self.rate_of(name)]

    def shape_of(self, name: str) -> Shape:
        """The output shape of the layer ``name``, without the batch axis."""
        return self.cost_of(name).output_shape

    def cost_of(self, name: str) -> Cost:
        """Shape, parameters and cost of the layer ``name``."""
        return self._costs[name]

    @property
    def num_parameters(self) -> int:
        """The number of all parameters, as Keras's ``count_params`` gives it."""
        return sum(cost.num_parameters for cost in self._costs.values())

    @property
    def num_trained(self) -> int:
        """The number of parameters that the optimiser changes."""
        return sum(row.num_trained for row in self.outline())

    @property
    def multiply_adds(self) -> int:
        """Multiply-add operations in one forward pass of one example."""
        return sum(cost.multiply_adds for cost in self._costs.values())

    @property
    def training_multiply_adds(self) -> int:
        """Multiply-add operations in training on one example.

        The backward pass takes about twice the forward pass (Amodei and Hernandez 2018, AI and compute, appendix), half
        of it for the gradient of the weights, half for that of the inputs. It ends at the first trained layer.
        """
        total, reached = 0, set[str]()
        frozen = set(self.frozen)
        for layer in self.layers:
            cost = self.cost_of(layer.name)
            if reached.intersection(layer.inputs) or (cost.num_parameters and layer.name not in frozen):
                reached.add(layer.name)
            passes = 1 if layer.name not in reached else 2 if layer.name in frozen else 3
            total += passes * cost.multiply_adds
        return total

    @property
    def num_activations(self) -> int:
        """Values that the forward pass of one example keeps in memory, over all layers."""
        return sum(math.prod(cost.output_shape) + cost.num_inner for cost in self._costs.values())

    def outline(self) -> list[Row]:
        """One row per layer, in order."""
        return [self._row(layer) for layer in self.layers]

    def _row(self, layer: Layer) -> Row:
        cost, rate = self.cost_of(layer.name), self.rate_of(layer.name)
        num_trained = cost.num_parameters - cost.num_statistics if rate else 0
        return Row(
            layer.name, layer.kind, cost.output_shape, cost.num_parameters, num_trained, cost.multiply_adds, rate
        )


class Builder:
    """Collects the layers of a plan. A layer follows the last one unless ``inputs`` says otherwise."""

    def __init__(self, input_shape: Shape, seed: int) -> None:
        self.seed = seed
        self.layers = [Layer("input", "Input", {"shape": input_shape}, ())]

    @property
    def last(self) -> str:
        """The name of the layer added last."""
        return self.layers[-1].name

    def add(
        self, name: str, kind: str, /, *, origin: Path = (), inputs: tuple[str, ...] | None = None, **kwargs: Any
    ) -> str:
        """Append a layer and return its name."""
        self.layers.append(Layer(name, kind, kwargs, (self.last,) if inputs is None else inputs, origin))
        return name

    def dropout(self, name: str, rate: float, origin: Path, kind: str = "Dropout") -> None:
        """Append dropout, or another layer of noise, with its own seed, unless ``rate`` is 0."""
        if rate:
            self.add(name, kind, origin=origin, rate=rate, seed=self.seed_of(name))

    def dense(
        self,
        name: str,
        *,
        origin: Path,
        units: int,
        weights: Weights = UNREMARKABLE,
        inputs: tuple[str, ...] | None = None,
        **kwargs: Any,
    ) -> str:
        """Append a fully connected layer whose initial weights come from its own seed."""
        kernels = weights.arguments(DENSE_AXES, {"kernel": self.seed_of(name)})
        return self.add(name, "Dense", origin=origin, inputs=inputs, units=units, **kernels, **kwargs)

    def convolution(
        self,
        name: str,
        *,
        origin: Path,
        filters: int,
        kernel_size: int,
        separable: bool = False,
        weights: Weights = UNREMARKABLE,
        inputs: tuple[str, ...] | None = None,
        **kwargs: Any,
    ) -> str:
        """Append a convolution, full or depthwise-separable, whose initial weights come from its own seeds."""
        if separable:
            seeds = {"depthwise": self.seed_of(f"{name}/depthwise"), "pointwise": self.seed_of(name)}
            kind, kernels = "SeparableConv2D", weights.arguments(SEPARABLE_AXES, seeds)
        else:
            kind, kernels = "Conv2D", weights.arguments(CONVOLUTION_AXES, {"kernel": self.seed_of(name)})
        sizes = {"filters": filters, "kernel_size": kernel_size, "padding": "same"}
        return self.add(name, kind, origin=origin, inputs=inputs, **sizes, **kernels, **kwargs)

    def seed_of(self, name: str) -> int:
        """A seed for the layer ``name``: independent of those of other layers, and the same in every build."""
        digest = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()
        return int.from_bytes(digest[:4], "big") >> 1

"""Checks that the ``config.json`` of a network holds only what Trainyard's networks use, before Keras reads it.

Keras's safe mode forbids what is known to be dangerous, and has been bypassed repeatedly (CVE-2025-1550,
CVE-2025-8747, CVE-2026-1462). This is an allowlist instead: layers that a plan can have, with arguments that are
numbers, and no larger than the weights that come with them. Needs no Keras.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from trainer.messages.message import Message
from trainer.networks.costs import COSTS, OPERATIONS, Impossible, Shape
from trainer.spec.fields import kind_of
from trainer.spec.layers.activations import Activation
from trainer.system.archives import Foreign
from trainer.validation.compatibility import MAX_PARAMETERS

Json = dict[str, Any]
LAYERS = {"InputLayer", *COSTS} - {"Input"} - OPERATIONS
ALLOWED: dict[str | None, set[str]] = {
    None: {"__keras_tensor__", "__numpy__"},
    "keras.src.models.functional": {"Functional"},
    "keras": {"DTypePolicy"},
    "keras.layers": LAYERS,
    "keras.src.ops.core": {"Cast"},
    "keras.src.ops.numpy": OPERATIONS - {"Cast"},
    "keras.constraints": {"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"},
    "keras.initializers": {
        "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform", "Ones",
        "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros",
    },
    "keras.regularizers": {"L1", "L1L2", "L2", "OrthogonalRegularizer"},
}  # fmt: skip
ACTIVATIONS = {*map(kind_of, get_args(Activation)), "softmax"}
# Arguments of layers that are numbers, texts or lists of them. Others may only be null or false.
ARGUMENTS = {
    "name", "dtype", "trainable", "batch_shape", "scale", "offset", "data_format", "height", "width", "interpolation",
    "fill_mode", "fill_value", "depth_multiplier", "filters", "kernel_size", "strides", "padding", "dilation_rate",
    "activation", "use_bias", "axis", "momentum", "epsilon", "center", "renorm_momentum", "pool_size", "rate", "seed",
    "groups", "units", "mean", "variance", "negative_slope", "alpha", "shared_axes", "keepdims",
}  # fmt: skip
PARTS = ("_initializer", "_regularizer", "_constraint")
# Upper bounds: those of the spec, Keras's default where the spec has no such field, or for filters, which some families
# double from stage to stage, what no network within MAX_PARAMETERS exceeds.
LARGEST = {
    "units": 65_536,
    "filters": 16_384,
    "kernel_size": 31,
    "pool_size": 16,
    "strides": 16,
    "dilation_rate": 1,
    "depth_multiplier": 1,
    "groups": 8_192,
    "height": 512,
    "width": 512,
}
LONGEST_TEXT = 200
# A weight is stored in 32 bits; only half of that is required, so that a narrower type passes too.
BYTES_PER_PARAMETER = 2


def check_config(config: Any, weight_bytes: int) -> None:
    """Raise :class:`Foreign` unless ``config`` is a network of ours whose weights fit in ``weight_bytes`` bytes."""
    for found in _objects(config):
        _refuse_class(found)
    try:
        parameters = _parameters_of(config)
    except Foreign:
        raise
    except (Impossible, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        reason = error.message if isinstance(error, Impossible) else str(error)[:100]
        raise Foreign(
            Message(
                "it is not a network that can be built ({error}: {reason})", error=type(error).__name__, reason=reason
            )
        ) from None
    asked = f"{parameters:,}"  # now, because Python does not format numbers of thousands of digits
    if parameters > MAX_PARAMETERS:
        raise Foreign(
            Message("it asks for {asked} parameters; at most {most:,} are accepted", asked=asked, most=MAX_PARAMETERS)
        )
    if parameters * BYTES_PER_PARAMETER > weight_bytes:
        raise Foreign(
            Message(
                "it asks for {asked} parameters, which do not fit in its weights of {available:,} bytes",
                asked=asked,
                available=weight_bytes,
            )
        )


def _objects(value: Any) -> Iterator[Json]:
    """Every object in the JSON, at any depth, that names a class or anything else to import."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            if each.keys() & {"class_name", "module", "registered_name"}:
                yield each
            pending.extend(each.values())
        elif isinstance(each, list):
            pending.extend(each)


def _refuse_class(found: Json) -> None:
    module, name, registered = found.get("module"), found.get("class_name"), found.get("registered_name")
    is_text = isinstance(name, str) and isinstance(module, str | None)
    if not is_text or name not in ALLOWED.get(module, ()) or registered not in (None, name):
        config = found.get("config")
        what = f"{name} “{config}”" if isinstance(config, str) else f"{registered or name}"
        raise Foreign(
            Message(
                "it has {found} of {module}, which no network of Trainyard has",
                found=what[:100],
                module=str(module)[:100],
            )
        )


def _parameters_of(network: Json) -> int:
    """How many parameters the network has, computed as for plans; its layers are in order."""
    _same(network, {"module", "class_name", "config", "registered_name", "build_config", "compile_config"})
    _expect(network["class_name"] == "Functional", Message("it is not a network"))
    _expect(not network.get("compile_config"), Message("it brings compile arguments"))
    _expect(network.get("build_config") in (None, {"input_shape": None}), Message("it is built by hand"))
    _same(network["config"], {"name", "trainable", "layers", "input_layers", "output_layers"})
    shapes: dict[str, Shape] = {}
    total = 0
    for layer in network["config"]["layers"]:
        _same(layer, {"module", "class_name", "config", "registered_name", "build_config", "name", "inbound_nodes"})
        kind = layer["class_name"]
        _expect(kind in LAYERS | OPERATIONS, Message("it has {kind} for a layer", kind=str(kind)))
        _check_arguments(layer["config"])
        inputs = [shapes[name] for name in _inputs_of(layer)]
        _check_built(layer, inputs)
        arguments = _arguments_of(layer["config"])
        if kind in OPERATIONS:
            arguments |= _constants_of(layer, inputs)
        cost = COSTS[kind.replace("InputLayer", "Input")](arguments, inputs)
        shapes[layer["name"]] = cost.output_shape
        total += cost.num_parameters
    return total


def _same(found: Json, keys: set[str]) -> None:
    for key in found.keys() - keys:
        raise Foreign(Message("it has the key {key}, which no network of Trainyard has", key=repr(key[:50])))


def _expect(is_right: bool, otherwise: Message) -> None:
    if not is_right:
        raise Foreign(otherwise)


def _check_arguments(arguments: Json) -> None:
    for key, value in arguments.items():
        if key.endswith(PARTS) or (key == "dtype" and isinstance(value, dict)):
            _check_part(key, value)
        elif key == "activation":
            found = Message("it has the activation {name}", name=repr(str(value)[:100]))
            _expect(isinstance(value, str) and value in ACTIVATIONS, found)
        elif key in ARGUMENTS:
            _check_value(key, value)
        else:
            found = Message("it gives the argument {name} to a layer", name=repr(key[:50]))
            _expect(value is None or value is False, found)


def _check_part(key: str, part: Json | None) -> None:
    """An initialiser, a constraint, a policy: an object of numbers and texts."""
    if part is not None:
        _same(part, {"module", "class_name", "config", "registered_name"})
        for value in part["config"].values():
            _check_value(key, value)


def _check_value(key: str, value: Any) -> None:
    """A number, a text, or a list of them."""
    if isinstance(value, list):
        for each in value:
            _expect(not isinstance(each, dict), Message("it has an object for {key}", key=key))
            _check_value(key, each)
    elif isinstance(value, str):
        found = Message("it has {length:,} characters for {key}", length=len(value), key=key)
        _expect(len(value) <= LONGEST_TEXT, found)
    elif key in LARGEST:
        is_right = isinstance(value, int) and 1 <= value <= LARGEST[key]
        _expect(
            is_right,
            Message(
                "it has {value} for {key}; from 1 to {most:,} are accepted",
                value=str(value),
                key=key,
                most=LARGEST[key],
            ),
        )
    else:
        is_right = value is None or isinstance(value, int | float)
        _expect(is_right, Message("it has an object for {key}", key=key))


def _inputs_of(layer: Json) -> list[str]:
    """The names of its input layers. A layer is called once, with tensors and with flags."""
    nodes = layer["inbound_nodes"]
    times = Message(
        "it uses {layer} {count} time",
        plural="it uses {layer} {count} times",
        layer=str(layer["name"]),
        count=len(nodes),
    )
    _expect(len(nodes) == (layer["class_name"] != "InputLayer"), times)
    found = [each for node in nodes for each in _objects(node["args"])]
    tensors = [each for each in reversed(found) if each["class_name"] != "__numpy__"]  # the last one is found first
    is_right = len(tensors) == len(found) or layer["class_name"] in OPERATIONS
    _expect(is_right, Message("it calls a layer with values"))
    for node in nodes:
        _same(node, {"args", "kwargs"})
        are_flags = all(value in (None, True, False) for value in node["kwargs"].values())
        _expect(are_flags, Message("it calls a layer with values"))
    return [tensor["config"]["keras_history"][0] for tensor in tensors]


def _constants_of(operation: Json, inputs: list[Shape]) -> Json:
    """What an operation is called with besides tensors: which columns, or a number for each column."""
    kind, config, args = operation["class_name"], operation["config"], operation["inbound_nodes"][0]["args"]
    wrong = Message("it calls {operation} with other arguments", operation=str(kind))
    _expect(config.get("axis", -1) == -1 and config.get("dtype", "float32") == "float32", wrong)
    constants = [each for each in args if not _is_tensor(each)]
    _expect(len(args) - len(constants) == len(inputs) == (2 if kind == "Where" else 1), wrong)
    if kind in {"Isnan", "Cast"}:
        _expect(not constants, wrong)
        return {}
    (given,) = constants
    if kind == "Take":
        _expect(isinstance(given, list) and all(type(each) is int for each in given), wrong)
        return {"columns": given}
    _same(given, {"class_name", "config"})
    _same(given["config"], {"value", "dtype"})
    values = given["config"]["value"]
    _expect(given["class_name"] == "__numpy__" and given["config"]["dtype"] == "float32", wrong)
    _expect(isinstance(values, list) and all(type(each) in (int, float) for each in values), wrong)
    _expect((len(values),) == inputs[-1], wrong)
    return {"values": values}


def _is_tensor(argument: Any) -> bool:
    return isinstance(argument, dict) and argument.get("class_name") == "__keras_tensor__"


def _check_built(layer: Json, inputs: list[Shape]) -> None:
    """Keras creates the weights for the shape given here, not for that of the actual inputs."""
    built = layer.get("build_config")
    if built is not None:
        right = [None, *inputs[0]] if len(inputs) == 1 else [[None, *shape] for shape in inputs]
        found = Message("it builds {layer} for {shape}", layer=str(layer["name"]), shape=str(built)[:100])
        _expect(built == {"input_shape": right}, found)


def _arguments_of(config: Json) -> Json:
    """The arguments as in a plan: one number for a square, and shapes without the batch axis."""
    arguments = dict(config)
    for key in ("kernel_size", "pool_size", "strides"):
        if isinstance(value := arguments.get(key), list):
            found = Message("it has {value} for {key}", value=str(value), key=key)
            _expect(len(value) == 2 and value[0] == value[1], found)
            arguments[key] = value[0]
    if "batch_shape" in config:
        batch, *shape = config["batch_shape"]
        is_right = batch is None and all(isinstance(size, int) and size > 0 for size in shape)
        _expect(is_right, Message("it takes {shape}", shape=str(config["batch_shape"])))
        arguments["shape"] = shape
    return arguments

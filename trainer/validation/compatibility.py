"""Checks across fields: parts of a spec that do not fit each other or the data."""

from __future__ import annotations

from collections.abc import Iterator

from trainer.data.facts import DatasetFacts
from trainer.data.sizes import Sizes, training_facts
from trainer.errors import Problem, SpecError
from trainer.networks.ends import output_activation
from trainer.networks.families import plan_of
from trainer.networks.plan import Plan
from trainer.spec import Sgd, Spec

MAX_PARAMETERS = 200_000_000
MAX_ACTIVATION_BYTES = 64 * 2**30


def check_spec(spec: Spec, facts: DatasetFacts) -> list[Problem]:
    """Return what does not fit the data or the rest of the spec, the network last; empty when it can be trained."""
    training = training_facts(spec, facts)
    sizes = training.sizes
    found = [*_split_problems(spec, facts, sizes), *_output_problems(spec, facts), *_optimizer_problems(spec)]
    if spec.fit.batch_size > sizes.train >= 1:
        message = f"{spec.fit.batch_size} given, but there are only {sizes.train} training examples"
        found.append(Problem(("fit", "batch_size"), f"{message}; accepted: 1 to {sizes.train}. Lower it."))
    found += [*_accumulation_problems(spec, training.steps_per_epoch), *_device_problems(spec)]
    try:
        plan = plan_of(spec, facts)
    except SpecError as error:
        return found + error.problems
    return found + list(_size_problems(spec, plan))


def _split_problems(spec: Spec, facts: DatasetFacts, sizes: Sizes) -> Iterator[Problem]:
    needed = facts.num_classes if spec.split.stratified and facts.num_classes else 1
    why = f"each of the {needed} classes needs one" if needed > 1 else "at least one is needed"
    for part, at in (("validation", "validation_fraction"), ("test", "test_fraction")):
        size = getattr(sizes, part)
        if size < needed:
            fraction = getattr(spec.split, at)
            message = f"{fraction:g} given, which is {size} of {facts.num_examples} examples, but {why}. Raise it."
            yield Problem(("split", at), message)
    if sizes.train < needed:
        message = f"{sizes.train} of {facts.num_examples} examples are left to train on, but {why}"
        yield Problem(("split", "validation_fraction"), f"{message}. Lower validation or test.")


def _output_problems(spec: Spec, facts: DatasetFacts) -> Iterator[Problem]:
    if facts.task == "classification":
        yield from _class_output_problems(spec, facts)
        return
    activation, loss = spec.output.activation, spec.output.loss
    if activation == "softmax":
        message = f"softmax given, but {facts.title} has one number to predict, and softmax of one number is always 1"
        yield Problem(("output", "activation"), f"{message}; accepted: auto, linear, sigmoid. Choose auto.")
    if activation == "sigmoid" and spec.normalization.targets == "none":
        message = "sigmoid given, which stays between 0 and 1, and the target is not scaled; accepted: auto, linear"
        yield Problem(("output", "activation"), f"{message}. Choose auto, or standardise the targets.")
    if loss == "crossentropy":
        message = f"crossentropy given, but {facts.title} has a number to predict; accepted: auto, mean_squared_error"
        yield Problem(("output", "loss"), f"{message}, mean_absolute_error, huber. Choose auto.")


def _class_output_problems(spec: Spec, facts: DatasetFacts) -> Iterator[Problem]:
    if output_activation(spec, facts) == "sigmoid":
        message = f"sigmoid given, but every example of {facts.title} belongs to exactly one class"
        yield Problem(("output", "activation"), f"{message}; accepted: auto, softmax, linear. Choose auto.")
    if spec.output.loss not in {"auto", "crossentropy"}:
        message = f"{spec.output.loss} given, but {facts.title} has classes to tell apart"
        yield Problem(("output", "loss"), f"{message}; accepted: auto, crossentropy. Choose auto.")


def _optimizer_problems(spec: Spec) -> Iterator[Problem]:
    optimizer = spec.optimizer
    if isinstance(optimizer, Sgd) and optimizer.nesterov and not optimizer.momentum:
        message = "Nesterov given with a momentum of 0; accepted: a momentum above 0"
        yield Problem(("optimizer", "nesterov"), f"{message}. Switch Nesterov off or raise the momentum.")


def _size_problems(spec: Spec, plan: Plan) -> Iterator[Problem]:
    """A network that is too large for any machine is refused at the layer with the largest share."""
    if plan.num_parameters > MAX_PARAMETERS:
        heaviest = max(plan.layers, key=lambda layer: plan.cost_of(layer.name).num_parameters)
        message = f"the network has {plan.num_parameters:,} parameters, most of them here; accepted: at most"
        yield Problem(heaviest.origin, f"{message} {MAX_PARAMETERS:,}. Use fewer units, filters or layers.")
    # 4 bytes for the value and 4 for its gradient.
    activation_bytes = 8 * plan.num_activations * spec.fit.batch_size
    if activation_bytes > MAX_ACTIVATION_BYTES:
        message = f"{spec.fit.batch_size} given, for which this network needs {activation_bytes / 2**30:,.0f} GiB"
        most = MAX_ACTIVATION_BYTES // (8 * plan.num_activations)
        advice = f"accepted: at most {most}. Lower it" if most else "even one example is too much"
        yield Problem(("fit", "batch_size"), f"{message} of memory; {advice}, or make the network smaller.")


def _accumulation_problems(spec: Spec, batches: int) -> Iterator[Problem]:
    """With more batches than an epoch has, the optimiser would hardly ever take a step."""
    if spec.fit.gradient_accumulation > batches >= 1:
        message = f"{spec.fit.gradient_accumulation} given, but an epoch has only {batches} batches"
        yield Problem(("fit", "gradient_accumulation"), f"{message}; accepted: 1 to {batches}. Lower it.")


def _device_problems(spec: Spec) -> Iterator[Problem]:
    """Several devices need an engine that supports them, and the same number of examples each."""
    devices = spec.computation.devices
    if devices == 1:
        return
    at = ("computation", "devices")
    if spec.engine != "jax":
        message = f"{devices} given with the engine {spec.engine}, which trains on one; accepted: 1"
        yield Problem(at, f"{message}. Set it to 1, or choose the engine jax.")
    elif spec.fit.batch_size % devices:
        message = f"{devices} given, but a batch of {spec.fit.batch_size} examples cannot be shared out equally"
        yield Problem(at, f"{message}; accepted: a divisor of the batch size. Change one of them.")

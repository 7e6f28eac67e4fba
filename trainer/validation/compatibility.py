"""Checks across fields: parts of a spec that do not fit each other or the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from trainer.data.facts import DatasetFacts
from trainer.data.sizes import TrainingFacts, drawn, empty_part, method_problem, training_facts
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from trainer.networks.ends import output_activation
from trainer.networks.families import plan_of
from trainer.networks.plan import Plan
from trainer.spec import Spec
from trainer.spec.fields import kind_of
from trainer.spec.losses import Loss
from trainer.validation.augmentation import augmentation_problems
from trainer.validation.optimization import accumulation_problems, optimization_problems
from trainer.validation.transfer import transfer_problems, units_problems

MAX_PARAMETERS = 200_000_000
MAX_ACTIVATION_BYTES = 64 * 2**30


def check_spec(spec: Spec, facts: DatasetFacts) -> list[Problem]:
    """Return what does not fit the data or the rest of the spec, the network last; empty when it can be trained."""
    training = training_facts(spec, facts)
    sizes = training.sizes
    found = [*_split_problems(spec, facts, training), *_output_problems(spec, facts)]
    found += optimization_problems(spec, facts)
    found += _balance_problems(spec, facts)
    if spec.fit.batch_size > sizes.train >= 1:
        message = Message(
            "{given} given, but there is only {count} training example; accepted: 1. Lower it.",
            plural="{given} given, but there are only {count} training examples; accepted: 1 to {count}. Lower it.",
            given=spec.fit.batch_size,
            count=sizes.train,
        )
        found.append(Problem(("fit", "batch_size"), message))
    found += _device_problems(spec)
    if spec.balance.sampling != "oversample":  # with it an epoch has more steps, as many as only the data tells
        found += accumulation_problems(spec, training.steps_per_epoch)
    found += augmentation_problems(spec, facts)
    try:
        plan = plan_of(spec, facts)
    except SpecError as error:
        return found + error.problems
    return [*found, *transfer_problems(spec, plan), *_size_problems(spec, plan)]


def _split_problems(spec: Spec, facts: DatasetFacts, training: TrainingFacts) -> Iterator[Problem]:
    split, sizes = spec.split, training.sizes
    if (problem := method_problem(split, facts)) is not None:
        yield problem
        return
    is_by_hash = split.method in ("stable", "grouped")
    is_stratified = facts.task == "classification" and split.stratified and split.method == "shuffled"
    needed = facts.num_classes if is_stratified else 1
    shares = drawn(split, facts.num_validation, facts.num_test)
    for part, at in (("validation", "validation_fraction"), ("test", "test_fraction")):
        size = getattr(sizes, part)
        if size >= needed or not getattr(shares, part):
            continue
        told = empty_part(part, split) if is_by_hash else _too_small(getattr(split, at), size, facts, needed)
        yield Problem(("split", at), told)
    if sizes.train < needed:
        told = empty_part("train", split) if is_by_hash else _too_little_left(sizes.train, facts.num_examples, needed)
        yield Problem(("split", "validation_fraction"), told)


def _too_small(fraction: float, size: int, facts: DatasetFacts, needed: int) -> Message:
    if needed > 1:
        return Message(
            "{fraction:g} given, which is {size} of {examples} examples, but each of the {classes} classes needs one. "
            "Raise it.",
            fraction=fraction,
            size=size,
            examples=facts.num_examples,
            classes=needed,
        )
    return Message(
        "{fraction:g} given, which is {size} of {examples} examples, but at least one is needed. Raise it.",
        fraction=fraction,
        size=size,
        examples=facts.num_examples,
    )


def _too_little_left(size: int, examples: int, needed: int) -> Message:
    if needed > 1:
        return Message(
            "{size} of {examples} examples are left to train on, but each of the {classes} classes needs one. "
            "Lower validation or test.",
            size=size,
            examples=examples,
            classes=needed,
        )
    return Message(
        "{size} of {examples} examples are left to train on, but at least one is needed. Lower validation or test.",
        size=size,
        examples=examples,
    )


def _output_problems(spec: Spec, facts: DatasetFacts) -> Iterator[Problem]:
    yield from units_problems(spec, facts)
    yield from _loss_problems(spec, facts)
    if facts.task == "classification":
        yield from _class_output_problems(spec, facts)
        return
    if facts.task == "multilabel":
        yield from _label_output_problems(spec, facts)
        return
    activation = spec.output.activation
    if activation == "softmax":
        message = Message(
            "softmax given, but {dataset} has one number to predict, and softmax of one number is always 1; accepted: "
            "auto, linear, sigmoid. Choose auto.",
            dataset=facts.shown_title,
        )
        yield Problem(("output", "activation"), message)
    if activation == "sigmoid" and spec.normalization.targets == "none":
        message = Message(
            "sigmoid given, which stays between 0 and 1, and the target is not scaled; accepted: auto, linear. "
            "Choose auto, or standardise the targets."
        )
        yield Problem(("output", "activation"), message)
    if spec.output.label_smoothing:
        message = Message(
            "{given:g} given, but {dataset} has a number to predict, and no labels; accepted: 0. Set it to 0.",
            given=spec.output.label_smoothing,
            dataset=facts.shown_title,
        )
        yield Problem(("output", "label_smoothing"), message)


def _class_output_problems(spec: Spec, facts: DatasetFacts) -> Iterator[Problem]:
    if output_activation(spec, facts) == "sigmoid":
        message = Message(
            "sigmoid given, but every example of {dataset} belongs to exactly one class; accepted: auto, softmax, "
            "linear. Choose auto.",
            dataset=facts.shown_title,
        )
        yield Problem(("output", "activation"), message)


def _label_output_problems(spec: Spec, facts: DatasetFacts) -> Iterator[Problem]:
    given = spec.output.activation
    if given not in ("auto", "sigmoid"):
        message = Message(
            "{given} given, but an example of {dataset} may have several labels; accepted: auto, sigmoid. Choose auto.",
            given=given,
            dataset=facts.shown_title,
        )
        yield Problem(("output", "activation"), message)


def _loss_problems(spec: Spec, facts: DatasetFacts) -> Iterator[Problem]:
    suits = spec.output.loss.suits
    if suits and facts.task not in suits:
        accepted = [kind_of(loss) for loss in get_args(Loss) if not loss.suits or facts.task in loss.suits]
        said: dict[str, Any] = {
            "given": spec.output.loss.kind,
            "dataset": facts.shown_title,
            "accepted": ", ".join(accepted),
        }
        yield Problem(("output", "loss"), _no_loss(facts.task, said))


def _no_loss(task: str, said: dict[str, Any]) -> Message:
    if task == "classification":
        return Message(
            "{given} given, but {dataset} has classes to tell apart; accepted: {accepted}. Choose auto.", **said
        )
    if task == "multilabel":
        return Message(
            "{given} given, but an example of {dataset} may have several labels; accepted: {accepted}. Choose auto.",
            **said,
        )
    return Message("{given} given, but {dataset} has a number to predict; accepted: {accepted}. Choose auto.", **said)


def _balance_problems(spec: Spec, facts: DatasetFacts) -> Iterator[Problem]:
    balance = spec.balance
    if facts.task != "classification":
        for at, given in (("weights", balance.weights), ("sampling", balance.sampling)):
            if given != "none":
                yield Problem(("balance", at), _no_balance(given, facts))
    elif balance.weights != "none" and balance.sampling != "none":
        message = Message(
            "{given} given with balanced weights, which would favour rare classes twice; accepted: none. Choose one of "
            "the two.",
            given=balance.sampling,
        )
        yield Problem(("balance", "sampling"), message)


def _no_balance(given: str, facts: DatasetFacts) -> Message:
    if facts.task == "multilabel":
        return Message(
            "{given} given, but an example of {dataset} may have several labels, of which some are rare and others "
            "not; accepted: none. Choose none.",
            given=given,
            dataset=facts.shown_title,
        )
    return Message(
        "{given} given, but {dataset} has a number to predict, and no classes; accepted: none. Choose none.",
        given=given,
        dataset=facts.shown_title,
    )


def _size_problems(spec: Spec, plan: Plan) -> Iterator[Problem]:
    """A network that is too large for any machine is refused at the layer with the largest share."""
    if plan.num_parameters > MAX_PARAMETERS:
        heaviest = max(plan.layers, key=lambda layer: plan.cost_of(layer.name).num_parameters)
        message = Message(
            "the network has {parameters:,} parameters, most of them here; accepted: at most {most:,}. Use fewer "
            "units, filters or layers.",
            parameters=plan.num_parameters,
            most=MAX_PARAMETERS,
        )
        yield Problem(heaviest.origin, message)
    # 4 bytes for the value and 4 for its gradient.
    bytes_of_example = 8 * plan.num_activations
    if bytes_of_example * spec.fit.batch_size > MAX_ACTIVATION_BYTES:
        yield Problem(("fit", "batch_size"), _too_much_memory(spec.fit.batch_size, bytes_of_example))


def _too_much_memory(batch_size: int, bytes_of_example: int) -> Message:
    gibibytes = bytes_of_example * batch_size / 2**30
    most = MAX_ACTIVATION_BYTES // bytes_of_example
    if most:
        return Message(
            "{given} given, for which this network needs {gibibytes:,.0f} GiB of memory; accepted: at most {most}. "
            "Lower it, or make the network smaller.",
            given=batch_size,
            gibibytes=gibibytes,
            most=most,
        )
    return Message(
        "{given} given, for which this network needs {gibibytes:,.0f} GiB of memory; even one example is too much. "
        "Make the network smaller.",
        given=batch_size,
        gibibytes=gibibytes,
    )


def _device_problems(spec: Spec) -> Iterator[Problem]:
    """Several devices need an engine that supports them, and the same number of examples each."""
    devices = spec.computation.devices
    if devices == 1:
        return
    at = ("computation", "devices")
    if spec.engine != "jax":
        message = Message(
            "{given} given with the engine {engine}, which trains on one; accepted: 1. Set it to 1, or choose the "
            "engine jax.",
            given=devices,
            engine=spec.engine,
        )
        yield Problem(at, message)
    elif spec.fit.batch_size % devices:
        message = Message(
            "{given} given, but a batch of {count} example cannot be shared out equally; accepted: a divisor of the "
            "batch size. Change one of them.",
            plural="{given} given, but a batch of {count} examples cannot be shared out equally; accepted: a divisor "
            "of the batch size. Change one of them.",
            given=devices,
            count=spec.fit.batch_size,
        )
        yield Problem(at, message)

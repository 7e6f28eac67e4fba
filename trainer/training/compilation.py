"""What a model is compiled with: optimiser, loss and metrics."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from trainer.data.facts import DatasetFacts
from trainer.data.statistics import Statistics
from trainer.networks.ends import num_surplus
from trainer.networks.plan import Plan
from trainer.spec import Muon, ReduceOnPlateau, Spec
from trainer.spec.optimization.fields import ClipNorm, Clipping
from trainer.training.losses import loss_arguments, metrics_of
from trainer.training.rates import Shares, at_shares, shares_of
from trainer.training.schedule import ScheduledRate

# Keras would train it with Muon, which is for hidden layers.
OUTPUT_LAYER = "^output/"


def compile_model(
    model: keras.Model, spec: Spec, plan: Plan, facts: DatasetFacts, statistics: Statistics, *, steps_per_epoch: int
) -> None:
    """Compile ``model``, built of ``plan``, with its optimiser, loss and metrics.

    XLA is left to the training loop.
    """
    model.compile(
        optimizer=optimizer_of(spec, steps_per_epoch, model.trainable_variables, shares_of(model, plan)),
        **loss_arguments(spec, facts, statistics),
        metrics=metrics_of(facts, num_surplus(spec, facts)),
        jit_compile=False,
    )


def _clipping_arguments(clipping: Clipping | None) -> dict[str, float]:
    if clipping is None:
        return {}
    return {"global_clipnorm" if isinstance(clipping, ClipNorm) else "clipvalue": clipping.bound}


def optimizer_of(
    spec: Spec, steps_per_epoch: int, weights: Sequence[keras.Variable], shares: Shares | None = None
) -> keras.optimizers.Optimizer:
    """Return the Keras optimiser of ``weights``: fields of the spec are the keyword arguments of the same names.

    With a schedule, the learning rate of each batch follows from how many there are in an epoch. ``clipping`` bounds
    the length of the gradient of all weights together, Keras's ``global_clipnorm``, or each of its numbers; if
    gradients are accumulated over several batches, those of their mean. Accumulated gradients are variables of the
    optimiser, and so part of every checkpoint, as is the scale of the loss that is adapted in float16, so that
    gradients neither vanish nor overflow. ``shares`` of the learning rate are those of
    :func:`trainer.training.rates.shares_of`.
    """
    part, accumulated = spec.optimizer, spec.fit.gradient_accumulation
    arguments, averaging = part.arguments(), spec.fit.weight_averaging
    rate = None if spec.schedule.is_constant else ScheduledRate(spec, steps_per_epoch)
    if rate is not None:
        arguments["learning_rate"] = rate
    if isinstance(part, Muon):
        arguments["exclude_layers"] = [OUTPUT_LAYER]
    optimizer: keras.optimizers.Optimizer = at_shares(getattr(keras.optimizers, part.keras_name), shares)(
        **_clipping_arguments(part.clipping),
        gradient_accumulation_steps=accumulated if accumulated > 1 else None,
        use_ema=averaging is not None,
        ema_momentum=averaging or 0.0,
        **arguments,
    )
    if not part.decay_vectors:
        optimizer.exclude_from_weight_decay(var_list=[weight for weight in weights if len(weight.shape) < 2])
    if rate is not None and isinstance(spec.schedule.shape, ReduceOnPlateau):
        rate.scale = optimizer.add_variable((), "ones", name="plateau_scale")
    if spec.computation.precision != "mixed_float16":
        return optimizer
    # Built by the other one, Nadam would leave a variable out of those that are saved.
    optimizer.build(list(weights))
    return keras.optimizers.LossScaleOptimizer(optimizer)

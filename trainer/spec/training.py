"""How long to train, in what batches, which checkpoints to keep, and how the machine computes."""

from __future__ import annotations

from typing import Literal

from trainer.spec.fields import Part, field
from trainer.spec.metrics import METRICS

MAX_EPOCHS = 100_000
TRAINED = {name: metric for name, metric in METRICS.items() if metric.in_training}


class EarlyStopping(Part):
    """Stop when the validation loss has not improved for a while."""

    patience: int = field(
        10,
        label="Patience",
        help="Epochs without an improvement before the run stops.",
        source="Prechelt 1998, Early stopping, but when?",
        unit="epochs",
        ge=1,
        le=100_000,
    )
    min_delta: float = field(
        0.0, label="Minimum improvement", help="A smaller change of the validation loss does not count.", ge=0.0, le=1e6
    )


class StopAt(Part):
    """Stop as soon as a metric is good enough on validation data."""

    metric: Literal[
        "loss",
        "accuracy",
        "micro_f1",
        "label_accuracy",
        "mean_absolute_error",
        "root_mean_squared_error",
        "r2_score",
    ] = field(
        "loss",
        label="Metric",
        help="Measured on validation data after every epoch.",
        option_labels={name: metric.label for name, metric in TRAINED.items()},
        option_applies_to={name: metric.tasks for name, metric in TRAINED.items()},
    )
    value: float = field(
        0.0,
        label="Value",
        help="Stop when it is reached: a loss or an error at most as high, any other metric at least. Accuracy and F1 "
        "are from 0 to 1, errors in the unit of the target.",
        ge=-1e9,
        le=1e9,
    )


class Fit(Part):
    """How long to train, and in what batches."""

    epochs: int = field(
        30, label="Epochs", help="Passes over the training data.", unit="epochs", essential=True, ge=1, le=MAX_EPOCHS
    )
    batch_size: int = field(
        32,
        label="Batch size",
        help="Examples per step.",
        source="Masters and Luschi 2018, Revisiting small batch training",
        unit="examples",
        essential=True,
        ge=1,
        le=1_000_000,
    )
    gradient_accumulation: int = field(
        1,
        label="Gradient accumulation",
        help="Take a step of the optimiser only after so many batches, with the mean of their gradients: the effect "
        "of a batch that many times as large, in the memory of one. Counting continues across epochs.",
        source="Keras documentation, Optimizer, gradient_accumulation_steps",
        unit="batches",
        advanced=True,
        ge=1,
        le=1024,
    )
    weight_averaging: float | None = field(
        None,
        label="Weight averaging",
        help="Keep a running average of the weights beside them: the share of it that each batch keeps; empty for "
        "none. Usual: 0.99, an average of about 100 batches, to 0.9999. Validation, checkpoints and evaluations have "
        "the average, which is smoother; training goes on with the weights.",
        source="Polyak and Juditsky 1992, Acceleration of stochastic approximation by averaging",
        advanced=True,
        gt=0.0,
        lt=1.0,
    )
    early_stopping: EarlyStopping | None = field(
        None,
        label="Early stopping",
        help="Stop when the validation loss has not improved for a while. With checkpoints saved when improved, the "
        "best epoch is kept, so nothing is lost by those after it.",
    )
    stop_at: StopAt | None = field(
        None, label="Stop at a value", help="Stop as soon as a metric is good enough on validation data."
    )
    max_minutes: float | None = field(
        None,
        label="Time limit",
        help="Stop after the epoch in which training has taken so long, over all attempts without the time between "
        "them; empty for no limit.",
        unit="minutes",
        advanced=True,
        gt=0.0,
        le=525_600.0,
    )
    stop_on_nan: bool = field(
        True, label="Stop on NaN", help="End the run as failed when the training loss is no longer a number."
    )


class Checkpoints(Part):
    """When to save the state of the run, and which checkpoints to keep."""

    every_epochs: int = field(
        5,
        label="Every",
        help="Save after every so many epochs. The last epoch is always saved.",
        unit="epochs",
        ge=1,
        le=100_000,
    )
    every_minutes: float = field(
        10.0,
        label="Maximum interval",
        help="Inside a long epoch, save after this time; a resume continues from exactly that step.",
        unit="minutes",
        advanced=True,
        gt=0.0,
        le=1440.0,
    )
    when_improved: bool = field(
        True,
        label="When improved",
        help="Also save whenever the metric of the experiment is better than ever before. Of improvements in quick "
        "succession, the last is written.",
        source="Keras documentation, ModelCheckpoint, save_best_only",
    )
    keep_last: int = field(
        3,
        label="Keep latest",
        help="How many of the latest to keep. Pinned and in-use checkpoints are always kept.",
        unit="checkpoints",
        ge=1,
        le=1000,
    )
    keep_best: int = field(
        1,
        label="Also keep the best",
        help="How many of the best to keep as well, by the experiment's metric.",
        unit="checkpoints",
        ge=1,
        le=1000,
    )
    keep_every: int | None = field(
        None,
        label="Keep every",
        help="Also keep the checkpoints of every so many epochs, to look back at the training; empty for none. "
        "No epoch is saved for this alone.",
        unit="epochs",
        advanced=True,
        ge=1,
        le=100_000,
    )


class Computation(Part):
    """Which arithmetic and which share of a machine to train with."""

    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = field(
        "float32",
        label="Precision",
        help="Mixed: the network computes in 16 bits and keeps its weights in 32, which takes about half the memory "
        "and is faster on GPUs; processors are mostly slower with it. Normalisation and output stay in 32 bits. "
        "With float16 the loss is scaled so that small gradients are not lost.",
        source="Micikevicius et al. 2018, Mixed precision training",
        option_labels={
            "float32": "32 bits",
            "mixed_float16": "Mixed, float16",
            "mixed_bfloat16": "Mixed, bfloat16",
        },
    )
    data: Literal["auto", "device", "streamed"] = field(
        "auto",
        label="Training data",
        help="Where to keep it: all on the device, which is fastest, or streamed to it in portions while it computes, "
        "which takes little of its memory. Automatic: on the device when it takes at most a quarter of the free "
        "memory. The numbers are the same either way.",
        option_labels={"auto": "Automatic", "device": "On the device", "streamed": "Streamed"},
        advanced=True,
    )
    xla: bool = field(
        False,
        label="Compile with XLA",
        help="Let TensorFlow compile each step as a whole. It can help large networks on GPUs; on processors we "
        "measured that small networks get slower, and the first step takes many seconds. JAX always compiles.",
        source="TensorFlow documentation, XLA: optimizing compiler for machine learning",
        advanced=True,
    )
    devices: int = field(
        1,
        label="Devices",
        help="Split every batch among so many GPUs of one machine. Only with the engine JAX. Sums are then taken in "
        "another order, so a resume is not guaranteed to be bit for bit the same.",
        source="Keras documentation, Distribution API, data parallelism",
        unit="devices",
        advanced=True,
        ge=1,
        le=64,
    )

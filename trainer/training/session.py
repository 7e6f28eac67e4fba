"""The training loop: a spec in, events out, independent of callers and readers.

The order of the examples is a pure function of the spec's seed and the epoch, and a checkpoint holds all other
state, so training that resumes from a checkpoint is the same as if it had never been interrupted.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from trainer.augmentation.augmenting import augmenter_of
from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.checkpoint_files import Manifest, Moment
from trainer.checkpoints.pruning import prune
from trainer.checkpoints.state import TrainingState
from trainer.checkpoints.weight_average import averaged
from trainer.checkpoints.writer import CheckpointWriter
from trainer.data.sizes import num_batches
from trainer.data.splits import split
from trainer.data.statistics import statistics_of
from trainer.engines import backend
from trainer.engines.feed import Streamed
from trainer.engines.loops import loop_of
from trainer.engines.machine import device, device_name, versions
from trainer.errors import SpecError
from trainer.events.events import Ending, Failed, Finished, Logged, Metrics, Started
from trainer.events.failures import TrainingFailed
from trainer.events.fault_points import fault_point
from trainer.events.sink import EventSink, num_events
from trainer.messages.message import Message
from trainer.networks.families import plan_of
from trainer.spec.losses import Quantile
from trainer.spec.metrics import on_validation
from trainer.training.balance import balanced_weights, num_sampled, sample
from trainer.training.best_epoch import BestEpoch
from trainer.training.compilation import compile_model
from trainer.training.keras_model import build_model
from trainer.training.outcome import spelled, warning_of
from trainer.training.progress import ProgressReporter
from trainer.training.request import FitRequest, check_content
from trainer.training.requested_metric import requested_metric
from trainer.training.schedule import plateau_reducer, prolonged
from trainer.training.stopping import EndingRules
from trainer.training.transfer import FrozenProof, begin
from trainer.validation.compatibility import check_spec
from trainer.validation.optimization import accumulation_problems
from trainer.validation.presets import metric_for

SECONDS_BETWEEN_PROGRESS = 0.5


class Stopped(Exception):
    """A stop was requested; the training ends after saving a checkpoint."""


def fit(request: FitRequest, sink: EventSink) -> None:
    """Train ``request.spec``; the last event is :class:`Finished`. Raises any error that ends the training."""
    training = Training(request, sink)
    training.start()
    try:
        finished = training.run()
    finally:
        training.writer.settle()
    sink.emit(finished)


class Training:
    """One execution of a spec, from its start or from a checkpoint."""

    def __init__(self, request: FitRequest, sink: EventSink) -> None:
        self.request, self.spec, self.sink = request, request.spec, sink
        self.spec_json = self.spec.to_json()
        self.folder = request.out / "checkpoints"
        backend.choose(self.spec.engine)
        data, facts = request.data, request.data.facts
        check_content(request)
        if problems := check_spec(self.spec, facts):
            raise SpecError(problems)
        self.facts, self.content_hash = facts, data.content_hash
        self.parts = split(data, self.spec.split)
        keras.utils.set_random_seed(self.spec.seed)
        self.plan = plan_of(self.spec, facts)
        statistics = statistics_of(data, self.parts)
        self.model = build_model(self.spec, self.plan, statistics)
        self.targets = data.targets[self.parts.train]
        self.num_sampled = num_sampled(self.targets, self.spec.balance.sampling)
        self.steps_per_epoch = num_batches(self.num_sampled, self.spec.fit.batch_size)
        compile_model(self.model, self.spec, self.plan, facts, statistics, steps_per_epoch=self.steps_per_epoch)
        weighted = self.spec.balance.weights == "balanced"
        weights = balanced_weights(self.targets, facts.num_classes) if weighted else None
        augmenter = augmenter_of(self.spec, facts, statistics)
        self.loop = loop_of(
            self.model, data.inputs, data.targets, self.spec, augmenter=augmenter, class_weights=weights
        )
        if problems := list(accumulation_problems(self.spec, self.steps_per_epoch)):
            raise SpecError(problems)
        self.state = TrainingState(self.model)
        self.proof = FrozenProof(self.model, self.plan) if self.plan.frozen else None
        self.writer = CheckpointWriter(self.state, self.folder, sink, after=self._prune)
        self.ending_rules = EndingRules(self.spec.fit)
        self.plateau = plateau_reducer(self.spec, self.model.optimizer)
        self.judged_by = request.judged_by or metric_for(facts)
        self.requested = requested_metric(self.judged_by[0], self.spec, data, self.parts.validation)
        self.best = BestEpoch(*self.judged_by) if self.spec.checkpoints.when_improved else None
        self.progress = ProgressReporter(sink, self.spec, self.model, self.steps_per_epoch)
        self.at = Moment(0)
        self.saved_at: Moment | None = None
        self.saved_time = time.monotonic()
        self.last_metrics: Metrics = {}
        self.first_loss: float | None = None  # of the first batch trained by this process

    def start(self) -> None:
        """Restore a checkpoint, if one was given, and report the start."""
        checkpoint_files.sweep(self.folder)
        if self.request.resume_from is not None:
            self._resume(self.request.resume_from)
        else:
            begin(self.model, self.plan, self.spec, self.request.weights_from, self.sink)
        if self.proof:
            self.proof.begin()
        self.order = self._order(self.at.epoch)
        self.sink.emit(
            Started(
                epoch=self.at.epoch,
                step=self.at.step,
                epochs=self.spec.fit.epochs,
                steps_per_epoch=self.steps_per_epoch,
                num_parameters=self.model.count_params(),
                num_train=len(self.parts.train),
                num_validation=len(self.parts.validation),
                num_test=len(self.parts.test),
                device=device_name(self.spec.computation.devices),
                content_hash=self.content_hash,
                versions=versions(),
                resumed_from=self.request.resume_from.name if self.request.resume_from else "",
            )
        )
        if isinstance(self.loop.feed, Streamed):
            megabytes = self.loop.feed.num_bytes / 1e6
            message = Message("The data ({size:.1f} MB) are streamed to the device in portions.", size=megabytes)
            self.sink.emit(Logged(level="info", message=message))

    def _resume(self, folder: Path) -> None:
        manifest = checkpoint_files.verify(folder)
        self.state.restore(folder)
        self.at = manifest.moment
        if unknown := self.at.step - sum(map(len, self.state.losses)):
            self.state.losses.insert(0, np.full(unknown, np.nan, np.float32))
        for name, callback in self._callbacks().items():
            if name in manifest.callbacks:
                callback.restore(manifest.callbacks[name])
        self.saved_at = self.at
        self._compare_history(manifest, num_events(folder.parent.parent))
        if message := prolonged(self.spec, manifest.spec, self.at.epoch):
            self.sink.emit(Logged(level="info", message=message))

    def _callbacks(self) -> dict[str, Any]:
        """The observers of a training that have state, by their name in a manifest."""
        found = self.ending_rules.with_state() | {"best": self.best, "plateau": self.plateau, "frozen": self.proof}
        return {name: callback for name, callback in found.items() if callback is not None}

    def _compare_history(self, manifest: Manifest, events: int | None) -> None:
        """Warn when events before the checkpoint are lost. A fetched checkpoint comes without an event file."""
        if events is not None and events < manifest.last_event:
            message = Message(
                "{count} event before {checkpoint} is lost: curves may have a gap. "
                "The training itself is not affected.",
                plural="{count} events before {checkpoint} are lost: curves may have a gap. "
                "The training itself is not affected.",
                count=manifest.last_event - events,
                checkpoint=manifest.moment.name,
            )
            self.sink.emit(Logged(level="warning", message=message))

    def run(self) -> Finished:
        """Train all remaining epochs; returns how the training ended."""
        reason: Ending = "completed"
        try:
            while self.at.epoch < self.spec.fit.epochs:
                if ended := self._train_epoch():
                    reason = ended
                    break
        except Stopped:
            reason = "stopped"
        self._save()
        self.writer.finish()
        if self.proof:
            self.proof.report(self.sink)
        return Finished(
            reason=reason, epoch=self.at.epoch, message=Message("") if reason == "stopped" else self._warn()
        )

    def _warn(self) -> Message:
        """Log a warning when the training has learned nothing; returns the warning, empty when there is none."""
        if self.first_loss is None:
            return Message("")
        sizes = {"train": len(self.parts.train), "validation": len(self.parts.validation)}
        learns_mean = not isinstance(self.spec.output.loss, Quantile)
        warning = warning_of(self.first_loss, self.last_metrics, self.facts, sizes, learns_mean=learns_mean)
        if warning:
            self.sink.emit(Logged(level="warning", message=warning))
        return warning

    def _train_epoch(self) -> Ending | None:
        """Train and validate one epoch; returns why the training ends with it, if it does."""
        began = time.perf_counter()
        steps_before = self.at.step
        if self.at.step == 0:
            self.model.reset_metrics()
        self.loop.announce(self.parts.validation)
        self._train_steps(self.order)
        metrics = self.loop.metrics()
        seconds = time.perf_counter() - began
        self.order = self._order(self.at.epoch + 1)
        metrics |= self._validate()
        self.at, self.last_metrics = Moment(self.at.epoch + 1), metrics
        if not steps_before:
            self.progress.pace.epoch_took(time.perf_counter() - began)
        if self.first_loss is None:
            self.first_loss = float(self.state.losses[0][0])
        self.progress.report_step_losses(self.at.epoch, self.state.losses)
        self.state.losses = []
        num_examples = self.num_sampled - steps_before * self.spec.fit.batch_size
        self.progress.report_epoch(self.at.epoch, metrics, seconds, num_examples)
        fault_point("epoch-ended")
        self._refuse_nan(metrics)
        ended = self.ending_rules.observe(metrics)
        if self.plateau:
            self.plateau.observe(metrics[on_validation("loss")])
        is_best = self.best.observe(metrics) if self.best else False
        is_due = self.at.epoch % self.spec.checkpoints.every_epochs == 0
        if is_due or is_best:
            self._save(is_due=is_due, is_best=is_best)
        return ended

    def _validate(self) -> Metrics:
        """Measure the network on the validation split; the examples of ``self.order`` follow."""
        with averaged(self.model):
            requested = self.requested.measure(self.loop) if self.requested else {}
            self.loop.announce(self.order)
            tested = {on_validation(name): value for name, value in self.loop.test(self.parts.validation).items()}
            return tested | requested | self.loop.penalty()

    def _order(self, epoch: int) -> np.ndarray:
        """Indices of the training examples in the order of 0-based ``epoch``, int32."""
        generator = np.random.default_rng([self.spec.seed, epoch])
        examples = sample(self.parts.train, self.targets, self.spec.balance.sampling, generator)
        return generator.permutation(examples).astype(np.int32)

    def _train_steps(self, order: np.ndarray) -> None:
        """Take the remaining steps of the epoch in compiled calls, checking for a stop between them."""
        reported = time.perf_counter()
        while self.at.step < self.steps_per_epoch:
            if self.request.stop.is_set():
                raise Stopped
            first = self.at.step
            last = min(first + self.progress.pace.steps_per_call(), self.steps_per_epoch)
            began = time.perf_counter()
            self.state.losses.append(self.loop.train(order, first, last, self.at.epoch))
            now = time.perf_counter()
            self.progress.pace.took(last - first, now - began)
            self.at = Moment(self.at.epoch, last)
            self._save_if_due()
            if now - reported > SECONDS_BETWEEN_PROGRESS:
                reported = now
                self.progress.report_progress(self.at)

    def _save_if_due(self) -> None:
        """Save inside a long epoch, so that a crash costs minutes instead of the whole epoch."""
        due = time.monotonic() - self.saved_time > 60 * self.spec.checkpoints.every_minutes
        if due and self.at.step < self.steps_per_epoch:
            self._save()

    def _refuse_nan(self, metrics: Metrics) -> None:
        if self.spec.fit.stop_on_nan and not math.isfinite(metrics["loss"]):
            raise TrainingFailed(
                Failed(
                    cause="nan",
                    error=Message(
                        "The loss is {loss} after epoch {epoch}.", loss=spelled(metrics["loss"]), epoch=self.at.epoch
                    ),
                    advice=Message("Run again with a lower learning rate, or clip the gradient norm."),
                )
            )

    def _save(self, *, is_due: bool = True, is_best: bool = False) -> None:
        """Submit a checkpoint of this moment unless there is one. Inside an epoch there are no metrics."""
        if self.saved_at == self.at:
            return
        measured = {} if self.at.step else self.last_metrics
        self.writer.submit(
            Manifest(
                epoch=self.at.epoch,
                step=self.at.step,
                digest="",
                metrics={name: value if math.isfinite(value) else spelled(value) for name, value in measured.items()},
                spec=self.spec_json,
                content_hash=self.content_hash,
                callbacks={name: callback.to_json() for name, callback in self._callbacks().items()},
                versions=versions(),
                device=device(),
                last_event=self.sink.last_line,
            ),
            is_due=is_due,
            is_best=is_best,
        )
        self.saved_at, self.saved_time = self.at, time.monotonic()

    def _prune(self) -> None:
        if self.request.prune:
            prune(self.folder, self.spec, self.judged_by)

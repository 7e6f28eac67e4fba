"""Reporting the progress of a training: the current step, the losses of steps, the end of every epoch."""

from __future__ import annotations

import base64
import math
import time
from typing import TYPE_CHECKING

import numpy as np

from trainer.checkpoints.checkpoint_files import Moment
from trainer.events.events import EpochEnded, Logged, Metrics, Progress, StepLosses
from trainer.events.sink import EventSink
from trainer.messages.message import Message
from trainer.spec import Spec
from trainer.training.pace import Pace
from trainer.training.schedule import rate_of_last_batch

if TYPE_CHECKING:
    import keras

SECONDS_BETWEEN_DOWNLOADED = 5.0


class DownloadLog:
    """Logs a line to ``sink`` every few seconds while data are downloaded; local data load too fast to need it."""

    def __init__(self, sink: EventSink) -> None:
        self._sink, self._logged = sink, -math.inf

    def __call__(self, fraction: float, message: Message) -> None:
        now = time.monotonic()
        if 0 < fraction < 1 and now - self._logged > SECONDS_BETWEEN_DOWNLOADED:
            self._logged = now
            said = Message("{message} ({share:.0%})", message=message, share=fraction)
            self._sink.emit(Logged(level="info", message=said))


class ProgressReporter:
    """Reports the progress of one training of ``model`` to ``sink``, with the time left estimated from its ``pace``."""

    def __init__(self, sink: EventSink, spec: Spec, model: keras.Model, steps_per_epoch: int) -> None:
        self._sink, self._spec, self._model, self._steps_per_epoch = sink, spec, model, steps_per_epoch
        self.pace = Pace()

    def report_progress(self, at: Moment) -> None:
        """Report the progress inside an epoch."""
        step_seconds = self.pace.seconds_per_step or math.inf
        self._sink.emit(
            Progress(
                epoch=at.epoch + 1,
                step=at.step,
                epochs=self._spec.fit.epochs,
                steps_per_epoch=self._steps_per_epoch,
                learning_rate=self._learning_rate(),
                examples_per_second=self._spec.fit.batch_size / step_seconds,
                seconds_left=self._seconds_left(at.epoch + at.step / self._steps_per_epoch),
            )
        )

    def report_step_losses(self, epoch: int, losses: list[np.ndarray]) -> None:
        """Report the losses of an epoch's steps. Call it before :meth:`report_epoch`, whose event notifies for both."""
        content = np.concatenate(losses).astype("<f4").tobytes()
        self._sink.emit(StepLosses(epoch=epoch, losses=base64.b64encode(content).decode()))

    def report_epoch(self, epoch: int, metrics: Metrics, seconds: float, num_examples: int) -> None:
        """Report that 1-based ``epoch`` is complete; its training took ``seconds`` for ``num_examples``."""
        self._sink.emit(
            EpochEnded(
                epoch=epoch,
                epochs=self._spec.fit.epochs,
                metrics=metrics,
                learning_rate=self._learning_rate(),
                seconds=seconds,
                examples_per_second=num_examples / max(seconds, 1e-9),
                seconds_left=self._seconds_left(epoch),
            )
        )

    def _seconds_left(self, epochs_done: float) -> float | None:
        return self.pace.seconds_left(self._spec.fit.epochs - epochs_done, self._steps_per_epoch)

    def _learning_rate(self) -> float:
        return rate_of_last_batch(self._model.optimizer)

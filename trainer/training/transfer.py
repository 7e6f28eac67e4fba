"""What a training takes from a checkpoint of another run, what it keeps, and the proof that it kept it."""

from __future__ import annotations

from pathlib import Path

import keras

from trainer.checkpoints.loading import digest_of, load_model
from trainer.checkpoints.state import values_of
from trainer.errors import CheckpointDamaged
from trainer.events.events import Logged
from trainer.events.sink import EventSink
from trainer.messages.message import Message
from trainer.networks.plan import Layer, Plan
from trainer.networks.transfer import frozen_in_words, taken_in_words, taken_layers
from trainer.spec import Spec


def begin(model: keras.Model, plan: Plan, spec: Spec, checkpoint: Path | None, sink: EventSink) -> None:
    """Give ``model`` the weights of ``checkpoint``, if there is one, that fit; log what was taken and what is frozen.

    Raises :class:`CheckpointDamaged` when none fits.
    """
    taken: list[str] = []
    if checkpoint is not None:
        taken = take_weights(model, plan, checkpoint, new_output=spec.transfer.new_output)
        sink.emit(Logged(level="info", message=taken_in_words(plan, taken, checkpoint.name)))
    if frozen := frozen_in_words(plan):
        sink.emit(Logged(level="info", message=frozen))
    if random := [name for name in plan.frozen if name not in taken]:
        message = Message(
            "Frozen layers keep random initial weights, because no checkpoint gives them any: {names}. Branch the run "
            "from one that has them, or freeze less.",
            names=", ".join(random),
        )
        sink.emit(Logged(level="warning", message=message))


def take_weights(model: keras.Model, plan: Plan, checkpoint: Path, *, new_output: bool) -> list[str]:
    """Copy the weights of each layer that has the same name, class and shapes in ``checkpoint``; returns their names.

    Which layers come into question :func:`trainer.networks.transfer.taken_layers` says. Raises
    :class:`CheckpointDamaged` when no layer fits.
    """
    theirs, ours = ({layer.name: layer for layer in each.layers} for each in (load_model(checkpoint), model))

    def fits(layer: Layer) -> bool:
        old, new = theirs.get(layer.name), ours[layer.name]
        return type(old) is type(new) and _shapes(old) == _shapes(new)

    taken = taken_layers(plan, fits, new_output=new_output)
    if not taken:
        damage = Message(
            "The weights of {checkpoint} do not fit this network: its first layers are others.",
            checkpoint=checkpoint.name,
        )
        raise CheckpointDamaged(damage)
    for name in taken:
        for weight, value in zip(ours[name].weights, values_of(theirs[name].weights), strict=True):
            weight.assign(value)
    return taken


def _shapes(layer: keras.layers.Layer) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]


class FrozenProof:
    """Compares the weights of every layer after a training with those before it, also if it was resumed between.

    Its state, in every checkpoint, is the SHA-256 of the weights of each layer when the training began.
    """

    def __init__(self, model: keras.Model, plan: Plan) -> None:
        self._model, self._plan = model, plan
        self._before: dict[str, str] = {}

    def begin(self) -> None:
        """Measure the weights before the training, unless a checkpoint has told them."""
        self._before = self._before or self._digests()

    def to_json(self) -> dict[str, str]:
        return self._before

    def restore(self, state: dict[str, str]) -> None:
        self._before = state

    def report(self, sink: EventSink) -> None:
        """Log how many layers have not changed by a bit, and as an error any that should not have and did."""
        after = self._digests()
        same = [name for name in self._plan.weighted if after[name] == self._before.get(name)]
        message = Message(
            "{count} of {layers} layers with weights did not change by a bit in this training: {names}.",
            count=len(same),
            layers=len(after),
            names=", ".join(same),
        )
        sink.emit(Logged(level="info", message=message))
        if changed := [name for name in self._plan.frozen if name not in same]:
            message = Message("These layers were frozen and changed all the same: {names}.", names=", ".join(changed))
            sink.emit(Logged(level="error", message=message))

    def _digests(self) -> dict[str, str]:
        layers = [(layer.name, layer.weights) for layer in self._model.layers if layer.weights]
        return {
            name: digest_of(zip((weight.path for weight in weights), values_of(weights), strict=True))
            for name, weights in layers
        }

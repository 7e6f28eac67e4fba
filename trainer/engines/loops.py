"""Choosing the compiled training loop of the engine: many steps in one call, on data that is on the device.

``model.fit`` returns to Python after every step, where a small network spends most of its time. A loop runs
Keras's own ``train_step`` and ``test_step`` inside one compiled function, over batches gathered by index, so that
the numbers are those of ``model.fit`` with the same order of examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainer.engines.loop import Loop

if TYPE_CHECKING:
    import keras
    import numpy as np

    from trainer.augmentation.augmenting import Augmenter
    from trainer.spec import Spec


def loop_of(
    model: keras.Model,
    inputs: np.ndarray,
    targets: np.ndarray,
    spec: Spec,
    *,
    augmenter: Augmenter | None = None,
    class_weights: np.ndarray | None = None,
) -> Loop:
    """The loop of the engine that Keras was loaded with, for a compiled ``model``.

    ``inputs`` (examples, …) and ``targets`` (examples, …) are copied to the device as the spec says, all once or in
    chunks; batches select their rows by index, and ``augmenter`` changes those that are trained on. ``class_weights``:
    (classes,) float32, by which the loss of a training example of each class is multiplied; what is tested is never
    weighted.
    """
    import keras

    from trainer.engines.feed import Held, Streamed
    from trainer.engines.memory import streams

    kind = Streamed if streams(spec, inputs.nbytes + targets.nbytes) else Held
    arrays = model, inputs, targets, spec.fit.batch_size, kind
    changes: Any = {"augmenter": augmenter, "class_weights": class_weights}
    if keras.backend.backend() == "jax":
        from trainer.engines.jax import JaxLoop

        return JaxLoop(*arrays, num_devices=spec.computation.devices, **changes)
    from trainer.engines.tensorflow import TensorFlowLoop

    return TensorFlowLoop(*arrays, xla=spec.computation.xla, **changes)

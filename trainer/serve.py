"""The trainer process: warm up, wait for one request on standard input, carry it out, exit.

One process per job keeps GPU memory, crashes and kills inside it. It dies with the worker that started it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
import traceback
from contextlib import suppress
from typing import NoReturn

from trainer.events import Event
from trainer.failures import describe
from trainer.requests import ADAPTER, AnyCommand, carry_out
from trainer.sink import EventSink

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies; elsewhere the end of standard input does it."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def warm_up() -> None:
    """Load Keras and compile something small, so that the first request starts at once."""
    import keras
    import numpy as np

    import trainer.fit  # noqa: F401 - loaded now, so that the first request need not wait for it
    from trainer.loop import CompiledLoop

    inputs = keras.Input((4,))
    hidden = keras.layers.Dropout(0.1)(keras.layers.Dense(4, activation="relu")(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(hidden))
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    loop = CompiledLoop(model, np.zeros((8, 4), np.float32), np.zeros(8, np.int32), 4)
    loop.train(np.arange(8, dtype=np.int32), 0, 2)
    loop.test(np.arange(8, dtype=np.int32))
    keras.utils.clear_session()


class Bell:
    """Writes one byte to the worker for every event; a worker that is gone is no reason to fail."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self, event: Event) -> None:
        with suppress(OSError):
            os.write(self._descriptor, b"\n")

    def ready(self) -> None:
        """Tell the worker that a request will be carried out at once."""
        os.write(self._descriptor, b"ready\n")


def listen(stop: threading.Event) -> None:
    """Heed what comes on standard input while the request is carried out; its end means the worker is gone."""
    for line in sys.stdin:
        if json.loads(line).get("do") == "stop":
            stop.set()
    os._exit(1)


def serve(*, cold: bool = False) -> NoReturn:
    """Wait for one request and carry it out; exits with 0, or with 1 after a ``Failed`` event.

    A ``cold`` one does not load Keras before it: for work that needs none.
    """
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bell = Bell(os.dup(1))
    os.dup2(2, 1)  # whatever a library prints must not ring the bell
    if not cold:
        warm_up()
    bell.ready()
    line = sys.stdin.readline()
    if not line:
        os._exit(0)
    command: AnyCommand = ADAPTER.validate_json(line)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=listen, args=(stop,), daemon=True).start()
    code = work(command, bell, stop)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # TensorFlow's own clean-up takes long and serves nobody


def work(command: AnyCommand, bell: Bell, stop: threading.Event) -> int:
    """Carry out ``command`` with its output in ``out/trainer.log``; returns the exit code."""
    sink = EventSink(command.out, bell)
    log = os.open(command.out / "trainer.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        carry_out(command, sink, stop)
    except Exception as error:  # noqa: BLE001 - whatever it is, the run ends with its words
        traceback.print_exc()
        sink.emit(describe(error))
        return 1
    return 0

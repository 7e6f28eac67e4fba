"""The trainer process: warm up, wait for one request on standard input, carry it out, exit.

One process per job, so that GPU memory, crashes and kills affect only that job. It dies with its worker.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import tempfile
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NoReturn

from trainer.engines import backend
from trainer.events.events import DISK_REFUSED, Event, StepLosses
from trainer.events.failures import failure_of
from trainer.events.sink import DiskRefused, EventSink
from trainer.messages.message import as_text
from trainer.process.requests import ADAPTER, AnyCommand, FitCommand, carry_out
from trainer.system.parent_death import die_with_parent

# On a machine that runs everything, the site and its browsers have priority: they need little processor time.
NICENESS = 10
# When a machine is out of memory, the kernel should kill trainers first, so that workers, database and Redis survive.
EXPENDABLE = 500


def be_expendable() -> None:
    """Give way to other processes: lower the processor priority, and be killed first when memory runs out."""
    os.nice(NICENESS)
    with suppress(OSError):  # exists only on Linux
        Path("/proc/self/oom_score_adj").write_text(str(EXPENDABLE))


def warm_up() -> None:
    """Import Keras and compile a small model, so that the first request starts at once."""
    import keras
    import numpy as np

    import trainer.training.session  # noqa: F401 - imported now, so that the first request need not wait
    from trainer.engines.loops import loop_of
    from trainer.spec import Fit, Spec

    inputs = keras.Input((4,))
    hidden = keras.layers.Dropout(0.1)(keras.layers.Dense(4, activation="relu")(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(hidden))
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    loop = loop_of(model, np.zeros((8, 4), np.float32), np.zeros(8, np.int32), Spec(fit=Fit(batch_size=4)))
    loop.train(np.arange(8, dtype=np.int32), 0, 2)
    loop.test(np.arange(8, dtype=np.int32))
    keras.utils.clear_session()


class Bell:
    """Notifies the worker of every event with one byte; a worker that is gone is not an error.

    The losses of steps do not ring: the event of their epoch follows at once, and rings for both.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepLosses):
            return
        with suppress(OSError):
            os.write(self.descriptor, b"\n")

    def ready(self) -> None:
        """Notify the worker that a request will be carried out at once."""
        os.write(self.descriptor, b"ready\n")


def listen(requests: BinaryIO, stop: threading.Event) -> None:
    """Obey stop requests on standard input while the work is done; its end means that the worker is gone."""
    for line in requests:
        if json.loads(line).get("do") == "stop":
            stop.set()
    os._exit(1)


def handle_sigterm(stop: threading.Event) -> int:
    """Make SIGTERM set ``stop``; returns a descriptor that becomes readable then."""
    ringing, bell = os.pipe()
    os.set_blocking(bell, False)
    signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    return ringing


def serve(asked: int | None = None, *, cold: bool = False) -> NoReturn:
    """Wait for one request and carry it out; exits with 0, or with 1 after a ``Failed`` event.

    A request for another engine than the one loaded here is carried out by a new program in the same process:
    ``asked`` is the descriptor of the file from which that program reads it. With ``cold``, Keras is not imported
    before the request: for work that does not need it.
    """
    die_with_parent(os.getppid(), signal.SIGKILL)  # elsewhere than on Linux, the end of standard input has that effect
    be_expendable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bell = Bell(os.dup(1))
    os.dup2(2, 1)  # the output of libraries must not ring the bell
    # Unbuffered: what follows the request is left for :func:`listen`, or for the new program.
    requests = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115 - open until the process ends
    stop = threading.Event()
    line = _wait_for_request(requests, bell, stop, cold=cold) if asked is None else _asked(asked, stop)
    if not line:
        os._exit(0)
    command: AnyCommand = ADAPTER.validate_json(line)
    if asked is None:
        _hand_over(command, line, bell, stop)
    threading.Thread(target=listen, args=(requests, stop), daemon=True).start()
    code = work(command, bell, stop)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # the disk of the log may be full
            stream.flush()
    os._exit(code)  # TensorFlow's own clean-up is slow and useless here


def _wait_for_request(requests: BinaryIO, bell: Bell, stop: threading.Event, *, cold: bool) -> bytes:
    """The request, or nothing when SIGTERM comes first: then there is no work to stop."""
    # Threads that Keras starts inherit the blocked signal, so that only this one receives it, when it is ready.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    if not cold:
        warm_up()
    bell.ready()
    ringing, asking = handle_sigterm(stop), requests.fileno()
    readable, _, _ = select.select([asking, ringing], [], [])
    return requests.readline() if asking in readable else b""


def _asked(descriptor: int, stop: threading.Event) -> bytes:
    handle_sigterm(stop)
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.readline()


def _hand_over(command: AnyCommand, line: bytes, bell: Bell, stop: threading.Event) -> None:
    """Become a trainer with the engine that ``command`` needs, unless it is already loaded or not installed."""
    engine = backend.wanted_by(command.spec) if isinstance(command, FitCommand) else backend.current()
    if engine == backend.current() or not backend.is_installed(engine):
        return
    # A stop that came already, or comes while the new program starts, stays pending until that can handle it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    if stop.is_set():
        os.kill(os.getpid(), signal.SIGTERM)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the new program closes it
    file.write(line)
    file.flush()
    os.dup2(bell.descriptor, 1)
    _close_on_exec_except(file.fileno())
    program = [sys.executable, "-m", "trainer", "serve", "--asked", str(file.fileno())]
    os.execve(sys.executable, program, backend.environment(engine))  # noqa: S606 - the command is ours


def _close_on_exec_except(kept: int) -> None:
    """Have files and devices that libraries opened closed on exec, so that the GPU frees their memory."""
    with suppress(FileNotFoundError):
        for path in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                os.set_inheritable(int(path.name), int(path.name) in {0, 1, 2, kept})
    os.set_inheritable(kept, True)


def work(command: AnyCommand, bell: Bell, stop: threading.Event) -> int:
    """Carry out ``command`` with its output in ``out/trainer.log``; returns the exit code.

    That is 0, 1 after a ``Failed`` event, or :data:`DISK_REFUSED` when even that could not be written: then the
    reason is on the original standard error, as text or JSON of a message, where the worker reads it.
    """
    early = os.dup(2)
    try:
        sink = EventSink(command.out, bell)
        log = os.open(command.out / "trainer.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        return _run_and_report(command, sink, stop)
    except OSError as error:
        with suppress(OSError):
            os.write(early, f"\nerror: {as_text(failure_of(error).error, ascii_only=True)}\n".encode())
        return DISK_REFUSED


def _run_and_report(command: AnyCommand, sink: EventSink, stop: threading.Event) -> int:
    try:
        carry_out(command, sink, stop)
    except DiskRefused:
        raise
    except Exception as error:  # noqa: BLE001 - any error ends the run with a Failed event
        with suppress(OSError):  # the log may be on the full disk
            traceback.print_exc()
        sink.emit(failure_of(error))
        return 1
    return 0

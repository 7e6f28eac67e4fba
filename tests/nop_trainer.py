"""A trainer without Keras, for tests of the work around it: the same protocol, quick epochs, made-up numbers.

Its options are environment variables; put them before the command, as in ``env NOP_EPOCH_SECONDS=0.1 python …``.
NOP_EPOCH_SECONDS is the length of an epoch; NOP_DIE_AT_EPOCH with NOP_DIE ("kill", "error", "oom", "hunger" for memory,
"stubborn") says where and how it goes wrong, once for all attempts if NOP_ONCE names a file that is not there yet.
NOP_STARTING_SECONDS, NOP_STEP_SECONDS, NOP_VALIDATING_SECONDS and NOP_SAVING_SECONDS are how long it hears nothing in
that phase; the file ``phase`` beside its events says in which it is.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.checkpoint_files import Manifest
from trainer.events.events import CheckpointSaved, EpochEnded, Event, Finished, Result, Started, Worked
from trainer.events.sink import EventSink
from trainer.process.serve import Bell, be_expendable
from trainer.system.parent_death import die_with_parent

EPOCH_SECONDS = float(os.environ.get("NOP_EPOCH_SECONDS", "0.01"))
DIE_AT_EPOCH = int(os.environ.get("NOP_DIE_AT_EPOCH", "0"))
HOW = os.environ.get("NOP_DIE", "")
ONCE = os.environ.get("NOP_ONCE", "")
PHASES = {
    name: float(os.environ.get(f"NOP_{name.upper()}_SECONDS", "0")) for name in ("starting", "step", "validating")
}
PHASES["saving"] = float(os.environ.get("NOP_SAVING_SECONDS", "0"))


def metrics_of(epoch: int) -> dict[str, float]:
    """Numbers that depend on the epoch alone, as those of a training that is resumed exactly."""
    return {"loss": 1 / epoch, "accuracy": 1 - 1 / (epoch + 1), "val_loss": 1.2 / epoch, "val_accuracy": 1 - 1 / epoch}


class NopTraining:
    """Trains nothing, epoch by epoch, and saves real checkpoints."""

    def __init__(self, command: dict[str, Any], sink: EventSink, stop: threading.Event) -> None:
        self.sink, self.stop = sink, stop
        self.spec, self.out = command["spec"], Path(command["out"])
        self.epochs = self.spec["fit"]["epochs"]
        resume_from = command.get("resume_from")
        self.first = checkpoint_files.verify(Path(resume_from)).epoch + 1 if resume_from else 1

    def be_deaf(self, phase: str) -> None:
        """Spend the time that the test wants in ``phase``, and say so."""
        if PHASES[phase]:
            (self.out / "phase").write_text(phase)
            time.sleep(PHASES[phase])

    def run(self) -> Event:
        self.be_deaf("starting")
        counts = {"steps_per_epoch": 1, "num_parameters": 1, "num_train": 1, "num_validation": 1, "num_test": 1}
        facts = {"device": "none", "content_hash": "0" * 64, "versions": {}}
        self.sink.emit(Started(epoch=self.first - 1, step=0, epochs=self.epochs, **counts, **facts))  # type: ignore[arg-type]
        for epoch in range(self.first, self.epochs + 1):
            self.be_deaf("step")
            self.stop.wait(EPOCH_SECONDS)
            go_wrong(epoch)
            self.be_deaf("validating")
            self._end_epoch(epoch)
            if self.stop.is_set():
                return Finished(reason="stopped", epoch=epoch)
        return Finished(reason="completed", epoch=self.epochs)

    def _end_epoch(self, epoch: int) -> None:
        pace = {"learning_rate": 0.1, "seconds": EPOCH_SECONDS, "examples_per_second": 1.0, "seconds_left": 1.0}
        self.sink.emit(EpochEnded(epoch=epoch, epochs=self.epochs, metrics=metrics_of(epoch), **pace))  # type: ignore[arg-type]
        if epoch % self.spec["checkpoints"]["every_epochs"] == 0 or epoch == self.epochs or self.stop.is_set():
            self._save(epoch)

    def _save(self, epoch: int) -> None:
        metrics, zero = metrics_of(epoch), "0" * 64
        draft = Manifest(epoch, 0, digest=zero, metrics=dict(metrics), spec=self.spec, content_hash=zero)
        folder, manifest = checkpoint_files.write(self.out / "checkpoints", draft, self._write_files)
        self.sink.emit(
            CheckpointSaved(
                name=folder.name,
                path=f"checkpoints/{folder.name}",
                epoch=epoch,
                step=0,
                metrics=metrics,
                size_bytes=manifest.size_bytes,
                digest=zero,
                manifest_sha256=manifest.sha256,
            )
        )

    def _write_files(self, folder: Path) -> None:
        self.be_deaf("saving")
        for name in ("model.keras", "state.npz"):
            (folder / name).write_bytes(b"nothing")


def go_wrong(epoch: int) -> None:
    """Die as the test wants it."""
    if epoch != DIE_AT_EPOCH or (ONCE and Path(ONCE).exists()):
        return
    if ONCE:
        Path(ONCE).touch()
    if HOW == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if HOW == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(3600)
    if HOW == "hunger":
        be_expendable()
        hoard = [b"x" * (1 << 24) for _ in range(1000)]
        del hoard
    if HOW == "oom":
        raise MemoryError("cannot allocate 7 terabytes")
    raise RuntimeError("the loss went up the chimney")


def answer(command: dict[str, Any], sink: EventSink) -> Event:
    sink.emit(Worked(fraction=0.5, message="half way"))
    time.sleep(EPOCH_SECONDS)
    return Result(result={"loss": 0.5, "content_hash": "1" * 64, "asked": command["do"]})


def listen(stop: threading.Event) -> None:
    for line in sys.stdin:
        if json.loads(line)["do"] == "stop":
            stop.set()
    os._exit(1)


def main() -> None:
    die_with_parent(os.getppid(), signal.SIGKILL)
    bell = Bell(os.dup(1))
    os.dup2(2, 1)
    bell.ready()
    line = sys.stdin.readline()
    if not line:
        os._exit(0)
    command = json.loads(line)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=listen, args=(stop,), daemon=True).start()
    sink = EventSink(Path(command["out"]), bell)
    log = os.open(Path(command["out"]) / "trainer.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 2)
    sink.emit(NopTraining(command, sink, stop).run() if command["do"] == "fit" else answer(command, sink))
    os._exit(0)


if __name__ == "__main__":
    main()

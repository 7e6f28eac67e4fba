"""A trainer process as its worker sees it: started early, given one request, ended with all that it started."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from trainer.system.temp_folders import TemporaryFolder

logger = logging.getLogger(__name__)
# The variables of the worker that a trainer gets: never the secret key, the database or the broker.
SHARED_NAMES = {
    *("PATH", "HOME", "LANG", "TZ", "USER", "VIRTUAL_ENV", "PYTHONPATH", "LD_LIBRARY_PATH", "TRAINYARD_MIRROR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "REQUESTS_CA_BUNDLE"),
}
SHARED_PREFIXES = ("LC_", "CUDA", "NVIDIA_", "TF_", "XLA_", "KERAS_", "OMP_", "MKL_", "OPENBLAS_", "SSL_CERT_")
DEATH_SECONDS = 5


def trainer_environment(gpus: str) -> dict[str, str]:
    """The environment of a trainer that may use ``gpus``, named as CUDA_VISIBLE_DEVICES does."""
    shared = {
        name: value for name, value in os.environ.items() if name in SHARED_NAMES or name.startswith(SHARED_PREFIXES)
    }
    shared["TRAINYARD_DATASETS"] = str(settings.DATA_DIR / "datasets")
    if settings.PLUGIN_DIR is not None:
        shared["TRAINYARD_PLUGINS"] = str(settings.PLUGIN_DIR)
    shared.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # A trainer, the warm spare beside it and the trainings of a check share one GPU: each allocates what it needs.
    shared.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    shared.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    if gpus:
        shared["CUDA_VISIBLE_DEVICES"] = gpus
    return shared


class TrainerProcess:
    """One trainer in a process group of its own.

    A ``cold`` one does not load Keras before its request. Start it in the main thread: it asks the kernel to be
    killed together with the *thread* that started it.
    """

    def __init__(self, gpus: str = "", *, cold: bool = False) -> None:
        self._temporary = TemporaryFolder()
        self._early_log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self.process = subprocess.Popen(
            [*settings.TRAINER_COMMAND, *(["--cold"] if cold else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._early_log,
            env=trainer_environment(gpus) | {"TMPDIR": str(self._temporary.path)},
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )
        assert self.process.stdin
        assert self.process.stdout
        self._requests, self.bell = self.process.stdin, self.process.stdout.fileno()
        os.set_blocking(self.bell, False)
        self.is_bell_open = True

    def send(self, message: dict[str, Any]) -> None:
        """Write one line to its standard input; a trainer that has ended is noticed elsewhere."""
        try:
            self._requests.write(json.dumps(message).encode() + b"\n")
            self._requests.flush()
        except OSError:
            pass

    def silence_bell(self) -> None:
        """Read the pending bytes of the bell. After its end (the trainer closed it) no more will come."""
        try:
            while ring := os.read(self.bell, 65536):
                del ring
            self.is_bell_open = False
        except BlockingIOError:
            pass

    def has_ended(self) -> bool:
        """Whether the process has ended. It is not reaped, so that its group keeps its number until :meth:`reap`."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        try:
            return os.waitid(os.P_PID, self.process.pid, flags) is not None
        except ChildProcessError:
            return True

    def yield_processor(self, idle: bool) -> None:
        """Let trainings go first while it warms up, so that they are not slowed down."""
        if not hasattr(os, "SCHED_IDLE"):
            return
        policy = os.SCHED_IDLE if idle else os.SCHED_OTHER
        try:
            for thread in Path(f"/proc/{self.process.pid}/task").iterdir():
                os.sched_setscheduler(int(thread.name), policy, os.sched_param(0))
        except OSError:
            pass  # it has just ended, or the machine does not allow it; both are harmless

    def signal_group(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    def reap(self) -> int | None:
        """Kill what is left of its group; returns the exit code (negative: minus the signal's number).

        Returns ``None`` while the kernel does not end the process, because it waits for a disk or a device that hangs
        (state D). The call may be repeated.
        """
        if self.process.returncode is None:
            self.signal_group(signal.SIGKILL)
            try:
                self.process.wait(DEATH_SECONDS)
            except subprocess.TimeoutExpired:
                logger.error("Trainer %d does not end after SIGKILL.", self.process.pid)
                return None
        for pipe in (self._requests, self.process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self._temporary.remove()
        return self.process.returncode

    def log_tail(self, log: Path) -> str:
        """The end of its output: of ``log``, or of what it wrote before it opened that file."""
        try:
            text = _tail(log)
        except OSError:
            text = ""
        return text if text.strip() else self.early_log_tail()

    def early_log_tail(self) -> str:
        """The end of what it wrote before it opened its log, or because it could not write to it."""
        self._early_log.seek(0)
        return self._early_log.read()[-8192:].decode(errors="replace")

    def close_log(self) -> None:
        """Discard the early log; call it when the log is no longer needed."""
        self._early_log.close()


def _tail(path: Path, num_bytes: int = 8192) -> str:
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - num_bytes))
        return file.read().decode(errors="replace")


class Spares:
    """The warm trainer that waits for the next job of a pool child, so that it starts at once.

    Once there was a job for a cold one, such a trainer waits as well, because people wait for those answers; it takes
    little memory.
    """

    def __init__(self, gpus: str) -> None:
        self._gpus = gpus
        self._spare: TrainerProcess | None = None
        self._cold_spare: TrainerProcess | None = None
        self._keeps_a_cold_one = False

    def prepare(self, *, beside_a_job: bool = False) -> None:
        """Start a trainer if none waits. ``beside_a_job`` it warms up only on idle processor time."""
        if self._keeps_a_cold_one and not beside_a_job:
            self._cold_spare = _alive(self._cold_spare) or TrainerProcess(self._gpus, cold=True)
        self._spare = _alive(self._spare)
        if self._spare is None:
            self._spare = TrainerProcess(self._gpus)
            if beside_a_job:
                self._spare.yield_processor(idle=True)
        elif not beside_a_job:
            self._spare.yield_processor(idle=False)

    def take(self, *, cold: bool = False) -> TrainerProcess:
        """Returns the waiting trainer, else a new one. With ``cold``, one that does not load Keras."""
        if cold:
            if self._spare is not None:
                self._spare.yield_processor(idle=True)
            self._keeps_a_cold_one = True
            waiting, self._cold_spare = _alive(self._cold_spare), None
            return waiting or TrainerProcess(self._gpus, cold=True)
        spare, self._spare = _alive(self._spare), None
        if spare is None:
            return TrainerProcess(self._gpus)
        spare.yield_processor(idle=False)
        return spare

    def dismiss(self) -> None:
        for spare in (self._spare, self._cold_spare):
            if spare is not None:
                _discard(spare)
        self._spare = self._cold_spare = None


def _alive(spare: TrainerProcess | None) -> TrainerProcess | None:
    """``spare``; ``None``, and reaped, when it has ended."""
    if spare is not None and spare.has_ended():
        _discard(spare)
        return None
    return spare


def _discard(spare: TrainerProcess) -> None:
    spare.reap()
    spare.close_log()

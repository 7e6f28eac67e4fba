"""Keeps the processes running, and leaves none behind.

Ctrl-C, SIGTERM and a closed terminal end everything in order: first the web server and the workers, which get time to
save a checkpoint, then Redis. A second Ctrl-C does not wait. When the supervisor itself is killed, the kernel signals
its children (see ``trainer/system/parent_death.py``).
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from trainer.messages.message import Message, Words
from webapp.launcher.children import Child

LOOK_SECONDS = 0.3


class Supervisor:
    """Runs ``services`` (Redis) and, on top of them, ``children`` until it is asked to stop."""

    def __init__(
        self, services: list[Child], children: list[Child], say: Callable[[Words], None], grace: float
    ) -> None:
        self.services = services
        self.children = children
        self.say = say
        self.grace = grace
        self._stop = threading.Event()
        self._hurry = False

    @property
    def all(self) -> list[Child]:
        return [*self.services, *self.children]

    def listen_to_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._hurry = self._hurry or (self._stop.is_set() and number == signal.SIGINT)
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        return self._stop.is_set()

    def watch(self) -> None:
        """Restart processes that ended and show their errors, until a stop is requested."""
        while not self._stop.wait(LOOK_SECONDS):
            for child in self.all:
                self._look_after(child)

    def _look_after(self, child: Child) -> None:
        for line in child.new_errors():
            self.say(f"{child.name}: {line}")
        child.make_room_in_log()
        if child.is_running:
            return
        if child.process is not None:
            code = child.process.returncode
            pause = child.plan_restart()
            self.say(
                Message(
                    "{name} ended with code {code} and starts again in {pause:.0f} s; see {log}",
                    name=child.name,
                    code=code,
                    pause=pause,
                    log=str(child.log),
                )
            )
        elif time.monotonic() >= child.starts_again_at:
            child.start()

    def stop(self) -> None:
        """End everything: children first, services last."""
        for group in (self.children, self.services):
            for child in group:
                child.ask_to_end()
            self._wait_for(group)
            for child in group:
                child.sweep()

    def _wait_for(self, group: list[Child]) -> None:
        deadline = time.monotonic() + self.grace
        while any(child.is_running for child in group) and time.monotonic() < deadline and not self._hurry:
            time.sleep(0.05)

"""A proxy that can fall silent: connections stay open, and nothing passes any more, as behind a dead firewall."""

from __future__ import annotations

import atexit
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path


class Proxy:
    """Forwards connections to ``server`` to what ``connect`` opens. The subclasses say where that is."""

    def __init__(self, server: socket.socket, connect: Callable[[], socket.socket]) -> None:
        self._server, self._connect_target = server, connect
        self._passing = threading.Event()
        self._passing.set()
        self._dead: set[int] = set()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        """What is open now never passes anything again; who connects meanwhile waits."""
        self._passing.clear()
        self._dead |= {id(one) for one in self._open}

    def speak(self) -> None:
        """New connections work again; those that were silenced stay half open for ever."""
        self._passing.set()

    def _accept(self) -> None:
        while True:
            client, _ = self._server.accept()
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        self._passing.wait()
        upstream = self._connect_target()
        self._open += [client, upstream]
        for source, sink in ((client, upstream), (upstream, client)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if id(source) not in self._dead:
                    sink.sendall(data)
            if id(source) not in self._dead:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            return


class PortProxy(Proxy):
    """Forwards a local port of its own to another."""

    def __init__(self, target: int) -> None:
        server = socket.create_server(("127.0.0.1", 0))
        self.port = server.getsockname()[1]
        super().__init__(server, lambda: socket.create_connection(("127.0.0.1", target)))


class UnixProxy(Proxy):
    """Forwards a Unix socket of its own, in a private folder, to another."""

    def __init__(self, target: Path) -> None:
        folder = Path(tempfile.mkdtemp(prefix="trainyard-proxy-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self.path = folder / "proxy.sock"
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(self.path))
        server.listen()
        super().__init__(server, lambda: _connected(target))


def _connected(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(path))
    return client

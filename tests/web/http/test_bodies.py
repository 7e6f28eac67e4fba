"""A real web server and raw sockets: bodies that are too large or stall are refused, and none of them is on disk."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
import uvicorn

from tests.work.conftest import wait_for
from webapp.asgi import application
from webapp.launcher.address import free_port

TRY_IT = f"/checkpoints/{UUID(int=1)}/try/"
MEGABYTE = 1024 * 1024
Connect = Callable[..., socket.socket]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started)
    yield port
    server.should_exit = True
    thread.join()


@pytest.fixture
def begin(port: int, settings, tmp_path: Path, monkeypatch) -> Iterator[Connect]:
    """Send the head of a POST; its body is the test's to send."""
    settings.BODY_IDLE_SECONDS = 1
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    opened = []

    def begun(path: str, *headers: str) -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", port), timeout=20))
        lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]
        opened[-1].sendall("\r\n".join(lines).encode())
        return opened[-1]

    yield begun
    for one in opened:
        one.close()


def answer(connection: socket.socket) -> str:
    """The whole answer, once its head and what the head announces is there."""
    text = ""
    while "\r\n\r\n" not in text:
        part = connection.recv(65536).decode()
        assert part, f"the connection ended after {text!r}"
        text += part
    head, _, body = text.partition("\r\n\r\n")
    length = int(head.lower().split("content-length: ")[1].split()[0])
    while len(body.encode()) < length:
        body += connection.recv(65536).decode()
    return head + "\r\n\r\n" + body


def files_in(folder: Path) -> list[str]:
    """Files of this process in ``folder``, unlinked ones too."""
    links = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return [link for link in links if link.startswith(str(folder))]


@pytest.mark.parametrize("path", ["/sign-in/", "/nowhere/", "/static/css/base.css"])
def test_a_page_refuses_a_body_before_it_is_sent(begin: Connect, path: str) -> None:
    said = answer(begin(path, f"Content-Length: {300 * MEGABYTE}"))
    assert said.startswith("HTTP/1.1 413 ")
    assert "connection: close" in said.lower()
    assert "larger than 2.0\xa0MB" in said
    assert "<html" in said


def test_the_api_refuses_a_body_as_json(begin: Connect) -> None:
    said = answer(begin("/api/v1/runs", f"Content-Length: {3 * MEGABYTE}"))
    assert said.startswith("HTTP/1.1 413 ")
    assert "content-type: application/json" in said.lower()
    assert '{"detail": "What was sent is larger' in said


def test_pictures_may_be_larger_but_not_much(begin: Connect, tmp_path: Path) -> None:
    assert answer(begin(TRY_IT, f"Content-Length: {7 * MEGABYTE}")).startswith("HTTP/1.1 413 ")
    connection = begin(TRY_IT, f"Content-Length: {5 * MEGABYTE}")
    connection.sendall(b"x" * (5 * MEGABYTE - 1))
    time.sleep(0.5)
    assert files_in(tmp_path) == []
    connection.sendall(b"x")
    assert answer(connection).startswith("HTTP/1.1 403 ")  # Django has it, and asks for its CSRF token


def test_a_body_of_the_largest_size_is_taken(begin: Connect) -> None:
    connection = begin("/api/v1/runs", f"Content-Length: {2 * MEGABYTE}", "Content-Type: application/json")
    connection.sendall(b" " * (2 * MEGABYTE))
    assert answer(connection).startswith("HTTP/1.1 401 ")


def test_a_body_without_a_length_is_counted(begin: Connect, tmp_path: Path) -> None:
    connection = begin("/sign-in/", "Transfer-Encoding: chunked")
    chunk = b"%x\r\n%s\r\n" % (65536, b"x" * 65536)
    for _ in range(33):
        connection.sendall(chunk)
    assert answer(connection).startswith("HTTP/1.1 413 ")
    assert files_in(tmp_path) == []


def test_a_body_that_stalls_is_ended(begin: Connect) -> None:
    connection = begin("/sign-in/", "Content-Length: 1000")
    connection.sendall(b"x" * 999)
    began = time.monotonic()
    assert answer(connection).startswith("HTTP/1.1 408 ")
    assert 0.5 < time.monotonic() - began < 10
    assert connection.recv(10) == b""


def test_a_slow_body_is_waited_for(begin: Connect) -> None:
    connection = begin("/sign-in/", "Content-Length: 4")
    for _ in range(4):
        time.sleep(0.4)
        connection.sendall(b"x")
    assert answer(connection).startswith("HTTP/1.1 403 ")

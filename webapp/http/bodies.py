"""Limits on the size and duration of request bodies, enforced before Django stores any of them.

Django reads a whole body, into a file if it is large, before it authenticates the sender, so anyone who can reach the
port could fill the disk. Here a body that declares too large a size is refused before it is sent, one without a
declared size is counted, and one that stalls is ended. The rest fits into memory (``FILE_UPLOAD_MAX_MEMORY_SIZE``).
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.template.defaultfilters import filesizeformat
from django.template.loader import get_template
from django.urls import Resolver404, resolve
from django.utils import translation

from trainer.messages.message import Message

Scope = dict[str, Any]
Event = Mapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# A sender that is cut off while sending loses the answer, so further data is read and discarded for a while.
LINGER_SECONDS, LINGER_BYTES = 5, 32 * 1024 * 1024


class LimitedBodies:
    """An ASGI application that answers 413 to bodies that are too large for their address, and 408 to stalled ones."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(scope, receive)
        if body.declared_bytes > body.limit(body.declared_bytes):
            body.status = 413
        else:
            await self.app(scope, body.receive, send)
        if body.status:
            await _refuse(body.status, scope, send)
            if body.status == 413:
                await _linger(receive)
            await send({"type": "http.response.body", "body": b""})


class _Body:
    """A body being received. ``status`` is set when it is refused; the receiver then gets a disconnect message."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.path, self._receive = scope["path"], receive
        self.declared_bytes = int(dict(scope["headers"]).get(b"content-length", 0))
        self.received_bytes = 0
        self.is_complete = False
        self.status = 0

    def limit(self, num_bytes: int) -> int:
        """What the address accepts; it is resolved only if the body is larger than any address accepts."""
        return settings.BODY_MAX_BYTES if num_bytes <= settings.BODY_MAX_BYTES else limit_of(self.path)

    async def receive(self) -> Event:
        """Return the next part, or a disconnect if the body is too large or too slow."""
        if self.is_complete:
            return await self._receive()
        try:
            async with asyncio.timeout(settings.BODY_IDLE_SECONDS):
                message = await self._receive()
        except TimeoutError:
            return self._refused(408)
        self.received_bytes += len(message.get("body", b""))
        self.is_complete = not message.get("more_body", False)
        if self.received_bytes > self.limit(self.received_bytes):
            return self._refused(413)
        return message

    def _refused(self, status: int) -> Event:
        self.status = self.status or status
        return {"type": "http.disconnect"}


def limit_of(path: str) -> int:
    """The largest body in bytes that the address accepts."""
    try:
        name = resolve(path).url_name or ""
    except Resolver404:
        name = ""
    largest: int = settings.BODY_MAX_BYTES_OF.get(name, settings.BODY_MAX_BYTES)
    return largest


async def _refuse(status: int, scope: Scope, send: Send) -> None:
    # Outside of Django's middleware, which would activate it.
    with translation.override(translation.get_language_from_request(ASGIRequest(scope, io.BytesIO()))):
        kind, text = _answer(status, scope["path"])
    headers = {
        "Content-Type": kind,
        "Content-Length": str(len(text.encode())),
        "Connection": "close",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'self'; object-src 'none'; frame-ancestors 'none'",
    }
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


def _answer(status: int, path: str) -> tuple[str, str]:
    """The content type and the content of the answer, in the active language."""
    sentence = _why_refused(status, path)
    if path.startswith("/api/"):
        return "application/json", json.dumps({"detail": str(sentence), "problems": []})
    return "text/html; charset=utf-8", get_template("refused.html").render({"sentence": sentence})


def _why_refused(status: int, path: str) -> Message:
    if status == 413:
        limit = filesizeformat(limit_of(path))
        return Message("What was sent is larger than {limit}, the most that this address accepts.", limit=limit)
    return Message(
        "Nothing was received for {count} second, so the request was ended.",
        plural="Nothing was received for {count} seconds, so the request was ended.",
        count=settings.BODY_IDLE_SECONDS,
    )


async def _linger(receive: Receive) -> None:
    num_bytes = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while num_bytes < LINGER_BYTES:
                message = await receive()
                if not message.get("more_body", False):
                    return
                num_bytes += len(message["body"])

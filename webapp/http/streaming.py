"""Streamed responses, under any server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

PART_BYTES = 64 * 1024


class BodyParts:
    """The parts of a body, produced one by one in the thread of the request, which has the database connection.

    Django reads a synchronous iterator into a list before it sends the first byte to an ASGI server.
    """

    def __init__(self, parts: Iterable[bytes]) -> None:
        self.parts = parts
        self._iterator = iter(parts)

    def __aiter__(self) -> BodyParts:
        return self

    async def __anext__(self) -> bytes:
        part = await sync_to_async(self._next)()
        if part is None:
            raise StopAsyncIteration
        return part

    def _next(self) -> bytes | None:
        return next(self._iterator, None)

    def close(self) -> None:
        """Called by the response, also when the browser disconnects early."""
        close = getattr(self.parts, "close", None)
        if close is not None:
            close()


def stream(request: HttpRequest, parts: Iterable[bytes], content_type: str) -> StreamingHttpResponse:
    """Return a response whose body is ``parts``; only one of them is in memory at a time."""
    body = BodyParts(parts) if isinstance(request, ASGIRequest) else parts
    return StreamingHttpResponse(body, content_type=content_type)


def in_parts(lines: Iterable[str], part_bytes: int = PART_BYTES) -> Iterator[bytes]:
    """Yield ``lines`` in UTF-8 as parts of about ``part_bytes``, because each part costs a thread switch."""
    waiting = bytearray()
    for line in lines:
        waiting += line.encode()
        if len(waiting) >= part_bytes:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)

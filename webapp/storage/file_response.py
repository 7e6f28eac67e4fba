"""A part of a file as an HTTP response: streamed, with an ETag, whole or the requested range (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.http import content_disposition_header, parse_etags

from trainer.system.regular_files import Slice
from webapp.http.streaming import stream

PART_BYTES = 256 * 1024
CONTENT_TYPE = "application/octet-stream"
RANGE = re.compile(r"bytes=\s*(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-(?P<suffix>\d{1,18}))\s*")


@dataclass(frozen=True)
class Attachment:
    """``size`` bytes from ``start`` of an open ``file``. ``etag``, in quotes, changes whenever the bytes change."""

    file: BinaryIO
    start: int
    size: int
    name: str
    etag: str


class Blocks:
    """A slice of the file, block by block. Closing it closes the file, also before its end."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._left = file, Slice(file, start, size)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if block := self._left.read(PART_BYTES):
            return block
        raise StopIteration

    def close(self) -> None:
        self._file.close()


def send(request: HttpRequest, attachment: Attachment) -> HttpResponseBase:
    """Returns the response to a GET or HEAD for ``attachment``, one block in memory at a time; closes its file."""
    response = _answer(request, attachment)
    if not response.streaming:
        attachment.file.close()
    response["ETag"] = attachment.etag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-cache"
    return response


def _answer(request: HttpRequest, attachment: Attachment) -> HttpResponseBase:
    if _names(request.headers.get("If-None-Match", ""), attachment.etag):
        return HttpResponseNotModified()
    wanted = _range_of(request, attachment)
    if wanted is None:
        return _part(request, attachment, 0, attachment.size)
    first, last = wanted
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{attachment.size}"})
    response = _part(request, attachment, first, last - first + 1)
    response.status_code = 206
    response["Content-Range"] = f"bytes {first}-{last}/{attachment.size}"
    return response


def _part(request: HttpRequest, attachment: Attachment, first: int, num_bytes: int) -> HttpResponseBase:
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=CONTENT_TYPE)
    else:
        blocks = Blocks(attachment.file, attachment.start + first, num_bytes)
        response = stream(request, blocks, CONTENT_TYPE)
    response["Content-Length"] = str(num_bytes)
    response["Content-Disposition"] = disposition(attachment.name)
    return response


def disposition(name: str) -> str:
    """The header of a download; a name in Chinese is kept (RFC 6266)."""
    return content_disposition_header(True, name) or "attachment"


def _range_of(request: HttpRequest, attachment: Attachment) -> tuple[int, int] | None:
    """First and last byte of the requested range; first > last when it is empty; ``None`` for the whole file.

    Several ranges at once and invalid ones are answered with the whole file: a server may ignore the header.
    """
    given = RANGE.fullmatch(request.headers.get("Range", ""))
    condition = request.headers.get("If-Range", attachment.etag)
    if given is None or request.method != "GET" or condition != attachment.etag:
        return None
    size = attachment.size
    if given["suffix"] is not None:
        return (max(0, size - int(given["suffix"])), size - 1) if int(given["suffix"]) else (size, size - 1)
    first, last = int(given["first"]), int(given["last"] or size)
    if given["last"] and last < first:
        return None
    return (first, min(last, size - 1))


def _names(header: str, etag: str) -> bool:
    """Whether If-None-Match names the tag, also as a weak one: a proxy that compresses weakens it."""
    tags = [tag.removeprefix("W/") for tag in parse_etags(header)]
    return etag in tags or "*" in tags

"""A part of a file as an HTTP answer: streamed, with its tag, whole or the range that was asked for (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.http import parse_etags

from trainer.system.regular_files import Slice
from webapp.http.streaming import stream

PART_BYTES = 256 * 1024
CONTENT_TYPE = "application/octet-stream"
RANGE = re.compile(r"bytes=\s*(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-(?P<suffix>\d{1,18}))\s*")


@dataclass(frozen=True)
class Attachment:
    """``size`` bytes from ``start`` of an open ``file``. ``etag``, in quotes, is another where the bytes are others."""

    file: BinaryIO
    start: int
    size: int
    name: str
    etag: str


class Blocks:
    """A slice of the file, block by block. The file is closed with it, also when it was not read to the end."""

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
    """Answer a GET or HEAD for ``attachment``, of which only a block at a time is in memory; closes its file."""
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
    """For a name of our own making: letters, digits, dots and dashes."""
    return f'attachment; filename="{name}"'


def _range_of(request: HttpRequest, attachment: Attachment) -> tuple[int, int] | None:
    """First and last byte that are wanted; the first after the last where there are none; nothing for all of them.

    Several ranges at once, and what is no range, are answered with the whole: a server may ignore the header.
    """
    said = RANGE.fullmatch(request.headers.get("Range", ""))
    condition = request.headers.get("If-Range", attachment.etag)
    if said is None or request.method != "GET" or condition != attachment.etag:
        return None
    size = attachment.size
    if said["suffix"] is not None:
        return (max(0, size - int(said["suffix"])), size - 1) if int(said["suffix"]) else (size, size - 1)
    first, last = int(said["first"]), int(said["last"] or size)
    if said["last"] and last < first:
        return None
    return (first, min(last, size - 1))


def _names(header: str, etag: str) -> bool:
    """Whether If-None-Match names the tag, as a weak one, too: a proxy that compresses makes it one."""
    tags = [tag.removeprefix("W/") for tag in parse_etags(header)]
    return etag in tags or "*" in tags

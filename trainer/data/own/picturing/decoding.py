"""Reading pictures, and decoding them to one size: a few in threads, many in processes."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from trainer.data.own.entries import DAMAGE, Entries
from trainer.data.own.members.places import Place, Reader
from trainer.data.picture_files import decoded
from trainer.errors import BadData
from trainer.messages.message import Message

if TYPE_CHECKING:  # each process imports this module
    from trainer.data.own.choices import Choices

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
IN_WORDS = Message("PNG, JPEG, WebP, BMP, GIF or TIFF")
MOST_BYTES = 50 * 2**20
# From so many pictures on processes are worth their start, which takes a second.
MANY = 5000
# Pictures in memory at a time in each process, and the bytes that they become.
AT_ONCE, MOST_BYTES_AT_ONCE = 256, 16 * 2**20
ORIENTATION, FIRST_TURNED = 0x0112, 5  # of EXIF: from 5 on width and height change places

Source = Place | bytes | Message
Header = tuple[int, int] | Message
Made = TypeVar("Made")


@dataclass(frozen=True)
class Fitting:
    """What each picture becomes: (height, width, channels), and what is done about another shape."""

    shape: tuple[int, int, int]
    resize: str

    @classmethod
    def of(cls, shape: tuple[int, int, int], choices: Choices) -> Fitting:
        return cls(shape, choices.resize)


@dataclass(frozen=True)
class Pixels:
    """What some pictures became: ``readable`` (n, height, width, channels), uint8, has those that could be decoded.

    ``damaged`` says of the others, by their place among the pictures, why they cannot be used.
    """

    readable: np.ndarray
    damaged: dict[int, Message]

    @classmethod
    def of(cls, made: Sequence[np.ndarray | Message], fitting: Fitting) -> Pixels:
        pixels = [each for each in made if not isinstance(each, Message)]
        damaged = {at: each for at, each in enumerate(made) if isinstance(each, Message)}
        return cls(np.stack(pixels) if pixels else np.empty((0, *fitting.shape), np.uint8), damaged)

    def __len__(self) -> int:
        return len(self.readable) + len(self.damaged)


def get_ready(entries: Entries) -> None:
    """Let the processes start that headers and pixels of so many files are worth."""
    if len(entries.names) >= MANY:
        entries.processes.start(__name__)


def headers_of(entries: Entries, indices: Sequence[int]) -> Iterator[Header]:
    """The size of each picture, upright, or why it cannot be used. Only its header is read."""
    if len(indices) < MANY:
        return map(partial(_header_in, entries), indices)
    return chain.from_iterable(_on_many(entries, indices, _headers, AT_ONCE))


def pixels_of(entries: Entries, indices: Sequence[int], fitting: Fitting) -> Iterator[Pixels]:
    """The pixels of the pictures, some at a time, in order."""
    at_once = max(1, min(AT_ONCE, MOST_BYTES_AT_ONCE // int(np.prod(fitting.shape))))
    if len(indices) < MANY:
        return _in_threads(entries, indices, fitting, at_once)
    return _on_many(entries, indices, partial(_pixels, fitting=fitting), at_once)


def content_of(entries: Entries, index: int) -> bytes | Message:
    """The bytes of one file, or why they cannot be used."""
    try:
        with entries.open(index) as file:
            return _small(file.read(MOST_BYTES + 1))
    except DAMAGE as error:
        return _damaged(error)


def fitted(content: bytes | Message, fitting: Fitting) -> np.ndarray | Message:
    """The pixels of the picture that a file has, or why it cannot be used."""
    if isinstance(content, Message):
        return content
    try:
        image = decoded(io.BytesIO(content), FORMATS, IN_WORDS, keep_grey=fitting.shape[2] == 1)
    except BadData as error:
        return error.message
    height, width, channels = fitting.shape
    resized = _resized(image, (width, height), fitting.resize)
    plain = resized.convert("L") if channels == 1 and resized.mode != "L" else resized
    return np.asarray(plain, np.uint8).reshape(fitting.shape)


def _in_threads(entries: Entries, indices: Sequence[int], fitting: Fitting, at_once: int) -> Iterator[Pixels]:
    """Pillow lets go of the interpreter's lock; the files are read by one thread."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for batch in _batches(indices, at_once):
            contents = [content_of(entries, index) for index in batch]
            yield Pixels.of(list(pool.map(partial(fitted, fitting=fitting), contents)), fitting)


def _on_many(
    entries: Entries, indices: Sequence[int], function: Callable[[list[Source]], Made], at_once: int
) -> Iterator[Made]:
    sources = (
        [entries.place(index) or content_of(entries, index) for index in batch] for batch in _batches(indices, at_once)
    )
    return entries.processes.map(function, sources)


def _batches(indices: Sequence[int], at_once: int) -> Iterable[Sequence[int]]:
    return (indices[start : start + at_once] for start in range(0, len(indices), at_once))


def _headers(sources: list[Source]) -> list[Header]:
    return [each if isinstance(each, Message) else _header(io.BytesIO(each)) for each in _contents(sources)]


def _pixels(sources: list[Source], fitting: Fitting) -> Pixels:
    return Pixels.of([fitted(each, fitting) for each in _contents(sources)], fitting)


def _contents(sources: list[Source]) -> Iterator[bytes | Message]:
    with closing(Reader()) as reader:
        for source in sources:
            if isinstance(source, Place):
                try:
                    yield _small(reader.read(source, MOST_BYTES + 1))
                except DAMAGE as error:
                    yield _damaged(error)
            else:
                yield source


def _small(content: bytes) -> bytes | Message:
    if len(content) > MOST_BYTES:
        return Message("It has more than {most:,} bytes. Make it smaller.", most=MOST_BYTES)
    return content


def _damaged(error: Exception) -> Message:
    return Message("It is damaged ({error}). Save it again.", error=str(error)[:200])


def _header_in(entries: Entries, index: int) -> Header:
    try:
        with entries.open(index) as file:
            return _header(file)
    except DAMAGE as error:
        return _damaged(error)


def _header(file: object) -> Header:
    try:
        with Image.open(file, formats=FORMATS) as image:  # type: ignore[arg-type]
            # PNG's own getexif would decode the whole picture.
            turned = Image.Image.getexif(image).get(ORIENTATION, 1) >= FIRST_TURNED
            return image.size[::-1] if turned else image.size
    except UnidentifiedImageError:
        return Message("It is no picture; accepted: {formats}.", formats=IN_WORDS)
    except (*DAMAGE, SyntaxError, Image.DecompressionBombError) as error:
        return _damaged(error)


def _resized(image: Image.Image, size: tuple[int, int], how: str) -> Image.Image:
    if image.size == size:
        return image
    method = Image.Resampling.BOX if min(image.size) >= min(size) else Image.Resampling.BICUBIC
    if how == "squash" or image.width * size[1] == image.height * size[0]:
        return image.resize(size, method)
    if how == "pad":
        return ImageOps.pad(image, size, method, color="black")
    return ImageOps.fit(image, size, method)

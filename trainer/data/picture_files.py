"""Decoding pictures of any origin: upright, in 8-bit colours, without transparency, and never too large."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from trainer.errors import BadData
from trainer.messages.message import Message

MAX_PIXELS = 25_000_000


def decoded(
    file: Path | BinaryIO, formats: tuple[str, ...], in_words: Message, *, keep_grey: bool = False
) -> Image.Image:
    """The first frame of a picture of one of Pillow's ``formats`` as RGB, upright; ``keep_grey`` may leave it grey.

    Raises :class:`BadData` when it cannot be read or is too large; ``in_words`` names the formats.
    """
    try:
        with Image.open(file, formats=formats) as image:
            _refuse_large(image)
            return _plain(image, keep_grey=keep_grey)
    except Image.DecompressionBombError:
        too_many = Message("The picture has more than {most:,} pixels. Make it smaller.", most=MAX_PIXELS)
        raise BadData(too_many) from None
    except UnidentifiedImageError:
        unreadable = Message("The file is not a readable picture; accepted: {formats}.", formats=in_words)
        raise BadData(unreadable) from None
    except BadData:
        raise
    except ValueError:  # Pillow's limit for compressed texts and colour profiles, which can unpack to 1000 times that
        too_large = Message(
            "The picture contains texts or a colour profile that are too large to unpack. "
            "Save it again without them, or take a screenshot of it."
        )
        raise BadData(too_large) from None
    except (OSError, SyntaxError, EOFError) as error:
        damage = Message("The picture is damaged ({error}). Save it again and retry.", error=str(error))
        raise BadData(damage) from None


def _refuse_large(image: Image.Image) -> None:
    """Check the size before decoding; it is in the header."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise BadData(
            Message(
                "The picture has {width} × {height} pixels; accepted: at most {most:,}. Make it smaller.",
                width=width,
                height=height,
                most=MAX_PIXELS,
            )
        )


def _plain(image: Image.Image, *, keep_grey: bool) -> Image.Image:
    """Transparent parts become white paper; 16-bit grey is scaled to 8-bit instead of clipped."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, np.float64)
        top = 65535.0 if np.max(values) > 255 else 255.0
        return Image.fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8)).convert("RGB")
    ImageOps.exif_transpose(image, in_place=True)  # otherwise one that is upright already is copied
    if image.mode in {"L", "RGB"} and "transparency" not in image.info:
        return image if keep_grey and image.mode == "L" else image.convert("RGB")
    over_paper = image.convert("RGBA")
    paper = Image.new("RGBA", over_paper.size, "white")
    return Image.alpha_composite(paper, over_paper).convert("RGB")

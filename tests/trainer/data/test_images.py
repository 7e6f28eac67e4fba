"""Examples as a page shows them."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from trainer.data.images import data_uri
from webapp.workers.recording.payload import LONGEST_TEXT


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [1, 28, 64, 65, 300])
def test_a_picture_of_any_size_is_short_enough_to_be_kept(side: int, channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, channels)).astype(np.uint8)
    uri = data_uri(pixels)
    assert len(uri) < LONGEST_TEXT
    image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert image.size == (min(side, 96), min(side, 96))
    if side <= 64:
        assert (np.asarray(image).reshape(pixels.shape) == pixels).all()

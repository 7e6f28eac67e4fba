"""Whether another processor computes the same: of one name and another generation, it does not."""

from __future__ import annotations

import pytest

from trainer.checkpoints.checkpoint_files import Manifest
from trainer.checkpoints.reproducibility import inexact_reasons

ZEN_3, ZEN_4 = "AMD EPYC (family 25, model 1), 2 cores", "AMD EPYC (family 25, model 17), 2 cores"
UNKNOWN = "AMD EPYC, 2 cores"  # as releases before wrote it


@pytest.mark.parametrize(
    ("there", "here", "is_exact"),
    [
        (ZEN_3, ZEN_3, True),
        (ZEN_3, ZEN_4, False),
        (UNKNOWN, ZEN_4, True),
        (ZEN_4, UNKNOWN, True),
        (UNKNOWN, "AMD EPYC (family 25, model 1), 4 cores", False),
        ("NVIDIA H100", ZEN_3, False),
    ],
)
def test_processors_of_one_name_are_told_apart_by_their_generation(there: str, here: str, is_exact: bool) -> None:
    manifest = Manifest(1, 0, "d" * 64, {}, {}, "c" * 64, device=there)
    assert (inexact_reasons(manifest, {}, here) == []) == is_exact

"""Data is mapped: training on it takes little memory of its own, wherever it is held."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.mapped_data import peak_megabytes
from bench.setup.made_up import make_dataset
from tests.soak import soak

MEGABYTES = 250


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A large and a tiny dataset of the same shape."""
    folder = tmp_path_factory.mktemp("mapped")
    return make_dataset(MEGABYTES * 1_000_000 // 3072, folder), make_dataset(2000, folder)


@soak  # the bench measures it, too
def test_data_on_the_device_is_not_copied_on_a_processor(folders: tuple[Path, Path]) -> None:
    large, tiny = (peak_megabytes(folder, "tensorflow", "device") for folder in folders)
    assert large - tiny < MEGABYTES / 2

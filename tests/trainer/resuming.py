"""Two and two epochs against four: what every way of computing a training is held to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.trainer.test_fit import digest, metrics, spec_of, train


def assert_exact(values: dict[str, Any], folder: Path) -> None:
    """Going on after two epochs gives the metrics and the weights of four epochs at a stretch."""
    whole = metrics(train(spec_of(values, epochs=4), folder / "whole"))
    train(spec_of(values, epochs=2), folder / "first")
    start = folder / "first" / "checkpoints" / "cp-0002"
    rest = metrics(train(spec_of(values, epochs=4), folder / "rest", resume_from=start))
    assert rest == {epoch: whole[epoch] for epoch in (3, 4)}
    assert digest(folder / "rest", "cp-0004") == digest(folder / "whole", "cp-0004")

"""Training data that are streamed to the device: the same numbers as with data that lie there."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.soak import soak
from tests.trainer.material import data_of
from tests.trainer.resuming import Values
from tests.trainer.training.test_session import SMALL_CONVNET, SMALL_MLP, digest, measured, train
from tests.trainer.training.test_step_losses import model_of
from trainer.engines import backend, feed, memory
from trainer.engines.feed import Held, Portion, Streamed
from trainer.engines.loops import loop_of
from trainer.spec import Spec
from trainer.validation.parsing import parse_spec

# 20 batches of 16.6 kB an epoch, the last of them smaller: four chunks of five. Calls of three steps cut across them.
SMALL_CHUNK = 90_000
STREAMED, HELD = {"data": "streamed"}, {"data": "device"}
AUGMENTED: Values = SMALL_MLP | {"augmentation": {"rotation": 10.0, "noise": 0.05, "mixup": 0.4, "cutmix": 1.0}}
FAMILIES = ["augmented mlp", "mlp", "convnet"]


def spec_of(values: Values, computation: dict[str, str]) -> Spec:
    fit = {"epochs": 2, "batch_size": 64}
    return parse_spec(values | {"engine": backend.current(), "fit": fit, "computation": computation})


def outcome(spec: Spec, out: Path, **options: Any) -> Any:
    """What was measured of each epoch, and the weights' digest."""
    return measured(train(spec, out, **options)), digest(out, "cp-0002")


def interrupted(spec: Spec, out: Path) -> Path:
    """A checkpoint three steps into the first epoch."""
    stop = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trainer.training.pace.Pace.took", lambda pace, steps, seconds: stop.set())
        train(spec, out, stop=stop)
    return out / "checkpoints" / "cp-0000-s00003"


def assert_same(values: Values, folder: Path) -> None:
    """Streamed in small chunks, and interrupted inside an epoch, all is as with data that lie on the device."""
    held, spec = outcome(spec_of(values, HELD), folder / "held"), spec_of(values, STREAMED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "CHUNK_BYTES", SMALL_CHUNK)
        patch.setattr("trainer.training.pace.Pace.steps_per_call", lambda pace: 3)
        start = interrupted(spec, folder / "first")
        assert outcome(spec, folder / "rest", resume_from=start) == held


@pytest.mark.parametrize(
    "values", [AUGMENTED, *(pytest.param(each, marks=soak) for each in (SMALL_MLP, SMALL_CONVNET))], ids=FAMILIES
)
def test_weights_metrics_and_losses_are_those_of_held_data(values: Values, tmp_path: Path) -> None:
    assert_same(values, tmp_path)


def test_one_loop_takes_chunks_and_calls_of_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "CHUNK_BYTES", SMALL_CHUNK)
    spec, data = spec_of(SMALL_MLP, STREAMED), data_of("digits")
    loop = loop_of(model_of(spec), data.inputs, data.targets, spec)
    for number, last in ((700, 3), (1257, 20), (90, 2), (10, 1)):
        assert len(loop.train(np.arange(number), 0, last)) == last
        assert loop.test(np.arange(number))["loss"] > 0


INPUTS = np.arange(23 * 2, dtype=np.float32).reshape(23, 2)
TARGETS = np.arange(23, dtype=np.int32)
ORDER = np.random.default_rng(0).permutation(23)


def streamed(put: Any = lambda values: values) -> Streamed:
    return Streamed(INPUTS, TARGETS, 4, put)


def batches(portion: Portion) -> list[list[int]]:
    """The targets of each batch that a loop takes out of a portion."""
    rows = portion.rows[: portion.num_rows]
    picked = [portion.targets[rows[4 * step : 4 * step + 4]] for step in range(portion.first, portion.last)]
    return [batch.tolist() for batch in picked]


@pytest.mark.parametrize("calls", [[(0, 6)], [(0, 1), (1, 4), (4, 6)], [(3, 6)]])
def test_chunks_have_the_batches_of_held_data(calls: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "CHUNK_BYTES", 2 * 4 * 12)
    held, stream = Held(INPUTS, TARGETS, 4, lambda values: values), streamed()
    for first, last in calls:
        expected = [batch for portion in held.portions(ORDER, first, last) for batch in batches(portion)]
        assert [batch for portion in stream.portions(ORDER, first, last) for batch in batches(portion)] == expected


def test_all_chunks_of_an_epoch_have_one_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "CHUNK_BYTES", 4 * 4 * 12)
    portions = list(streamed().portions(ORDER, 0, 6))
    assert [(len(portion.inputs), portion.num_rows) for portion in portions] == [(12, 12), (12, 11)]


class Watched:
    """Stands for the copy to the device; says in which threads it was done, and waits for ``times`` copies."""

    def __init__(self) -> None:
        self.threads: list[str] = []
        self.changed = threading.Condition()

    def __call__(self, values: np.ndarray) -> np.ndarray:
        with self.changed:
            self.threads.append(threading.current_thread().name)
            self.changed.notify_all()
        return values

    def wait_for(self, times: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: len(self.threads) >= times, timeout=10)


def test_the_next_chunk_comes_while_this_one_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "CHUNK_BYTES", 2 * 4 * 12)
    copied = Watched()
    next(streamed(copied).portions(ORDER, 0, 1))
    assert copied.wait_for(6)  # inputs, targets and rows of two chunks, though only the first was asked for
    assert not any("Main" in name for name in copied.threads)


def test_what_is_announced_comes_during_the_last_chunk() -> None:
    copied, validation = Watched(), ORDER[:7]
    stream = streamed(copied)
    stream.announce(validation)
    next(stream.portions(ORDER, 0, 6))
    assert copied.wait_for(6)
    list(stream.portions(validation, 0, 2))
    assert len(copied.threads) == 6


def test_an_error_of_the_thread_ends_the_training() -> None:
    def refuse(values: np.ndarray) -> np.ndarray:
        raise MemoryError

    with pytest.raises(MemoryError):
        next(streamed(refuse).portions(ORDER, 0, 6))


@pytest.mark.parametrize(("data", "share", "expected"), [
    ("auto", 0.2, False), ("auto", 0.3, True), ("device", 2.0, False), ("streamed", 0.001, True)
])  # fmt: skip
def test_automatic_leaves_three_quarters_of_the_memory_to_the_network(
    data: str, share: float, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 1_000_000)
    assert memory.streams(parse_spec({"computation": {"data": data}}), int(share * 1_000_000)) is expected


def test_the_memory_of_this_machine_is_known() -> None:
    assert 10**8 < (memory.free_bytes() or 0) < 10**14


def test_the_log_says_that_data_are_streamed(tmp_path: Path) -> None:
    spec = SMALL_MLP | {"fit": {"epochs": 1}, "computation": {"data": "streamed"}}
    said = [str(event.message) for event in train(parse_spec(spec), tmp_path) if event.kind == "log"]
    assert said[-1:] == ["The data (0.5 MB) are streamed to the device in portions."]

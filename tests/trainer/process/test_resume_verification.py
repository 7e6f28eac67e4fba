"""The self-check of exact resume: real trainings in real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.soak import soak
from tests.trainer.material import SOURCE
from tests.trainer.processes import is_alive, wait_for
from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.checkpoint_files import Manifest
from trainer.events.events import EpochEnded, Failed, Started, parse_line
from trainer.events.sink import EventSink
from trainer.process.resume_verification import EPOCHS, VerificationFailed, _outcome, _shortened, verify_resume
from trainer.validation.parsing import parse_spec

SMALL: dict[str, Any] = {
    "network": {"kind": "mlp", "layers": [{"units": 8, "dropout": 0.3}]},
    "fit": {"epochs": 50, "batch_size": 128, "early_stopping": {"patience": 1}},
}
OTHER_DATA = SMALL | {"dataset": {"name": "digits", "content_hash": "f" * 64}}
NAN = float("nan")


@soak  # the command line is asked the same in every test run
def test_a_spec_with_dropout_and_early_stopping_is_proven(tmp_path: Path) -> None:
    said: list[float] = []
    outcome = verify_resume(parse_spec(SMALL), tmp_path, SOURCE, lambda fraction, message: said.append(fraction))
    assert outcome["exact"], outcome
    assert (len(set(outcome["digests"])), outcome["metrics_differ_at"], said) == (1, [], [0.0, 0.4, 0.7])
    assert {"python", "keras"} < outcome["versions"].keys()
    assert outcome["host"]
    assert outcome["device"]


@pytest.mark.slow
def test_a_training_that_fails_gives_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(VerificationFailed, match="The data of digits has changed") as caught:
        verify_resume(parse_spec(OTHER_DATA), tmp_path, SOURCE, lambda fraction, message: None)
    assert caught.value.event.cause == "bad_data"


def test_the_check_is_short_and_early_stopping_does_not_end_it() -> None:
    values = _shortened(parse_spec(SMALL))
    assert values["fit"]["epochs"] == EPOCHS
    assert values["fit"]["early_stopping"]["patience"] > EPOCHS
    assert values["checkpoints"]["every_epochs"] == 1


def write_training(out: Path, losses: dict[int, float], digest: str) -> None:
    """What a training leaves in its folder."""
    sink, spec = EventSink(out), parse_spec(SMALL)
    counts = {"steps_per_epoch": 1, "num_parameters": 1, "num_train": 1, "num_validation": 1, "num_test": 1}
    facts = {"device": "none", "content_hash": "", "versions": {}}
    sink.emit(Started(epoch=0, step=0, epochs=EPOCHS, **counts, **facts))  # type: ignore[arg-type]
    pace = {"learning_rate": 0.1, "seconds": 1.0, "examples_per_second": 1.0, "seconds_left": None}
    for epoch, loss in losses.items():
        sink.emit(EpochEnded(epoch=epoch, epochs=EPOCHS, metrics={"loss": loss, "auc": 1.0}, **pace))  # type: ignore[arg-type]
    draft = Manifest(EPOCHS, 0, digest=digest, metrics={}, spec=spec.to_json(), content_hash="")
    checkpoint_files.write(out / "checkpoints", draft, write_files)


def write_files(folder: Path) -> None:
    for name in ("model.keras", "state.npz"):
        (folder / name).write_bytes(b"nothing")


@pytest.mark.parametrize(("first", "rest", "digest", "differing", "exact"), [
    ({1: 4.0, 2: 3.0}, {3: 2.0, 4: NAN}, "a", [], True),
    ({1: 4.0, 2: 3.0, 3: 9.0}, {3: 2.0, 4: NAN}, "a", [], True),  # the kill came late: epoch 3 was done again
    ({1: 4.0, 2: 3.0}, {3: 2.0, 4: NAN}, "b", [], False),
    ({1: 4.0, 2: 3.0}, {3: 2.5, 4: NAN}, "a", [3], False),
    ({1: 4.0, 2: 3.0}, {3: 2.0}, "a", [4], False),
])  # fmt: skip
def test_weights_and_every_metric_are_compared(
    first: dict[int, float], rest: dict[int, float], digest: str, differing: list[int], exact: bool, tmp_path: Path
) -> None:
    write_training(tmp_path / "whole", {1: 4.0, 2: 3.0, 3: 2.0, 4: NAN}, "a")
    write_training(tmp_path / "first", first, "x")
    write_training(tmp_path / "rest", rest, digest)
    outcome = _outcome(tmp_path)
    assert (outcome["exact"], outcome["metrics_differ_at"]) == (exact, differing)
    assert outcome["metrics"] == ([] if not differing else ["auc", "loss"] if differing == [4] else ["loss"])


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A trainer that is checking a long training, and has begun its first one."""
    command = [sys.executable, "-m", "trainer", "serve", "--cold"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
    long = SMALL | {"fit": {"batch_size": 1}, "network": {"kind": "mlp", "layers": [{"units": 2000}] * 3}}
    request = {"do": "verify_resume", "spec": long, "out": str(tmp_path / "out"), "datasets": str(tmp_path)}
    assert process.stdin
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    wait_for((tmp_path / "out" / "whole" / "events.jsonl").exists)
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.slow
@pytest.mark.parametrize(
    "how", ["killed alone", pytest.param("killed with its group", marks=soak), "left by its worker"]
)
def test_its_trainings_die_with_it(how: str, serving: subprocess.Popen[bytes]) -> None:
    trainings = psutil.Process(serving.pid).children(recursive=True)
    assert trainings
    if how == "left by its worker":
        serving.stdin.close()  # type: ignore[union-attr]
    elif how == "killed alone":
        serving.kill()
    else:
        os.killpg(serving.pid, signal.SIGKILL)
    wait_for(lambda: not any(is_alive(training.pid) for training in trainings))


@pytest.mark.slow
def test_as_a_request_it_ends_with_a_result_or_with_the_failure(tmp_path: Path) -> None:
    request = {"do": "verify_resume", "spec": OTHER_DATA, "out": str(tmp_path), "datasets": str(tmp_path)}
    command = [sys.executable, "-m", "trainer", "serve", "--cold"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdin
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        assert process.wait(250) == 1
    last = parse_line((tmp_path / "events.jsonl").read_text().splitlines()[-1])
    assert isinstance(last, Failed)
    assert (last.cause, "has changed" in str(last.error)) == ("bad_data", True)

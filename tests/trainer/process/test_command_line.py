"""The trainer alone, as a person at a terminal and as the worker use it: real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.plugins.made import MOONS
from tests.trainer.processes import is_alive, wait_for
from trainer.checkpoints import checkpoint_files
from trainer.events.events import AnyEvent, parse_line
from trainer.messages import language
from trainer.process.cli import main

SPEC: dict[str, Any] = {
    "network": {"kind": "mlp", "layers": [{"units": 16, "dropout": 0.3}]},
    "fit": {"epochs": 40, "batch_size": 64},
    "checkpoints": {"every_epochs": 1, "keep_last": 3},
}
TRAINER = (sys.executable, "-m", "trainer")


def trainer(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the trainer in a session of its own: else, nice as it is, it would wait for the other lanes of make test."""
    command = [*TRAINER, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=250, start_new_session=True)


def spec_file(folder: Path, **changes: Any) -> Path:
    path = folder / "spec.json"
    path.write_text(json.dumps(SPEC | changes))
    return path


def events(out: Path) -> list[AnyEvent]:
    path = out / "events.jsonl"
    return [parse_line(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_an_example_is_a_spec_and_an_unknown_one_lists_all() -> None:
    assert json.loads(trainer("example", "digits-mlp").stdout)["dataset"]["name"] == "digits"
    unknown = trainer("example", "nothing")
    assert unknown.returncode == 2
    assert "digits-mlp" in unknown.stderr
    recipe = json.loads(trainer("example", "digits-convnet", "--recipe", "resnet").stdout)
    assert (recipe["network"]["kind"], recipe["schedule"]["shape"]["kind"]) == ("resnet", "cosine")
    assert "plain, dropout, table" in trainer("example", "iris-mlp", "--recipe", "resnet").stderr


def test_a_wrong_spec_is_refused_with_its_field(tmp_path: Path) -> None:
    result = trainer("fit", spec_file(tmp_path, seed=-1), "--out", tmp_path / "out")
    assert (result.returncode, "seed" in result.stderr) == (2, True)


def test_a_prepared_folder_is_trained_on_and_no_other_is_opened(tmp_path: Path) -> None:
    prepared = trainer("prepare", "iris", "--datasets", tmp_path / "datasets").stdout.strip()
    spec = spec_file(tmp_path, dataset={"name": "iris"}, fit={"epochs": 1, "batch_size": 16})
    assert trainer("fit", spec, "--data", prepared, "--out", tmp_path / "out").returncode == 0
    assert events(tmp_path / "out")[0].content_hash == Path(prepared).name  # type: ignore[union-attr]
    nowhere = trainer("fit", spec, "--data", tmp_path, "--out", tmp_path / "nowhere")
    assert nowhere.returncode == 2
    assert "is not a prepared dataset: its dataset.json is missing" in nowhere.stderr


def test_data_of_ones_own_is_looked_at_prepared_and_trained_on(tmp_path: Path) -> None:
    rows = [f"{n % 7};{(n * n) % 11};{['good', 'scrap'][n % 2]}" for n in range(60)]
    (tmp_path / "parts.csv").write_text("\n".join(["length;width;quality", *rows]))
    looked = trainer("prepare", tmp_path / "parts.csv", "--look", "--datasets", tmp_path / "datasets")
    assert "its columns separated by semicolons and named" in looked.stderr
    assert not (tmp_path / "datasets").exists()
    prepared = trainer("prepare", tmp_path / "parts.csv", "--datasets", tmp_path / "datasets").stdout.strip()
    spec = spec_file(tmp_path, dataset={"name": "parts"}, fit={"epochs": 1, "batch_size": 16})
    assert trainer("fit", spec, "--data", prepared, "--out", tmp_path / "out").returncode == 0
    wrong = trainer("prepare", tmp_path / "parts.csv", "--choices", '{"target": "colour"}')
    assert (wrong.returncode, "accepted: length, width, quality" in wrong.stderr) == (2, True)


def test_the_prepared_folder_is_put_where_it_is_wanted_and_nothing_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "parts.csv").write_text("length,quality\n" + "\n".join(f"{n % 7},{n % 2}" for n in range(60)))
    (tmp_path / "moons.py").write_text(MOONS)
    for number, source in enumerate((tmp_path / "parts.csv", tmp_path / "moons.py", "iris")):
        asked = ("prepare", source, "--datasets", tmp_path / "datasets")
        kept, out = Path(trainer(*asked).stdout.strip()), tmp_path / "wanted" / str(number)
        assert Path(trainer(*asked, "--out", out).stdout.strip()) == out
        assert {each.name: each.read_bytes() for each in out.iterdir()} == {
            each.name: each.read_bytes() for each in kept.iterdir()
        }
    again = trainer("prepare", "iris", "--datasets", tmp_path / "datasets", "--out", out)
    assert (again.returncode, "is there already; choose another folder" in again.stderr) == (2, True)
    assert sorted(each.name for each in (tmp_path / "wanted").iterdir()) == ["0", "1", "2"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a training of SPEC leaves that nobody disturbs, and of which nobody reads what it says."""
    folder = tmp_path_factory.mktemp("whole")
    command = [*TRAINER, "fit", spec_file(folder), "--out", folder / "out"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.close()
    process.wait(60)
    return folder / "out"


def test_a_training_ends_though_nobody_reads_what_it_says(whole: Path) -> None:
    assert events(whole)[-1].kind == "finished"


def test_a_killed_training_goes_on_and_ends_with_the_same_weights(
    tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, out = spec_file(tmp_path), tmp_path / "killed"
    process = subprocess.Popen([*TRAINER, "fit", spec, "--out", out], stdout=subprocess.DEVNULL)
    wait_for(lambda: checkpoint_files.named(out / "checkpoints"))
    process.kill()
    process.wait()
    assert trainer("fit", spec, "--out", out, "--resume").returncode == 0
    last = [folder / "checkpoints" / "cp-0040" for folder in (out, whole)]
    assert checkpoint_files.read_manifest(last[0]).digest == checkpoint_files.read_manifest(last[1]).digest
    monkeypatch.setattr(language, "_translation", language.translation())  # main chooses one for its process
    assert main(["digest", str(last[0])]) == 0
    assert capsys.readouterr().out.strip() == checkpoint_files.read_manifest(last[1]).digest


def test_a_damaged_latest_checkpoint_is_named_and_the_one_before_is_used(tmp_path: Path, whole: Path) -> None:
    out = shutil.copytree(whole, tmp_path / "out")
    (out / "checkpoints" / "cp-0040" / "state.npz").write_bytes(b"")
    result = trainer("fit", spec_file(tmp_path), "--out", out, "--resume")
    assert "cp-0040/state.npz has 0 bytes" in result.stderr
    started = [event for event in events(out) if event.kind == "started"]
    assert [event.epoch for event in started] == [0, 39]


def test_training_twice_into_one_folder_needs_the_word_resume(tmp_path: Path, whole: Path) -> None:
    again = trainer("fit", spec_file(tmp_path), "--out", whole)
    assert (again.returncode, "--resume" in again.stderr) == (2, True)


def serving(folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    temporary = os.environ | {"TMPDIR": str(folder)}  # it leaves files there when it is killed
    command = [*TRAINER, "serve", *options]
    # A session of its own, as its worker gives it, for the reason that trainer above has.
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=temporary, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A trainer that is warm."""
    yield from serving(tmp_path)


@pytest.fixture
def cold(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One that has not loaded Keras."""
    yield from serving(tmp_path, "--cold")


def ringing(out: Path) -> list[AnyEvent]:
    """The losses of an epoch's steps leave the bell to the epoch's own event."""
    return [event for event in events(out) if event.kind != "steps"]


def ask(process: subprocess.Popen[bytes], **request: Any) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(request, default=str).encode() + b"\n")
    process.stdin.flush()


def test_a_served_training_rings_once_an_event_and_exits(served: subprocess.Popen[bytes], tmp_path: Path) -> None:
    ask(served, do="fit", spec=SPEC, out=tmp_path)
    assert served.stdout is not None
    bells = served.stdout.read()
    assert served.wait(60) == 0
    assert len(bells) == len(ringing(tmp_path))
    assert events(tmp_path)[-1].kind == "finished"


@pytest.mark.parametrize("how", ["message", "signal"])
def test_a_served_training_stops_with_a_checkpoint(served: subprocess.Popen[bytes], tmp_path: Path, how: str) -> None:
    ask(served, do="fit", spec=SPEC | {"fit": {"epochs": 100_000}}, out=tmp_path)
    wait_for(lambda: any(event.kind == "epoch" for event in events(tmp_path)))
    ask(served, do="stop") if how == "message" else served.send_signal(signal.SIGTERM)
    assert served.wait(30) == 0
    last = events(tmp_path)[-1]
    assert (last.kind, getattr(last, "reason", "")) == ("finished", "stopped")
    checkpoint_files.verify(checkpoint_files.named(tmp_path / "checkpoints")[0])


def test_a_trainer_whose_worker_is_gone_exits(served: subprocess.Popen[bytes], tmp_path: Path) -> None:
    ask(served, do="fit", spec=SPEC | {"fit": {"epochs": 100_000}}, out=tmp_path)
    wait_for(lambda: events(tmp_path))
    assert served.stdin is not None
    served.stdin.close()
    assert served.wait(10) == 1


def test_a_request_that_fails_ends_with_a_failed_event(cold: subprocess.Popen[bytes], tmp_path: Path) -> None:
    ask(cold, do="fit", spec={"dataset": {"name": "no-such-data"}}, out=tmp_path)
    assert cold.wait(60) == 1
    failed = events(tmp_path)[-1]
    assert (failed.kind, getattr(failed, "cause", "")) == ("failed", "bad_spec")


def test_the_trainer_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-m', 'trainer', 'serve', '--cold'], "
    script += (
        "stdin=subprocess.PIPE, stdout=subprocess.PIPE); p.stdout.readline(); print(p.pid, flush=True); time.sleep(99)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    wait_for(lambda: not is_alive(child), 10)


def test_verify_resume_tells_that_a_spec_resumes_exactly(tmp_path: Path) -> None:
    result = trainer("verify-resume", spec_file(tmp_path))
    assert (result.returncode, '"exact": true' in result.stdout) == (0, True)

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from trainer.system.temp_folders import TemporaryFolder, of_this_process

KEEP_ONE = """
import sys, time
from pathlib import Path
from trainer.system.temp_folders import TemporaryFolder
folder = TemporaryFolder(Path(sys.argv[1]))
(folder.path / "generated.py").touch()
print(folder.path, flush=True)
time.sleep(99)
"""


def folder_of_another_process(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen([sys.executable, "-c", KEEP_ONE, str(parent)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    process, theirs = folder_of_another_process(tmp_path)
    first = TemporaryFolder(tmp_path)
    assert (theirs / "generated.py").exists()
    process.kill()
    process.wait()
    second = TemporaryFolder(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([first.path, second.path])
    for folder in (first, second, second):
        folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_other_peoples_files_stay(tmp_path: Path) -> None:
    (tmp_path / "trainyard-trainer-notes.txt").touch()
    (tmp_path / "else").mkdir()
    TemporaryFolder(tmp_path).remove()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_process_and_those_it_starts_use_it_for_a_while(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with of_this_process():
        inside = Path(tempfile.gettempdir())
        assert (inside.parent, os.environ["TMPDIR"]) == (tmp_path, str(inside))
    assert (tempfile.gettempdir(), list(tmp_path.iterdir())) == (str(tmp_path), [])

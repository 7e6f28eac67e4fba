"""Small data of a team, written as people write it."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from tests.trainer.material import quiet
from trainer.data.own.choices import Choices
from trainer.data.own.importing import prepare_own, understand
from trainer.data.own.understanding import Understanding

Files = dict[str, bytes]


def picture(shade: int = 100, size: tuple[int, int] = (9, 8), form: str = "PNG", mode: str = "L") -> bytes:
    fourth = 255 if mode == "RGBA" else 0
    colour = shade if mode in {"L", "P"} else (shade, 255 - shade, 60, fourth)[: len(mode)]
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, form)
    return file.getvalue()


def classes(*names: str, each: int = 3) -> Files:
    """A folder for each class, each with some pictures."""
    return {f"{name}/{number}.png": picture(20 * number) for name in names for number in range(each)}


def zipped(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def damage(path: Path, member: int = 0) -> None:
    """Overwrite the middle of what the zip at ``path`` holds of a member."""
    with zipfile.ZipFile(path) as archive:
        info = archive.infolist()[member]
    content = bytearray(path.read_bytes())
    middle = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    content[middle : middle + 20] = bytes(20)
    path.write_bytes(content)


def tarred(path: Path, files: Files, *, mode: Literal["w", "w:gz"] = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def in_folder(path: Path, files: Files) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def looked_at(path: Path, **choices: object) -> Understanding:
    return understand(path, Choices.model_validate(choices))


def prepared(path: Path, datasets: Path, **choices: object) -> tuple[np.ndarray, np.ndarray, Understanding]:
    """Inputs and targets of the prepared folder, and what was understood."""
    datasets.mkdir(exist_ok=True)
    folder, understood = prepare_own(path, Choices.model_validate(choices), "mine", datasets, quiet)
    return np.load(folder / "inputs.npy"), np.load(folder / "targets.npy"), understood

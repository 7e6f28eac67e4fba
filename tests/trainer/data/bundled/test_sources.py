"""Reading the datasets of the catalog: downloads, formats, and what is said where there is no internet."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.material import quiet
from trainer.data.bundled import sources
from trainer.data.bundled.downloads import FILES, DataUnavailable, RemoteFile, fetch
from trainer.data.preparing import open_named
from trainer.messages.message import Message
from trainer.process.cli import main

CONTENT = b"some bytes" * 100_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Stay quiet."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A web server with one file."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "file.bin").write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "site")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_file_is_downloaded_once_with_progress(address: str, tmp_path: Path) -> None:
    seen: list[tuple[float, Message]] = []
    file = RemoteFile(address + "file.bin", DIGEST)
    for _ in range(2):
        [path] = fetch("some", (file,), tmp_path / "data", lambda *said: seen.append(said))
    assert path == tmp_path / "data" / "some" / "file.bin"
    assert path.read_bytes() == CONTENT
    assert [fraction for fraction, _ in seen] == sorted(fraction for fraction, _ in seen)
    assert (seen[-1][0], str(seen[-1][1])) == (1.0, "Downloading file.bin: 1 of 1 MB")


def test_a_damaged_file_is_fetched_again(address: str, tmp_path: Path) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "file.bin").write_bytes(b"half of it")
    [path] = fetch("some", (RemoteFile(address + "file.bin", DIGEST),), tmp_path, quiet)
    assert path.read_bytes() == CONTENT


def test_a_file_with_another_content_is_refused_and_not_kept(address: str, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match="is not the expected one"):
        fetch("some", (RemoteFile(address + "file.bin", "0" * 64),), tmp_path, quiet)
    assert list((tmp_path / "some").iterdir()) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/mnist.npz", "http://no-such-host.invalid/mnist.npz"])
def test_without_internet_one_sentence_says_what_to_do(url: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(FILES, "mnist", (RemoteFile(url, "0" * 64),))
    with pytest.raises(DataUnavailable) as error:
        open_named("mnist", tmp_path, quiet)
    assert f"could not be downloaded from {url}" in str(error.value)
    assert f"or put the file at {tmp_path / 'mnist' / 'mnist.npz'}." in str(error.value)


def test_a_file_that_is_not_served_is_said_with_its_reason(address: str, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match="File not found"):
        fetch("some", (RemoteFile(address + "other.bin", DIGEST),), tmp_path, quiet)


@pytest.mark.parametrize("by", ["http", "file"])
def test_a_mirror_has_every_file_by_the_name_of_its_dataset(
    by: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site" / "some").mkdir()
    (tmp_path / "site" / "file.bin").rename(tmp_path / "site" / "some" / "file.bin")
    monkeypatch.setenv("TRAINYARD_MIRROR", address if by == "http" else f"file://{tmp_path}/site")
    [path] = fetch("some", (RemoteFile("http://no-such-host.invalid/file.bin", DIGEST),), tmp_path / "data", quiet)
    assert path.read_bytes() == CONTENT


def test_a_mirror_that_is_no_address_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINYARD_MIRROR", "mirror.example")
    with pytest.raises(DataUnavailable, match=r"unknown url type: 'mirror\.example"):
        fetch("some", (RemoteFile("http://no-such-host.invalid/file.bin", DIGEST),), tmp_path, quiet)


def test_the_files_of_a_mirror_are_downloaded_by_name(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(FILES, "mnist", (RemoteFile(address + "file.bin", DIGEST),))
    assert main(["download", "mnist", "--mirror", str(tmp_path / "mirror")]) == 0
    assert (tmp_path / "mirror" / "mnist" / "file.bin").read_bytes() == CONTENT
    assert main(["download", "imagenet", "--mirror", str(tmp_path / "mirror")]) == 2
    assert "'imagenet' given; downloaded are: mnist, fashion-mnist" in capsys.readouterr().err


def test_mnist_is_read_with_its_test_split_last(tmp_path: Path) -> None:
    path = tmp_path / "mnist.npz"
    train, test = np.zeros((3, 28, 28), np.uint8), np.ones((2, 28, 28), np.uint8)
    np.savez(path, x_train=train, y_train=np.array([1, 2, 3]), x_test=test, y_test=np.array([4, 5]))
    inputs, targets = sources.read_mnist([path])
    assert inputs.shape == (5, 28, 28)
    assert inputs[3:].all()
    assert targets.tolist() == [1, 2, 3, 4, 5]


def test_fashion_mnist_is_read_from_its_idx_files(tmp_path: Path) -> None:
    images, labels = bytes(16) + bytes(range(200)) * 8, bytes(8) + bytes([7, 9])
    paths = [tmp_path / name for name in ("train-images", "train-labels", "test-images", "test-labels")]
    for path, content in zip(paths, (images[: 16 + 1568], labels, images[: 16 + 784], labels[:9]), strict=True):
        path.write_bytes(gzip.compress(content))
    inputs, targets = sources.read_idx(paths)
    assert inputs.reshape(-1, 28, 28, 1).shape[0] == 3
    assert inputs[1568] == 0
    assert targets.tolist() == [7, 9, 7]


def test_cifar_is_read_with_channels_last(tmp_path: Path) -> None:
    content = pickle.dumps({b"data": np.arange(3072, dtype=np.uint16).reshape(1, -1) % 251, b"labels": [6]})
    with tarfile.open(tmp_path / "cifar.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("folder/batch")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    inputs, targets = sources.read_cifar([tmp_path / "cifar.tar.gz"], ("folder/batch",), b"labels")
    assert inputs.shape == (1, 32, 32, 3)
    assert inputs[0, 0, 1].tolist() == [1, 1025 % 251, 2049 % 251]
    assert targets.tolist() == [6]

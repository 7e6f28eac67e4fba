"""A folder becomes a tar in the browser, and a file a fingerprint, as Python has them."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.page_scripts import STATIC, javascript
from webapp.datasets.recognising import EDGE, fingerprint_of

NAMES = ["b/1.png", "a/" + "long" * 40 + ".png", "猫/一.png", "a b/é.png", "a/x.png", "n" * 99, "n" * 100, "n" * 101]
SIZES = [0, 1, 511, 512, 513, 1024, 3000, 7]
PARTS = """
const parts = [];
for (let start = 0; start < parcel.size; start += step) {
  parts.push(Buffer.from(await parcel.slice(start, start + step).arrayBuffer()));
}
"""


def tar_of(files: dict[str, bytes], step: int) -> tuple[bytes, int]:
    """The tar that the script makes of ``files`` in parts of ``step`` bytes, and the size that it said before."""
    encoded = [[name, base64.b64encode(content).decode()] for name, content in files.items()]
    answer = javascript(f"""
    import {{ Tar }} from "{STATIC}/datasets/tar.js";
    const blob = (text) => new Blob([Buffer.from(text, "base64")]);
    const parcel = new Tar({json.dumps(encoded)}.map(([path, text]) => ({{ path, file: blob(text) }})));
    const step = {step};
    {PARTS}
    done([Buffer.concat(parts).toString("base64"), parcel.size]);
    """)
    return base64.b64decode(answer[0]), answer[1]


@pytest.mark.parametrize("step", [100, 512, 700, 10**6])
def test_a_folder_is_a_tar_however_it_is_cut(step: int) -> None:
    files = {name: bytes([65 + number]) * size for number, (name, size) in enumerate(zip(NAMES, SIZES, strict=True))}
    content, size = tar_of(files, step)
    assert len(content) == size
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        members = archive.getmembers()
        assert [member.name for member in members] == sorted(files)
        assert {member.name: archive.extractfile(member).read() for member in members} == files


def test_a_file_of_more_than_eight_gibibytes_says_its_size() -> None:
    head = javascript(f"""
    import {{ Tar }} from "{STATIC}/datasets/tar.js";
    const file = {{ size: 9 * 2 ** 30, slice: () => new Blob([]) }};
    const tar = new Tar([{{ path: "a/large.bmp", file }}]);
    done(Buffer.from(await tar.slice(0, 1536).arrayBuffer()).toString("base64"));
    """)
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(head))) as archive:
        assert archive.next().size == 9 * 2**30


def test_the_order_in_which_files_are_found_changes_nothing() -> None:
    files = {"b/1.png": b"one", "a/2.png": b"two"}
    assert tar_of(files, 999) == tar_of(dict(reversed(files.items())), 999)


def of_script(sizes: list[int]) -> list[str]:
    return javascript(f"""
    import {{ fingerprintOf }} from "{STATIC}/datasets/fingerprint.js";
    const found = [];
    for (const size of {sizes}) {{
      const bytes = new Uint8Array(size).map((_, index) => (index * 7 + (index >> 10)) % 251);
      const blob = new Blob([bytes]);
      found.push(await fingerprintOf({{ size, slice: (start, end) => blob.slice(start, end) }}));
    }}
    done(found);
    """)


def test_browser_and_site_agree_on_fingerprints(tmp_path: Path) -> None:
    sizes = [1, 5000, 3 * EDGE, 3 * EDGE + 1]
    found = []
    for size in sizes:
        (tmp_path / "file").write_bytes(bytes((index * 7 + (index >> 10)) % 251 for index in range(size)))
        found.append(fingerprint_of(tmp_path / "file"))
    assert of_script(sizes) == found
    assert len(set(found)) == len(sizes)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 4 * EDGE - 1), st.sampled_from([1, 3 * EDGE]))
def test_a_change_at_the_edges_changes_the_fingerprint(
    tmp_path_factory: pytest.TempPathFactory, at: int, size: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "changing"
    path.write_bytes(bytes(size))
    before = fingerprint_of(path)
    with path.open("r+b") as file:
        file.seek(at % size)
        file.write(b"x")
    assert fingerprint_of(path) != before

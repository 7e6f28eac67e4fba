"""A file's name as a title, the same wherever it is asked for."""

from __future__ import annotations

import pytest

from trainer.data.own.formats import title_of


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("machine_parts.tar.gz", "machine parts"),
        ("Pets.ZIP", "Pets"),
        ("v1.2", "v1.2"),
        (".csv", "data"),
        ("_.csv", "data"),
        ("花.csv", "花"),
        ("n" * 300 + ".csv", "n" * 100),
    ],
)
def test_a_title_is_the_name_without_its_ending(name: str, title: str) -> None:
    assert title_of(name) == title

"""Every sentence has a translation with the same values; nothing that is no longer said is kept."""

from __future__ import annotations

import pytest

from webapp.language.catalogs import CatalogFile, catalog_files
from webapp.language.collecting import Sentence


@pytest.mark.parametrize("file", catalog_files(), ids=lambda file: file.path.stem)
def test_a_catalog_is_whole(file: CatalogFile) -> None:
    assert file.problems() == [], "run make translations, and translate what is new in the .po files"


PO = """
msgid "{count:,} run of <b>{who}</b>"
msgid_plural "{count:,} runs of <b>{who}</b>"
msgstr[0] "%s"
"""


def problems(tmp_path, translated, said="{count:,} run of <b>{who}</b>"):
    path = tmp_path / "small.po"
    path.write_text(PO % translated)
    plural = "{count:,} runs of <b>{who}</b>"
    return CatalogFile(path, lambda: [Sentence(said, "here.py", plural)]).problems()


def test_a_good_translation_has_no_problem(tmp_path):
    assert problems(tmp_path, "<b>{who}</b>的 {count:,} 次运行") == []


@pytest.mark.parametrize(
    ("translated", "problem"),
    [
        ("", "not translated"),
        ("<b>{who}</b>的运行", "placeholders differ"),
        ("<b>{whom}</b>的 {count:,} 次运行", "placeholders differ"),
        ("{who}的 {count:,} 次运行", "tags differ"),
    ],
)
def test_a_bad_translation_is_found(tmp_path, translated, problem):
    [found] = problems(tmp_path, translated)
    assert found.startswith(problem)


def test_a_new_sentence_and_a_stale_one_are_found(tmp_path):
    found = problems(tmp_path, "<b>{who}</b>的 {count:,} 次运行", said="Something new")
    assert [problem.partition(":")[0] for problem in found] == ["not in small.po", "no longer used"]

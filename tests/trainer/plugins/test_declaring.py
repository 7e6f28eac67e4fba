"""What a file declares: its parameters from the signature, and in words what cannot be used."""

from __future__ import annotations

import pytest

from tests.trainer.plugins.made import MOONS, written
from trainer.errors import BadData, SpecError
from trainer.plugins import loading
from trainer.plugins.facts import PluginFacts
from trainer.plugins.loading import list_plugins, plugin_named
from trainer.plugins.parameters import checked

USING = "from trainer.plugins import dataset\n"


@pytest.fixture
def moons(tmp_path):
    written(tmp_path, MOONS)
    return plugin_named("moons.py:moons", tmp_path).facts


def test_the_signature_says_what_the_parameters_are(moons):
    count, noise, shape, shuffled, note = moons.parameters
    assert (moons.title, moons.description) == ("Two moons", "Two interleaved half circles.")
    assert (count.type, count.least, count.most, count.default, count.help) == (
        "integer",
        10,
        100_000,
        100,
        "Of both moons.",
    )
    assert (noise.type, noise.least, noise.below) == ("number", 0, 1)
    assert (shape.type, shape.options, shape.default) == ("choice", ("round", "flat"), "round")
    assert (shuffled.type, shuffled.default) == ("boolean", True)
    assert (note.title, note.longest, count.title) == ("A note", 9, "Num examples")
    assert PluginFacts.model_validate_json(moons.model_dump_json()) == moons


def test_what_is_left_out_has_its_default(moons):
    values = {"num_examples": 20, "noise": 0.1, "shape": "round", "shuffled": True, "note": ""}
    assert checked(moons.parameters, {"num_examples": 20.0}) == values
    assert isinstance(checked(moons.parameters, {"noise": 0})["noise"], float)


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("num_examples", 9, "9 given; accepted: a whole number, at least 10, at most 100000."),
        ("num_examples", 20.5, "20.5 given; accepted: a whole number"),
        ("num_examples", True, "True given"),
        ("num_examples", "20", "'20' given"),
        ("noise", 1, "1 given; accepted: a number, at least 0, below 1."),
        ("noise", float("nan"), "nan given"),
        ("noise", 10**400, "given; accepted: a number"),
        ("shape", "square", "'square' given; accepted: round, flat."),
        ("shuffled", 1, "1 given; accepted: true or false."),
        ("note", "much too long", "accepted: text of 0 to 9 characters."),
        ("colour", 1, "There is no such parameter; accepted: num_examples, noise, shape, shuffled, note."),
    ],
)
def test_a_wrong_parameter_is_refused_at_its_name(name, given, sentence, moons):
    with pytest.raises(SpecError) as refused:
        checked(moons.parameters, {name: given})
    assert [problem.path for problem in refused.value.problems] == [("parameters", name)]
    assert sentence in str(refused.value.problems[0].message)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("x = \n", "bad.py, line 1: SyntaxError: invalid syntax"),
        ("def f():\n    return 1 / 0\nf()\n", "bad.py, line 2: ZeroDivisionError: division by zero"),
        ("import no_such_library\n", "bad.py, line 1: ModuleNotFoundError: No module named 'no_such_library'"),
        ("raise SystemExit('bye')\n", "bad.py, line 1: SystemExit: bye"),
        ("x = 1\n", "bad.py declares no dataset. Mark a function with @dataset"),
        (f"{USING}@dataset(colour=1)\ndef f(): pass\n", "bad.py, line 2: TypeError"),
        (f"{USING}@dataset(task='guess')\ndef f(): pass\n", "bad.py: f: the task is 'guess'; accepted: auto"),
        (f"{USING}@dataset()\ndef f(a: list[int]): pass\n", "bad.py: f: the parameter a is list; accepted: int, float"),
        (f"{USING}@dataset()\ndef f(a: 'Unknown'): pass\n", "bad.py: NameError: name 'Unknown' is not defined"),
        (f"{USING}@dataset()\ndef f(a=None): pass\n", "bad.py: f: the parameter a is NoneType"),
        (f"{USING}@dataset()\ndef f(*a): pass\n", "bad.py: f: the parameter a is *a"),
        (
            f"{USING}@dataset()\ndef f(a: int = 'x'): pass\n",
            "bad.py: f: the default of a: 'x' given; accepted: a whole number.",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_listed_with_the_reason(source, sentence, tmp_path):
    written(tmp_path, source, "bad.py")
    written(tmp_path, "raise ValueError", "_helper.py")
    written(tmp_path, MOONS)
    broken, moons = list_plugins(tmp_path)
    assert (broken.file, broken.function, moons.name, moons.problem.text) == ("bad.py", "", "moons.py:moons", "")
    assert sentence in str(broken.problem)


def test_files_share_helpers_and_one_declares_several(tmp_path):
    written(tmp_path, f"{USING}NUMBER = 3\n@dataset()\ndef other(): pass\n", "_shared_parts.py")
    both = "@dataset()\ndef a(n=NUMBER): pass\n@dataset()\ndef b(): pass\n"
    written(tmp_path, f"from _shared_parts import NUMBER, other\n{USING}{both}", "two.py")
    assert [each.name for each in list_plugins(tmp_path)] == ["two.py:a", "two.py:b"]
    with pytest.raises(BadData, match=r"two.py:c given; accepted: two.py:a, two.py:b."):
        plugin_named("two.py:c", tmp_path)
    with pytest.raises(BadData, match=r"There is no file none.py"):
        plugin_named("none.py:c", tmp_path)


def test_an_import_that_does_not_end_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "IMPORT_SECONDS", 0.1)
    written(tmp_path, "while True:\n    pass\n", "bad.py")
    assert "bad.py took more than 0.1 s to import." in str(list_plugins(tmp_path)[0].problem)

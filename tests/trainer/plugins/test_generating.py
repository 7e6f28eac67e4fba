"""What the function yields becomes a prepared dataset, and in words why it cannot."""

from __future__ import annotations

import json
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.data.own.made import quiet
from tests.trainer.plugins.made import HEAD, MOONS, made, written
from trainer.data.loading import load
from trainer.data.own import generated
from trainer.data.own.choices import Choices
from trainer.data.own.generated import prepare_generated, understand_generated
from trainer.errors import BadData, SpecError
from trainer.plugins.loading import plugin_named
from trainer.process.cli import main


def prepared(plugin, datasets, **parameters):
    datasets.mkdir(exist_ok=True)
    folder, understood = prepare_generated(plugin, Choices(parameters=parameters), "made", datasets, quiet)
    return load(folder), understood


def test_batches_are_joined_in_order(tmp_path):
    written(tmp_path, MOONS)
    plugin = plugin_named("moons.py", tmp_path)
    data, understood = prepared(plugin, tmp_path / "data", num_examples=90, noise=0.5)
    assert (data.inputs.shape, data.inputs.dtype, data.facts.feature_names) == ((90, 2), np.float32, ("x", "y"))
    assert data.targets.tolist() == [0, 1] * 45 == data.inputs[:, 0].tolist()
    assert (data.facts.class_names, understood.counts, data.facts.title) == (("upper", "lower"), (45, 45), "Two moons")
    assert data.facts.source.startswith("moons.py:moons(num_examples=90, noise=0.5, shape='round'")
    again, _ = prepared(plugin, tmp_path / "data", noise=0.5, num_examples=90.0)
    other, _ = prepared(plugin, tmp_path / "data", noise=0.4, num_examples=90)
    assert data.content_hash == again.content_hash != other.content_hash


def test_parts_are_the_splits_of_the_dataset_whatever_their_order(tmp_path):
    body = """
        pictures = lambda n, value: (np.full((n, 4, 5), value, np.uint8), np.arange(n) % 2)
        yield {"test": pictures(2, 9)}
        yield pictures(3, 1)
        yield {"train": pictures(4, 2), "val": pictures(2, 5)}
    """
    data, understood = prepared(made(tmp_path, body), tmp_path / "data")
    assert (data.inputs.shape, data.inputs.dtype) == ((11, 4, 5, 1), np.uint8)
    assert data.inputs[:, 0, 0, 0].tolist() == [1, 1, 1, 2, 2, 2, 2, 5, 5, 9, 9]
    assert (data.facts.num_validation, data.facts.num_test, understood.num_test) == (2, 2, 2)


def test_global_random_numbers_are_the_same_each_time(tmp_path):
    plugin = made(
        tmp_path, "return np.random.normal(size=(n, 2)), np.random.normal(size=n)", HEAD.replace("classes", "columns")
    )
    assert prepared(plugin, tmp_path / "data")[0].content_hash == prepared(plugin, tmp_path / "data")[0].content_hash
    assert prepared(plugin, tmp_path / "data")[0].facts.task == "regression"


def test_a_preview_ends_early_and_takes_any_order(tmp_path, monkeypatch):
    monkeypatch.setattr(generated, "MOST_SAMPLED", 6)
    body = """
        for number in range(2):
            yield {"test": (np.ones((3, 2)), np.full(3, number - number % 2))}
        raise ValueError("it went on")
    """
    understood = understand_generated(made(tmp_path, body), Choices())
    assert (understood.num_examples, understood.num_test, understood.class_names) == (6, 6, ("no",))
    assert str(understood.notes[0]) == "The preview has the first 6 examples; the dataset has all."
    assert json.dumps(understood.to_json())


def test_memory_holds_one_batch(tmp_path):
    body = "for _ in range(30):\n    yield np.ones((1000, 1000), np.float32), np.arange(1000) % 2"
    plugin = made(tmp_path, body)
    tracemalloc.start()
    prepared(plugin, tmp_path / "data")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6, "120 MB were made in batches of 4 MB"


ONES = "np.ones((4, 2)), np.arange(4) % 2"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return [][n]", "made.py, line 5: IndexError: list index out of range"),
        (f"yield {ONES}\nraise ValueError('no more\\nof it')", "made.py, line 6: ValueError: no more"),
        ("yield from ()", "There are no examples: the function yields or returns none."),
        ("return None", "Batch 1: NoneType given; accepted: (inputs, targets), or a dictionary"),
        ("return {'all': (1, 2)}", "Batch 1: dict: all given; accepted"),
        ("return 1, 2", "Batch 1: One value given"),
        ("return [[1], [2, 3]], [0, 1]", "Batch 1: It cannot be made into arrays"),
        (
            f"yield {ONES}\nyield np.ones((4, 3)), np.arange(4)",
            "Batch 2: An example is (3,) float32, int, in the first",
        ),
        (
            f"yield {ONES}\nyield np.ones((4, 2)), np.ones(4)",
            "Batch 2: An example is (2,) float32, float, in the first",
        ),
        ("return np.ones((4, 2)), np.arange(3)", "Batch 1: There are 4 inputs and 3 targets"),
        ("return np.full((4, 2), np.nan), np.arange(4) % 2", "Batch 1: The inputs have values that are NaN"),
        ("return np.array([[None]] * 4), np.arange(4) % 2", "Batch 1: The inputs are of type object"),
        ("return np.ones((4, 2)), np.arange(4)", "There are targets from 0 to 3; accepted: the numbers of the classes"),
        ("return np.ones((4, 2)), ['no', 'yes', 'no', 'who']", "The target who is no class; declared are: no, yes."),
        ("return np.ones((4, 2)), [0, 0, 0, 1]", "The class yes has only one example"),
        (f"return {{'test': ({ONES})}}", "There are no examples to train on."),
    ],
)
def test_what_cannot_be_used_is_said(body, sentence, tmp_path):
    with pytest.raises(BadData) as refused:
        prepared(made(tmp_path, body), tmp_path / "data")
    assert sentence in str(refused.value)
    assert list((tmp_path / "data").iterdir()) == [], "nothing is left"


def test_the_command_line_lists_looks_and_prepares(tmp_path, monkeypatch, capsys):
    written(tmp_path / "plugins", MOONS)
    monkeypatch.setenv("TRAINYARD_PLUGINS", str(tmp_path / "plugins"))
    assert main(["plugins"]) == 0
    assert "num_examples = 100: a whole number, at least 10" in capsys.readouterr().out
    chosen = ["--choices", '{"parameters": {"num_examples": 50}}', "--datasets", str(tmp_path / "data")]
    assert main(["prepare", "moons.py:moons", "--look", *chosen]) == 0
    assert "50 examples of the shape 2" in capsys.readouterr().err
    assert main(["prepare", "moons.py", *chosen]) == 0
    assert capsys.readouterr().out.strip().startswith(str(tmp_path / "data"))
    assert main(["prepare", "moons.py", "--choices", '{"parameters": {"noise": 2}}']) == 2
    assert "parameters.noise: 2 given" in capsys.readouterr().err


def test_a_wrong_parameter_stops_it_before_any_code_runs(tmp_path):
    with pytest.raises(SpecError, match="m: There is no such parameter"):
        prepared(made(tmp_path, "raise ValueError"), tmp_path / "data", m=1)


def test_a_preview_that_does_not_end_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(generated, "PREVIEW_SECONDS", 0.1)
    with pytest.raises(BadData, match=r"made.py:made made no preview within 0.1 s"):
        understand_generated(made(tmp_path, "while True:\n    n += 1"), Choices())


def test_the_example_of_the_documentation_works(tmp_path):
    page = (Path(__file__).resolve().parents[3] / "docs" / "own-data.md").read_text().split("## From Python")[1]
    example = "".join(re.findall(r"(?:^ {4}.*\n|^\n)+", page[page.index("    from typing") :], re.MULTILINE)[0])
    written(tmp_path, example)
    understood = understand_generated(plugin_named("moons.py:moons", tmp_path), Choices(parameters={"noise": 0.2}))
    assert (understood.num_examples, understood.class_names, understood.target_name) == (
        1000,
        ("upper", "lower"),
        "moon",
    )

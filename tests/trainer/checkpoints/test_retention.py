"""Which checkpoints may go: the decision alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.checkpoints.checkpoint_files import Manifest, named, write
from trainer.checkpoints.pruning import prune
from trainer.checkpoints.retention import Entry, Rule, to_drop
from trainer.validation.parsing import parse_spec

LAST_ONE = Rule(last=1, best=0)


def entries(*epochs: int) -> list[Entry]:
    return [Entry(f"cp-{epoch:04d}", epoch) for epoch in epochs]


def measured(*values: float | None) -> list[Entry]:
    """One checkpoint for each epoch, with these values of the metric."""
    return [Entry(str(epoch), epoch, value=value) for epoch, value in enumerate(values, start=1)]


def kept(every: list[Entry], rule: Rule) -> list[str]:
    dropped = to_drop(every, rule)
    return [entry.name for entry in every if entry.name not in dropped]


def test_the_newest_stay_and_the_others_go_oldest_first():
    assert to_drop(entries(20, 5, 15, 10), Rule(last=2)) == ["cp-0005", "cp-0010"]


def test_the_wanted_stay_besides():
    assert to_drop(entries(5, 10, 15, 20), LAST_ONE, keep={"cp-0005", "cp-0010"}) == ["cp-0015"]


@pytest.mark.parametrize(("mode", "names"), [("max", ["2", "4", "6"]), ("min", ["1", "3", "6"])])
def test_as_many_of_the_best_stay_as_are_wanted(mode, names):
    assert kept(measured(0.5, 0.9, 0.1, 0.8, 0.7, 0.6), Rule(last=1, best=2, mode=mode)) == names


def test_what_is_no_number_is_never_the_best_and_of_equals_the_earliest_is():
    values = (float("nan"), None, float("inf"), 0.5, 0.5, 0.1)
    assert kept(measured(*values), Rule(last=1, best=1)) == ["4", "6"]


def test_a_moment_that_two_attempts_came_to_counts_once_among_the_best():
    twice = [Entry("first", 1, attempt=1, value=0.9), Entry("again", 1, attempt=2, value=0.9)]
    assert kept([*twice, *measured(None, 0.8, None)], Rule(last=1, best=2)) == ["again", "2", "3"]


def test_those_of_every_so_many_epochs_stay_but_none_inside_an_epoch():
    inside = Entry("inside", 10, step=7)
    assert kept([*entries(5, 10, 15, 20, 25), inside], Rule(1, 0, every=10)) == ["cp-0010", "cp-0020", "cp-0025"]


def test_a_value_inside_an_epoch_is_that_of_other_weights_and_never_the_best():
    inside = Entry("inside", 2, step=67, value=0.99)
    assert kept([*measured(0.9, 0.5), inside, *measured(None, None, 0.1)[2:]], Rule(last=1, best=1)) == ["1", "3"]


def test_within_an_epoch_more_steps_and_then_a_later_attempt_are_newer():
    same_epoch = [Entry("later", 5, 0, 2), Entry("further", 5, 7, 1), Entry("first", 5, 0, 1)]
    assert to_drop(same_epoch, LAST_ONE) == ["first", "later"]


def test_nothing_goes_when_there_is_nothing_or_only_one():
    assert to_drop([], LAST_ONE) == []
    assert to_drop(entries(5), Rule(last=0, best=0)) == []


def test_a_rule_says_itself_in_words():
    assert str(Rule(3)) == "the 3 latest and the best"
    assert str(Rule(1, 2, 10)) == "the latest, the 2 best and those of every 10 epochs"


VALUES = st.none() | st.floats(0, 1) | st.just(float("nan"))
ENTRIES = st.lists(
    st.builds(Entry, st.uuids().map(str), st.integers(0, 50), st.integers(0, 3), st.integers(1, 3), VALUES),
    max_size=30,
)
RULES = st.builds(
    Rule, st.integers(1, 8), st.integers(0, 4), st.none() | st.integers(1, 20), st.sampled_from(["max", "min"])
)


@given(ENTRIES, RULES, st.data())
def test_the_newest_and_all_that_is_pinned_or_used_always_stay(every, rule, data):
    keep = data.draw(st.sets(st.sampled_from([each.name for each in every])) if every else st.just(set()))
    dropped = to_drop(every, rule, keep)
    left = {each.age_key for each in every if each.name not in dropped}
    assert keep.isdisjoint(dropped)
    assert not every or max(each.age_key for each in every) in left
    assert len(left) >= min(len({each.age_key for each in every}), 1)


@given(ENTRIES, RULES)
def test_dropping_again_drops_nothing_more(every, rule):
    rest = [each for each in every if each.name in kept(every, rule)]
    assert to_drop(rest, rule) == []
    assert len(rest) >= min(len(every), rule.last)


@given(ENTRIES, RULES, st.sampled_from(["last", "best"]), st.integers(0, 5))
def test_whoever_wants_more_kept_loses_nothing_that_stayed_before(every, rule, name, more):
    wider = replace(rule, **{name: getattr(rule, name) + more})
    assert set(to_drop(every, wider)) <= set(to_drop(every, rule))
    assert set(to_drop(every, rule)) <= set(to_drop(every, replace(rule, every=None)))


def test_the_command_line_prunes_by_the_same_rule(tmp_path: Path):
    for epoch, accuracy in enumerate((0.1, 0.9, 0.8, "NaN", 0.2, 0.3), start=1):
        manifest = Manifest(epoch, 0, "d" * 64, {"val_accuracy": accuracy}, {}, "c" * 64)
        write(tmp_path, manifest, lambda draft: [(draft / name).touch() for name in ("model.keras", "state.npz")])
    prune(
        tmp_path,
        parse_spec({"checkpoints": {"keep_last": 1, "keep_best": 2, "keep_every": 4}}),
        ("val_accuracy", "max"),
    )
    assert [folder.name for folder in named(tmp_path)] == ["cp-0006", "cp-0004", "cp-0003", "cp-0002"]


@pytest.mark.parametrize(("every", "words"), [(1, "those of every epoch"), (10, "those of every 10 epochs")])
def test_a_rule_reads_as_a_sentence(every: int, words: str) -> None:
    assert str(Rule(3, 1, every=every)).endswith(words)

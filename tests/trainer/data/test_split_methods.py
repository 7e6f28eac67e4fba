"""Splits by content, group and time: disjoint, complete, stable under added data, groups whole, copies together."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.made_up import table_facts
from trainer.data.fingerprints import fingerprint_of_text, fingerprints_of
from trainer.data.loading import Data
from trainer.data.membership import position
from trainer.data.sizes import sizes_of_groups, split_sizes, training_facts
from trainer.data.splits import Parts, split
from trainer.errors import SpecError
from trainer.spec import Split
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import default_spec

METHODS = ("shuffled", "stable", "grouped", "timed")
NUM_GROUPS = 200
fractions = st.floats(0.1, 0.4)
seeds = st.integers(0, 2**31 - 1)
methods = st.sampled_from(METHODS)
used = st.tuples(st.booleans(), st.booleans())


def made(num_examples: int, validation: int = 0, test: int = 0, num_groups: int = NUM_GROUPS, start: int = 0) -> Data:
    """Rows ``start`` and following of an endless table: every seventh is a copy, groups come back, times only rise."""
    rows = np.arange(start, start + num_examples)
    inputs = np.random.default_rng(0).normal(size=(start + num_examples, 2)).astype(np.float32)[rows]
    inputs[rows % 7 == 6] = (1.5, -2)
    groups = np.array([fingerprint_of_text(f"patient {row * 37 % num_groups}") for row in rows])
    sizes = tuple(Counter(groups[: len(groups) - validation - test].tolist()).items())
    facts = table_facts(
        ("a", "b"), ("no", "yes"), num_examples, num_validation=validation, num_test=test, group_name="patient",
        num_groups=len(sizes), group_sizes=sizes, time_name="day",
    )  # fmt: skip
    return Data(facts, inputs, (rows % 5 % 2).astype(np.int32), "", groups, (rows // 3).astype(np.float64))


def sets(parts: Parts) -> tuple[set[int], set[int], set[int]]:
    return set(parts.train.tolist()), set(parts.validation.tolist()), set(parts.test.tolist())


def fields(method: str, seed: int = 0, **others: Any) -> Split:
    return Split(method=method, seed=seed, **others)  # type: ignore[arg-type]


@given(methods, seeds, fractions, fractions, st.integers(0, 40), st.integers(0, 40), used)
def test_parts_are_disjoint_complete_and_those_of_the_dataset_where_it_has_them(
    method: str, seed: int, validation: float, test: float, own_validation: int, own_test: int, used: tuple[bool, bool]
) -> None:
    data = made(400, own_validation, own_test)
    uses = {"official_validation": used[0], "official_test": used[1]}
    asked = fields(method, seed, validation_fraction=validation, test_fraction=test, **uses)
    parts = split(data, asked)
    assert sorted(np.concatenate([parts.train, parts.validation, parts.test]).tolist()) == list(range(400))
    whole = np.arange(400)
    if own_test and used[1]:
        assert parts.test.tolist() == whole[400 - own_test :].tolist()
    if own_validation and used[0]:
        assert parts.validation.tolist() == whole[400 - own_test - own_validation : 400 - own_test].tolist()
    if method in ("shuffled", "timed"):
        assert tuple(map(len, sets(parts))) == split_sizes(asked, 400, own_test, own_validation)
    assert sets(split(data, asked)) == sets(parts)


@given(st.sampled_from(["stable", "grouped"]), seeds, st.integers(200, 300), st.integers(1, 200))
def test_added_data_moves_no_example(method: str, seed: int, before: int, added: int) -> None:
    old, new = (sets(split(made(number), fields(method, seed))) for number in (before, before + added))
    assert all(part <= now for part, now in zip(old, new, strict=True))


@given(st.sampled_from(["stable", "grouped"]), seeds, st.permutations(range(200)))
def test_the_order_of_the_data_moves_no_example(method: str, seed: int, order: list[int]) -> None:
    data = made(200)
    assert data.groups is not None
    shuffled = Data(data.facts, data.inputs[order], data.targets[order], "", data.groups[order])
    moved = sets(split(shuffled, fields(method, seed)))
    assert tuple({order[index] for index in part} for part in moved) == sets(split(data, fields(method, seed)))


@given(seeds, fractions)
def test_groups_stay_whole_and_their_sizes_are_known_before(seed: int, fraction: float) -> None:
    data, asked = made(400), fields("grouped", seed, validation_fraction=fraction)
    assert data.groups is not None
    parts = split(data, asked)
    held = [set(data.groups[part].tolist()) for part in (parts.train, parts.validation, parts.test)]
    assert sum(map(len, held)) == NUM_GROUPS
    assert tuple(map(len, sets(parts))) == sizes_of_groups(asked, data.facts.group_sizes, data.facts)


@given(seeds)
def test_copies_stay_together_when_the_content_decides(seed: int) -> None:
    copies = set(range(6, 400, 7))
    assert any(copies <= part for part in sets(split(made(400), fields("stable", seed))))


@given(fractions, fractions)
def test_the_latest_are_tested_and_those_before_them_validated(validation: float, test: float) -> None:
    data = made(400)
    assert data.times is not None
    parts = split(data, fields("timed", validation_fraction=validation, test_fraction=test))
    assert data.times[parts.train].max() <= data.times[parts.validation].min()
    assert data.times[parts.validation].max() <= data.times[parts.test].min()


@given(seeds)
def test_a_test_part_stays_when_another_share_is_validated(seed: int) -> None:
    few, many = (split(made(300), fields("stable", seed, validation_fraction=share)) for share in (0.1, 0.4))
    assert few.test.tolist() == many.test.tolist()
    assert set(few.validation.tolist()) <= set(many.validation.tolist())


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), seeds)
def test_places_are_the_same_for_numbers_and_arrays(numbers: list[int], seed: int) -> None:
    places = position(np.array(numbers, np.int64).view(np.uint64), seed)
    assert places.tolist() == [position(number, seed) for number in numbers]
    assert ((places >= 0) & (places < 1)).all()


def test_places_are_spread_evenly() -> None:
    places = position(np.arange(100_000, dtype=np.uint64), 3)
    assert np.abs(np.histogram(places, bins=20, range=(0, 1))[0] - 5000).max() < 300
    assert abs(np.corrcoef(places, position(np.arange(100_000, dtype=np.uint64), 4))[0, 1]) < 0.02


def test_new_words_and_other_orders_of_columns_leave_the_content_of_old_rows() -> None:
    rows = np.array([[1, 0, 2.5], [0, 1, np.nan], [0, -0.0, 0]], np.float32)
    before = fingerprints_of(rows, table_facts(("red", "blue", "size"), ("no", "yes"), 3))
    wider = np.insert(rows[:, [2, 0, 1]], 1, 0, axis=1)
    after = fingerprints_of(wider, table_facts(("size", "green", "red", "blue"), ("no", "yes"), 3))
    assert before.tolist() == after.tolist()
    assert len(set(before.tolist())) == 3


@pytest.mark.parametrize(("method", "word"), [("grouped", "groups"), ("timed", "times")])
def test_a_method_without_its_data_is_refused_before_and_in_training(method: str, word: str) -> None:
    facts = table_facts(("a",), ("no", "yes"), 200)
    (problem,) = check_spec(parse_spec({"dataset": {"name": "made-up"}, "split": {"method": method}}), facts)
    assert problem.path == ("split", "method")
    assert word in str(problem.message)
    with pytest.raises(SpecError, match=word):
        split(Data(facts, np.zeros((200, 1), np.float32), np.zeros(200, np.int32), ""), fields(method))


def test_few_groups_that_leave_a_part_empty_are_refused_and_the_default_seed_avoids_it() -> None:
    data = made(200, num_groups=4)
    spec = default_spec(data.facts)
    assert (spec.split.method, check_spec(spec, data.facts)) == ("grouped", [])
    assert all(sets(split(data, spec.split)))
    sizes = {seed: sizes_of_groups(fields("grouped", seed), data.facts.group_sizes, data.facts) for seed in range(50)}
    empty = next(seed for seed in sizes if not sizes[seed].test)
    refused = spec.model_copy(update={"split": fields("grouped", empty)})
    assert any("No group falls into the test part" in str(each.message) for each in check_spec(refused, data.facts))
    with pytest.raises(SpecError, match="No group falls into"):
        split(data, refused.split)


def test_the_form_knows_which_sizes_are_exact() -> None:
    facts = made(400).facts
    spec = default_spec(facts)
    known = {
        method: training_facts(spec.model_copy(update={"split": fields(method)}), facts).is_exact for method in METHODS
    }
    assert known == {"shuffled": True, "stable": False, "grouped": True, "timed": True}
    many = facts.model_copy(update={"group_sizes": ()})
    assert not training_facts(spec, many).is_exact

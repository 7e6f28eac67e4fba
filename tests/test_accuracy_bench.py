"""The measurement of accuracies: its specs can be launched, its intervals are those of SciPy, its page is whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from bench.accuracy import page, transfer
from bench.accuracy.intervals import paired
from bench.accuracy.measuring import compared, repeats
from bench.accuracy.specs import GOALS, SEEDS, TECHNIQUES
from trainer.data.bundled.catalog import CATALOG
from trainer.data.sizes import split_sizes
from trainer.spec import Spec
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec


@pytest.fixture(scope="module")
def specs() -> dict[tuple[str, str, int], Spec]:
    return {(*repeat.key, repeat.seed): parse_spec(repeat.spec) for repeat in repeats()}


def test_every_spec_fits_its_data(specs):
    assert {
        key: problems for key, spec in specs.items() if (problems := check_spec(spec, CATALOG[spec.dataset.name]))
    } == {}


def test_every_technique_is_compared_on_the_splits_of_its_baseline(specs):
    for (baseline, _, seed), spec in specs.items():
        if (baseline, "", seed) in specs:
            assert spec.split == specs[baseline, "", seed].split
            assert spec.split.seed == spec.seed == seed


def test_every_technique_changes_something(specs):
    for (baseline, technique, seed), spec in specs.items():
        if technique:
            assert spec.digest() != specs[baseline, "", seed].digest()
    assert len(specs) == len(SEEDS) * (len(GOALS) + len(list(compared())))


@pytest.mark.parametrize("few", transfer.FEW)
def test_transfer_trains_on_as_many_examples_as_it_says(few):
    _, (images, targets) = transfer.halves()
    sizes = split_sizes(parse_spec(transfer.few_spec("digits-5-to-9", few, {})).split, len(images))
    assert sizes == (5 * few, len(targets) - 5 * few - 15, 15)


accuracies = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=8)


@given(accuracies)
def test_the_interval_is_that_of_the_paired_t_test(pairs):
    ours, baseline = zip(*pairs, strict=True)
    expected = ttest_rel(ours, baseline).confidence_interval(0.95)
    found = paired(ours, baseline)
    assert found[1:] == pytest.approx(tuple(expected), abs=1e-9, nan_ok=True)
    assert found.low <= found.mean <= found.high


def test_one_pair_has_no_interval():
    with pytest.raises(ValueError, match="1 pairs given"):
        paired([1.0], [0.9])


def test_the_page_has_a_row_for_each_technique_on_each_baseline():
    made_up = {}
    for repeat in repeats():
        made_up.setdefault(repeat.key, []).append(0.98 + repeat.seed / 1000 + 0.005 * bool(repeat.key[1]))
    text = page.text_of(made_up, minutes=9.0)
    for technique in TECHNIQUES:
        assert text.count(f"| {technique.name} | 98.70 % ") == len(technique.baselines)
    assert text.count("| +0.50 | +0.50 to +0.50 | gain |") == sum(len(each.baselines) for each in TECHNIQUES)
    assert text.count(" | yes |") + text.count(" | no |") == len(GOALS)

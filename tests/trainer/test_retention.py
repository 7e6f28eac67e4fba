"""Which checkpoints may go: the decision alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trainer.retention import Entry, to_drop


def entries(*epochs: int) -> list[Entry]:
    return [Entry(f"cp-{epoch:04d}", epoch) for epoch in epochs]


def test_the_newest_stay_and_the_others_go_oldest_first():
    assert to_drop(entries(20, 5, 15, 10), keep_last=2, best=None, keep=set()) == ["cp-0005", "cp-0010"]


def test_the_best_and_the_wanted_stay_besides():
    assert to_drop(entries(5, 10, 15, 20), 1, best="cp-0005", keep={"cp-0010"}) == ["cp-0015"]


def test_within_an_epoch_more_steps_and_then_a_later_attempt_are_newer():
    same_epoch = [Entry("later", 5, 0, 2), Entry("further", 5, 7, 1), Entry("first", 5, 0, 1)]
    assert to_drop(same_epoch, 1, None, set()) == ["first", "later"]


def test_nothing_goes_when_there_is_nothing_or_only_one():
    assert to_drop([], 3, None, set()) == []
    assert to_drop(entries(5), 0, None, set()) == []


ANY_ENTRIES = st.lists(
    st.builds(Entry, st.uuids().map(str), st.integers(0, 50), st.integers(0, 3), st.integers(1, 3)), max_size=30
)


@given(ANY_ENTRIES, st.integers(1, 8))
def test_dropping_again_drops_nothing_more_and_the_newest_always_stays(every, keep_last):
    dropped = to_drop(every, keep_last, None, set())
    rest = [entry for entry in every if entry.name not in dropped]
    assert to_drop(rest, keep_last, None, set()) == []
    assert len(rest) == min(len(every), keep_last)
    assert not every or max(every, key=lambda entry: entry.age_key).age_key in {entry.age_key for entry in rest}

"""Whatever the form can hold is refused at its fields, or it is built as planned and trains a step."""

from __future__ import annotations

import os

import keras
import pytest

from tests.random_specs import random_spec
from tests.soak import soak
from tests.trainer.material import compiled, parts_of
from tests.trainer.networks.test_plan import compare
from trainer.data.bundled.catalog import facts_of
from trainer.errors import Problem, SpecError
from trainer.spec import Spec
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

NUMBER = int(os.environ.get("RANDOM_SPECS", "10000"))
IN_A_TEST = 100


def problems_of(seed: int) -> tuple[Spec | None, list[Problem]]:
    try:
        spec = parse_spec(random_spec(seed))
    except SpecError as error:
        return None, error.problems
    return spec, check_spec(spec, facts_of(spec.dataset.name))


def assert_trains_or_is_refused(seed: int) -> bool:
    """Return whether it trained."""
    spec, problems = problems_of(seed)
    for problem in problems:
        assert str(problem.message)
        assert problem.path, f"{problem.message} is at no field"
    if spec is None or problems:
        return False
    compare(spec)
    _, data, parts, _ = parts_of(spec)
    model = compiled(spec, steps_per_epoch=10)
    model.run_eagerly = True
    rows = parts.train[: min(spec.fit.batch_size, 16)]
    model.train_on_batch(data.inputs[rows], data.targets[rows])
    keras.utils.clear_session(free_memory=False)
    return True


def test_a_sample_of_all_specs_trains_a_step_or_is_refused() -> None:
    trained = [assert_trains_or_is_refused(seed) for seed in range(24)]
    assert 4 <= sum(trained) < len(trained)


@soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("first", range(24, NUMBER, IN_A_TEST))
def test_any_spec_trains_a_step_or_is_refused(first: int) -> None:
    for seed in range(first, min(first + IN_A_TEST, NUMBER)):
        try:
            assert_trains_or_is_refused(seed)
        except Exception as error:
            raise AssertionError(f"spec {seed}") from error

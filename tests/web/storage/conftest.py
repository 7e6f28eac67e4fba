"""What most tests of the store begin with."""

from __future__ import annotations

import pytest

from tests.factories import make_experiment, make_run


@pytest.fixture
def run(data, team, member):
    """A finished run whose files lie in the data folder of the test."""
    return make_run(make_experiment(team, member), member, "finished")

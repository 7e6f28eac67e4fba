"""A member at the browser, and an experiment of the team."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.factories import make_experiment
from webapp.experiments.models import Experiment
from webapp.teams.models import Team, User


@pytest.fixture
def digits(team: Team, member: User) -> Experiment:
    return make_experiment(team, member, name="Digits")


@pytest.fixture
def browser(client_of: Callable[[User], Client], member: User) -> Client:
    return client_of(member)

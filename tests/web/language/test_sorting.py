"""Names in the order that people expect: numbers by size, either case, Chinese by pinyin."""

from __future__ import annotations

import random

import pytest

from tests import factories
from webapp.language.sorting import by_name, name_key

IN_ORDER = ["Run 2", "run 10", "Zebra", "安静", "北京", "深度 2", "深度 10", "张三"]


def test_names_are_sorted_in_python():
    mixed = random.Random(1).sample(IN_ORDER, len(IN_ORDER))
    assert sorted(mixed, key=name_key) == IN_ORDER


@pytest.mark.one_database  # the PostgreSQL of the tests has no ICU
def test_the_database_sorts_them_alike(experiment_of):
    runs = experiment_of(random.Random(2).sample(IN_ORDER, len(IN_ORDER)))
    assert list(runs.order_by(by_name("name")).values_list("name", flat=True)) == IN_ORDER


def test_every_database_knows_the_order(experiment_of):
    runs = experiment_of(["b", "a"])
    assert list(runs.order_by(by_name("name").desc()).values_list("name", flat=True)) == ["b", "a"]


@pytest.fixture
def experiment_of(team, member):
    def made(names):
        experiment = factories.make_experiment(team, member)
        for name in names:
            factories.make_run(experiment, member, name=name)
        return experiment.runs

    return made

"""Recipes fit the data that they are offered for, and set what they are about alone."""

from __future__ import annotations

import pytest

from tests.made_up import LABEL_FACTS
from trainer.data.bundled.catalog import CATALOG, facts_of
from trainer.spec import Transfer
from trainer.validation.compatibility import check_spec
from trainer.validation.presets import default_spec
from trainer.validation.recipes import RECIPES, SECTIONS, recipe_named, recipes_for

DATA = {**CATALOG, LABEL_FACTS.name: LABEL_FACTS}
OFFERED = [
    pytest.param(facts, recipe, id=f"{name}-{recipe.name}")
    for name, facts in DATA.items()
    for branches in (False, True)
    for recipe in recipes_for(facts, branches=branches)
]


@pytest.mark.parametrize(("facts", "recipe"), OFFERED)
def test_it_fits_all_data_that_it_is_offered_for(facts, recipe) -> None:
    spec, usual = recipe.spec_for(facts), default_spec(facts)
    assert check_spec(spec, facts) == []
    others = set(usual.to_json()) - set(SECTIONS)
    assert {name: spec.to_json()[name] for name in others} == {name: usual.to_json()[name] for name in others}
    assert set(recipe.sections_for(facts)) == set(SECTIONS) - ({"network"} if recipe.branches else set())


def test_pictures_tables_and_branches_have_recipes_of_their_own() -> None:
    pictures, table = facts_of("digits"), facts_of("iris")
    assert {recipe.name for recipe in recipes_for(pictures)} >= {"plain", "dropout", "separable-convnet", "resnet"}
    assert [recipe.name for recipe in recipes_for(table)] == ["plain", "dropout", "table"]
    assert [recipe.name for recipe in recipes_for(table, branches=True)] == ["features", "fine-tune"]
    assert len({recipe.name for recipe in RECIPES}) == len(RECIPES)


def test_a_recipe_for_a_branch_keeps_the_network_of_its_checkpoint() -> None:
    (features, fine_tune) = recipes_for(facts_of("digits"), branches=True)
    assert "network" not in features.sections_for(facts_of("digits"))
    assert fine_tune.spec_for(facts_of("digits")).transfer != Transfer()


def test_one_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(ValueError, match="choose one of plain, dropout, table"):
        recipe_named("resnet", facts_of("iris"))

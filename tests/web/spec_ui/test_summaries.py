"""What a closed section of the form says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from trainer.data.bundled.catalog import facts_of
from trainer.spec import Spec
from webapp.spec_ui.form import SpecForm


def shorts(**sections: Any) -> dict[str, str]:
    values = Spec().to_json()
    for name, fields in sections.items():
        values[name] |= fields
    folds = SpecForm.of_values(values, Spec).widgets(facts_of("digits")).folds
    return {fold.section.name: str(fold.short) for fold in folds}


@pytest.mark.parametrize(
    ("section", "fields", "said"),
    [
        ("split", {}, "Method Shuffled · Validation 0.15 · Test 0.15 · Stratified"),
        ("split", {"stratified": False, "test_fraction": 0.2}, "Validation 0.15 · Test 0.2 · Stratified: no"),
        ("network", {}, "Multilayer perceptron · Layers: 2"),
        ("augmentation", {}, "Nothing chosen"),
        ("augmentation", {"rotation": 10.0, "horizontal_flip": True}, "Flip left to right · Rotation 10"),
        ("output", {}, "Nothing chosen"),
        ("transfer", {"freeze": {"kind": "first", "layers": 2}}, "Freeze The first layers · Layers 2"),
        ("schedule", {"warmup_epochs": 2.0}, "Schedule Constant · Warm-up 2"),
        ("optimizer", {"beta_1": 0.5}, "Adam · Learning rate 0.001 · Beta 1 0.5"),
        ("fit", {"early_stopping": {"patience": 7, "min_delta": 0.0}}, "Early stopping · Patience 7"),
    ],
)
def test_a_section_in_one_line(section: str, fields: dict[str, Any], said: str) -> None:
    assert said in shorts(**{section: fields})[section]


def test_no_line_has_more_than_six_values() -> None:
    every = dict.fromkeys(("translation", "zoom", "brightness", "contrast", "shear", "crop", "noise"), 0.1)
    assert shorts(augmentation=every)["augmentation"].count(" · ") == 6
    assert shorts(augmentation=every)["augmentation"].endswith("…")

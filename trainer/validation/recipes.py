"""Recipes: settings that belong together, from papers and practice, for data of any kind and size that they suit.

A recipe sets how a network is built, regularised and trained. What the data is and how it is split, which checkpoints
are kept and how the machine computes stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trainer.data.facts import DatasetFacts
from trainer.messages.message import Message
from trainer.spec import Spec
from trainer.spec.layers.regularization import DROPOUT_PAPER
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import SMALL, default_spec

Values = dict[str, Any]
# What a recipe begins anew; all other sections stay.
SECTIONS = ("augmentation", "network", "output", "transfer", "balance", "optimizer", "schedule", "fit")


@dataclass(frozen=True)
class Recipe:
    """One recipe, for data with one of the traits ``suits``, all when empty.

    ``branches``: for runs that begin with a checkpoint. ``values`` gives the fields that it sets for data with such
    facts; all others of these sections are as recommended for the data, but for the network of a branch, which stays.
    """

    name: str
    title: Message
    help: Message
    source: str
    values: Callable[[DatasetFacts], Values]
    suits: tuple[str, ...] = ()
    branches: bool = False

    def is_for(self, facts: DatasetFacts, *, branches: bool) -> bool:
        """Whether the recipe is for such data and a run that does, or does not, begin with a checkpoint."""
        return self.branches == branches and (not self.suits or not facts.traits.isdisjoint(self.suits))

    def spec_for(self, facts: DatasetFacts) -> Spec:
        """Return the recommended spec for the data with the sections of this recipe."""
        return parse_spec(default_spec(facts).to_json() | self.values(facts))

    def sections_for(self, facts: DatasetFacts) -> Values:
        """Return the sections that this recipe sets, by name, as plain values with all their fields."""
        spec = self.spec_for(facts).to_json()
        return {name: spec[name] for name in SECTIONS if not (self.branches and name == "network")}


def recipes_for(facts: DatasetFacts, *, branches: bool = False) -> list[Recipe]:
    """Return the recipes for such data, the simplest first."""
    return [recipe for recipe in RECIPES if recipe.is_for(facts, branches=branches)]


def recipe_named(name: str, facts: DatasetFacts) -> Recipe:
    """Return a recipe for runs on such data that begin anew; raises :class:`ValueError` if there is none."""
    recipes = {recipe.name: recipe for recipe in recipes_for(facts)}
    if name not in recipes:
        message = Message(
            "there is no recipe {name} for {data}; choose one of {recipes}.",
            name=repr(name),
            data=facts.shown_title,
            recipes=", ".join(recipes),
        )
        raise ValueError(message)
    return recipes[name]


def _fit(facts: DatasetFacts, small: int, large: int) -> Values:
    is_small = facts.num_examples < SMALL
    return {"epochs": small if is_small else large, "batch_size": 32 if is_small else 128}


def _plain(facts: DatasetFacts) -> Values:
    if facts.kind == "image" and min(facts.input_shape[:2]) > 8:
        block = {"normalization": None, "dropout": 0.0}
        network: Values = {"kind": "convnet", "blocks": [{"filters": 32} | block, {"filters": 64} | block]}
    else:
        network = {"kind": "mlp", "layers": [{"units": 128, "dropout": 0.0}] * 2}
    return {"network": network, "optimizer": "adam", "fit": _fit(facts, 30, 15)}


def _dropout(facts: DatasetFacts) -> Values:
    layer = {"units": 512, "dropout": 0.5, "constraint": {"kind": "max_norm", "value": 3.0}}
    return {
        "network": {"kind": "mlp", "input_dropout": 0.2 if facts.kind == "image" else 0.0, "layers": [layer] * 2},
        "optimizer": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.95},
        "schedule": {"shape": {"kind": "cosine"}},
        "fit": _fit(facts, 100, 40),
    }


def _small_convnet(facts: DatasetFacts) -> Values:
    block = {"convolution": "separable", "dropout": 0.1}
    return {
        "network": {"kind": "convnet", "blocks": [{"filters": 64} | block, {"filters": 128} | block]},
        "augmentation": {"rotation": 10.0, "translation": 0.1, "zoom": 0.1},
        "optimizer": {"kind": "adamw", "learning_rate": 0.003},
        "schedule": {"shape": {"kind": "cosine"}, "warmup_epochs": 2.0},
        "fit": _fit(facts, 60, 30),
    }


def _residual(network: Values) -> Callable[[DatasetFacts], Values]:
    def values(facts: DatasetFacts) -> Values:
        return {
            "network": network,
            "optimizer": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.0005},
            "schedule": {"shape": {"kind": "cosine"}, "warmup_epochs": 2.0},
            "fit": _fit(facts, 40, 60),
        }

    return values


def _table(facts: DatasetFacts) -> Values:
    layer = {"units": 128, "normalization": "batch", "dropout": 0.2}
    return {
        "network": {"kind": "mlp", "layers": [layer] * 2},
        "optimizer": {"kind": "adamw", "learning_rate": 0.002, "weight_decay": 0.01},
        "schedule": {"shape": {"kind": "cosine"}},
        "fit": _fit(facts, 60, 30),
    }


def _features(facts: DatasetFacts) -> Values:
    return {
        "transfer": {"freeze": "all_but_output", "new_output": True},
        "optimizer": {"kind": "adam", "learning_rate": 0.003},
        "fit": _fit(facts, 40, 15),
    }


def _fine_tune(facts: DatasetFacts) -> Values:
    return {
        "transfer": {"rate_decay": 0.6, "new_output": True},
        "optimizer": {"kind": "adamw", "learning_rate": 0.001},
        "schedule": {"shape": {"kind": "cosine"}, "warmup_epochs": 1.0},
        "fit": _fit(facts, 40, 15),
    }


RECIPES = (
    Recipe(
        "plain",
        Message("Plain baseline"),
        Message("A small network without any technique: what all others are compared with."),
        "Bengio 2012, Practical recommendations for gradient-based training of deep architectures",
        _plain,
    ),
    Recipe(
        "dropout",
        Message("Dropout done right"),
        Message(
            "Wide layers, half of them dropped, weights bounded by max-norm, a high learning rate that is lowered, and "
            "much momentum: dropout needs all of it."
        ),
        DROPOUT_PAPER + ", appendix A",
        _dropout,
    ),
    Recipe(
        "separable-convnet",
        Message("Small separable convnet"),
        Message("Few weights, batch normalisation and a little augmentation: for pictures when there are few of them."),
        "Chollet 2017, Xception: deep learning with depthwise separable convolutions",
        _small_convnet,
        suits=("image",),
    ),
    Recipe(
        "resnet",
        Message("Deep residual network"),
        Message("ResNet-20 with momentum, weight decay and a cosine schedule: for pictures in their thousands."),
        "He et al. 2016, Deep residual learning for image recognition; Loshchilov and Hutter 2017, SGDR",
        _residual({"kind": "resnet"}),
        suits=("image",),
    ),
    Recipe(
        "wide-resnet",
        Message("Wide residual network"),
        Message("Shallower and wider than ResNet, with dropout between convolutions: faster on GPUs, more weights."),
        "Zagoruyko and Komodakis 2016, Wide residual networks",
        _residual({"kind": "wide_resnet", "dropout": 0.3}),
        suits=("image",),
    ),
    Recipe(
        "table",
        Message("Tables: batch normalisation and AdamW"),
        Message("Two layers with batch normalisation and a little dropout, weight decay and a cosine schedule."),
        "Kadra et al. 2021, Well-tuned simple nets excel on tabular datasets",
        _table,
        suits=("table",),
    ),
    Recipe(
        "features",
        Message("Features only"),
        Message(
            "Keep the network of the checkpoint as it is and train a new output layer. Quick; only for a network that "
            "learnt from far more examples and classes than you have."
        ),
        "Yosinski et al. 2014, How transferable are features in deep neural networks?",
        _features,
        branches=True,
    ),
    Recipe(
        "fine-tune",
        Message("Fine-tune gently"),
        Message("Train all layers, early ones at a much smaller rate than late ones, below a new output layer."),
        "Howard and Ruder 2018, Universal language model fine-tuning for text classification",
        _fine_tune,
        branches=True,
    ),
)

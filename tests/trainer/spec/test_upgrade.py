"""Stored specs of earlier versions keep their meaning, and are never changed where they are stored."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from trainer.errors import SpecError
from trainer.spec import SPEC_VERSION, ConvNet, Spec, upgrade
from trainer.spec.layers.activations import Selu
from trainer.spec.layers.normalization import BatchNormalization
from trainer.spec.layers.regularization import MaxNorm
from trainer.spec.losses import Huber
from trainer.spec.optimization.fields import ClipNorm
from trainer.spec.upgrade import STEPS
from trainer.validation.parsing import parse_spec

VERSION_1: dict[str, Any] = {"version": 1, "seed": 7, "checkpoints": {"every_epochs": 3, "keep_best": 2}}


def test_there_is_a_step_from_every_version_to_the_next() -> None:
    assert sorted(STEPS) == list(range(1, SPEC_VERSION))


def test_a_spec_of_version_1_never_saved_because_of_an_improvement() -> None:
    spec = parse_spec(VERSION_1)
    assert (spec.version, spec.seed, spec.checkpoints.every_epochs, spec.checkpoints.keep_best) == (
        SPEC_VERSION,
        7,
        3,
        2,
    )
    assert spec.checkpoints.when_improved is False
    assert parse_spec({"version": 1}).checkpoints.when_improved is False


def test_layers_of_version_2_keep_their_max_norm_and_batch_normalization() -> None:
    dense = [{"units": 8, "activation": "selu", "max_norm": 3.0}, {"max_norm": None}]
    blocks = [{"batch_normalization": False}, {"batch_normalization": True}, {}]
    network = parse_spec({"version": 2, "network": {"kind": "convnet", "blocks": blocks, "dense": dense}}).network
    assert isinstance(network, ConvNet)
    assert [layer.constraint for layer in network.dense] == [MaxNorm(value=3.0), None]
    assert isinstance(network.dense[0].activation, Selu)
    assert [block.normalization for block in network.blocks] == [None, BatchNormalization(), BatchNormalization()]


def test_an_optimizer_of_version_2_keeps_its_bound_of_the_gradient() -> None:
    kept = [
        parse_spec({"version": 2, "optimizer": {"kind": "sgd", "clip_norm": bound}}).optimizer.clipping
        for bound in (2.5, None)
    ]
    assert kept == [ClipNorm(bound=2.5), None]


def test_a_loss_of_version_2_is_the_same_loss() -> None:
    assert parse_spec({"version": 2, "output": {"loss": "huber"}}).output.loss == Huber()


def test_a_spec_without_a_version_is_one_of_this_release() -> None:
    assert parse_spec({}) == parse_spec({"version": SPEC_VERSION}) == Spec()
    assert parse_spec({}).checkpoints.when_improved is True


def test_what_is_stored_is_not_changed_by_reading_it() -> None:
    before = copy.deepcopy(VERSION_1)
    upgraded = upgrade(VERSION_1)
    assert before == VERSION_1
    assert upgrade(upgraded) == upgraded


@pytest.mark.parametrize("wrong", [{"version": 1, "checkpoints": 3}, {"version": 1, "colour": "red"}])
def test_what_is_wrong_with_an_old_spec_is_said_as_always(wrong: dict[str, Any]) -> None:
    with pytest.raises(SpecError) as refused:
        parse_spec(wrong)
    assert refused.value.problems[0].name in {"checkpoints", "colour"}


@pytest.mark.parametrize("version", [0, -1, 4, 99, 1.0, True, "1", None, []], ids=repr)
def test_a_version_that_this_release_does_not_know_is_refused_in_words(version: object) -> None:
    with pytest.raises(SpecError, match="Must be a whole number from 1 to 3"):
        parse_spec({"version": version})

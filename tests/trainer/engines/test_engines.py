"""Which engine a process has, and what is said where the one that is asked for is not there."""

from __future__ import annotations

import pytest

from tests.trainer.material import refused
from trainer.engines import backend
from trainer.events.failures import TrainingFailed


def test_an_engine_that_is_not_installed_is_named_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "is_installed", lambda engine: engine != "jax")
    with pytest.raises(TrainingFailed, match="JAX is not installed") as caught:
        backend.choose("jax")
    assert "pip install jax" in str(caught.value.event.advice)


def test_a_package_that_is_not_there_is_not_installed() -> None:
    assert backend.is_installed("tensorflow")
    assert not backend.is_installed("no-such-engine")


def test_a_spec_that_makes_no_sense_needs_no_other_engine() -> None:
    assert backend.wanted_by({"engine": "jax"}) == "jax"
    for nonsense in ("torch", 3, [], None):
        assert backend.wanted_by({"engine": nonsense}) == backend.DEFAULT


def test_jax_is_told_to_add_up_in_a_fixed_order_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--xla_other=1")
    flags = backend.environment("jax")["XLA_FLAGS"]
    assert flags == f"--xla_other=1 {backend.XLA_FLAG}"
    monkeypatch.setenv("XLA_FLAGS", flags)
    assert backend.environment("jax")["XLA_FLAGS"] == flags


def test_an_engine_that_does_not_exist_is_refused_with_those_that_do() -> None:
    assert "tensorflow, jax" in str(refused({"engine": "torch"})["engine",])

"""The newest checkpoint is damaged when a run goes on: the one before is used, and the run's page says why."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.work.conftest import Launch, StartWorker, epochs_of, state_of, wait_for
from webapp.launches import lifecycle as runs
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run
from webapp.storage import store
from webapp.teams.models import User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database,
]


def truncate(folder: Path) -> None:
    content = (folder / "model.keras").read_bytes()
    (folder / "model.keras").write_bytes(content[:-1])


def flip_a_bit(folder: Path) -> None:
    content = bytearray((folder / "state.npz").read_bytes())
    content[3] ^= 1
    (folder / "state.npz").write_bytes(content)


def change_the_version(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format_version": 99}))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated": (truncate, "cp-0004/model.keras has 6 bytes instead of 7."),
    "flipped": (flip_a_bit, "cp-0004/state.npz was changed: its SHA-256 is not the one on record."),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "cp-0004 has no manifest.json"),
    "emptied": (lambda folder: (folder / "manifest.json").write_text(""), "cp-0004/manifest.json is not a manifest"),
    "one more": (lambda folder: (folder / "model.bak").touch(), "cp-0004/model.bak does not belong to the checkpoint."),
    "newer": (change_the_version, "cp-0004 was written by a newer release: it has format 99"),
}


def test_every_damage_is_passed_over_and_told_on_the_page(
    start_worker: StartWorker, launch: Launch, client_of: Callable[[User], Client], member: User
) -> None:
    start_worker()
    damaged = {name: launch(epochs=4) for name in DAMAGES}
    wait_for(lambda: all(state_of(run) == "finished" for run in damaged.values()))
    for name, run in damaged.items():
        DAMAGES[name][0](store.path_of(run.checkpoints.get(epoch=4).key))
        runs.resume(run, user=None, epochs=6)
    wait_for(lambda: all(state_of(run) == "finished" for run in damaged.values()))
    for name, run in damaged.items():
        page = client_of(member).get(reverse("run", args=[run.pk])).content.decode()
        went_on_from_the_one_before(run, DAMAGES[name][1], html.unescape(page))


def went_on_from_the_one_before(run: Run, sentence: str, page: str) -> None:
    assert RunEvent.objects.get(run=run, kind="started", attempt=2).epoch == 2
    assert (epochs_of(run), bool(run.checkpoints.get(epoch=4, attempt=1).damaged)) == ([1, 2, 3, 4, 5, 6], True)
    assert f"cp-0004 cannot be used, so an earlier one is: {sentence}" in page

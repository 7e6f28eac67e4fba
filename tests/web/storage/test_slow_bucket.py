"""A bucket that is slow to answer delays neither what a worker records nor the stops that it passes on."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest

from tests.factories import epoch_event, make_experiment, make_run, started_event
from tests.proxy import PortProxy
from tests.web.checkpoint_folders import make_checkpoint_with_files, write_model
from trainer.checkpoints.checkpoint_files import Manifest, write
from trainer.events.events import CheckpointSaved
from trainer.validation.parsing import parse_spec
from webapp.jobs import live
from webapp.storage import bucket as buckets
from webapp.storage import store
from webapp.workers.handlers.training import RunWork

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]


@pytest.fixture
def proxy(bucket, s3_server, settings, monkeypatch) -> PortProxy:
    """Between the store and the bucket, for all who connect from now on."""
    proxy = PortProxy(urlsplit(s3_server).port)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
    settings.CHECKPOINT_STORE = settings.CHECKPOINT_STORE | {"location": "slow"}
    return proxy


@pytest.fixture
def run(proxy, team, member):
    """It keeps one checkpoint and has two, both in the bucket."""
    spec = parse_spec({"checkpoints": {"keep_last": 1}})
    run = make_run(make_experiment(team, member), member, "running", spec=spec)
    for epoch in (5, 10):
        store.publish(make_checkpoint_with_files(run, epoch, value=epoch / 100).key)
    return run


def saved(run, line: int, epoch: int) -> CheckpointSaved:
    out = store.settings.DATA_DIR / "runs" / run.pk.hex / "attempt-1" / "checkpoints"
    folder, manifest = write(out, Manifest(epoch, 0, "d" * 64, {}, run.spec, "c" * 64), write_model)
    return CheckpointSaved(
        line=line,
        name=folder.name,
        path=f"checkpoints/{folder.name}",
        epoch=epoch,
        step=0,
        metrics={"val_accuracy": 0.9},
        size_bytes=manifest.size_bytes,
        digest="d" * 64,
    )


def test_what_was_recorded_is_shown_at_once_and_the_rule_is_kept_when_the_bucket_answers(run, proxy, monkeypatch):
    work, hints = RunWork(run), []
    monkeypatch.setattr(live, "hint", lambda *about: hints.append(time.monotonic()))
    buckets._connect.cache_clear()  # connections that are open would be cut off for good
    proxy.fall_silent()
    began = time.monotonic()
    assert work.record([started_event(1), epoch_event(2, 15), saved(run, 3, 15)])
    assert work.record([epoch_event(4, 16)])
    assert time.monotonic() - began < 1
    assert len(hints) == 2
    assert run.checkpoints.filter(purged_at=None).count() == 3
    proxy.speak()
    work.close()
    assert [each.name for each in run.checkpoints.filter(purged_at=None)] == ["cp-0015"]
    assert store.is_published(run.checkpoints.get(epoch=15).key)
    assert not store.is_published(run.checkpoints.get(epoch=10).key)

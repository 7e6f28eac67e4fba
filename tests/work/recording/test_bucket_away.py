"""A bucket that is away when a run begins: the run waits for it, says so, still hears a stop, and fails in the end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from tests.work.conftest import Launch, StartWorker, attempts_folder, epochs_of, wait_for, wait_for_state
from webapp.launcher.address import free_port
from webapp.launches import lifecycle
from webapp.runs.models import Run
from webapp.storage import bucket as buckets
from webapp.storage import store

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]


class Bucket:
    """An S3 server that can go away and come back with what it has."""

    def __init__(self) -> None:
        self._address = ("127.0.0.1", free_port())
        self.url = f"http://{self._address[0]}:{self._address[1]}"

    def comes(self) -> None:
        self._server = ThreadedMotoServer(*self._address, verbose=False)
        self._server.start()

    def goes(self) -> None:
        self._server.stop()
        self._server._server.server_close()  # type: ignore[union-attr] # the port stays taken otherwise


@pytest.fixture
def bucket(worker_env: dict[str, str], settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """There, and the place of the checkpoints, here and for the workers."""
    bucket = Bucket()
    given = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1"}
    for name, value in (given | {"AWS_ENDPOINT_URL": bucket.url}).items():
        monkeypatch.setenv(name, value)
        worker_env[name] = value
    name = f"b-{free_port()}"
    worker_env["CHECKPOINT_STORE"] = f"s3://{name}/team"
    settings.CHECKPOINT_STORE = {"bucket_name": name, "location": "team"}
    bucket.comes()
    buckets.bucket().bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})  # type: ignore[union-attr]
    yield bucket
    bucket.goes()


@pytest.fixture
def elsewhere(bucket: Bucket, start_worker: StartWorker, launch: Launch, tmp_path: Path) -> Iterator[Run]:
    """A run that was trained on a machine that is not there any more: its checkpoints are in the bucket only."""
    run = launch(epochs=4)
    start_worker()
    wait_for_state(run, "finished")
    wait_for(lambda: store.is_published(run.checkpoints.get(epoch=4).key))
    trained = attempts_folder(run) / "attempt-1"
    shutil.move(trained, tmp_path / "away")
    bucket.goes()
    yield run
    shutil.move(tmp_path / "away", trained)


def resumes_and_waits(run: Run) -> None:
    lifecycle.resume(run, user=None, epochs=6)

    def says_so() -> bool:
        run.refresh_from_db()
        return "Waiting for the bucket, which does not answer" in run.progress.get("message", "")

    wait_for(says_so)


def test_a_run_begins_when_the_bucket_is_back(bucket: Bucket, elsewhere: Run) -> None:
    resumes_and_waits(elsewhere)
    assert elsewhere.display_state == "starting"
    bucket.comes()
    wait_for_state(elsewhere, "finished")
    assert (elsewhere.attempt, elsewhere.restarts, epochs_of(elsewhere)) == (2, 0, [1, 2, 3, 4, 5, 6])


def test_a_stop_is_heard_while_it_waits(bucket: Bucket, elsewhere: Run) -> None:
    resumes_and_waits(elsewhere)
    lifecycle.request_stop(elsewhere)
    wait_for_state(elsewhere, "stopped")
    assert (str(elsewhere.error), elsewhere.reason, epochs_of(elsewhere)) == ("", "stopped", [1, 2, 3, 4])
    bucket.comes()

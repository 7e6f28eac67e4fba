"""One run after the other on one worker, and data that needs no Keras: nothing piles up, nothing waits."""

from __future__ import annotations

import time

import psutil
import pytest

from tests.work.conftest import Launch, StartWorker, WorkerProcess, wait_for, wait_for_state
from trainer.data.bundled.catalog import CATALOG
from trainer.data.prepared import verify
from webapp.datasets.models import Dataset
from webapp.storage import prepared
from webapp.workers import reconciler

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]
MEGABYTE = 1 << 20


def memory_of(worker: WorkerProcess) -> int:
    """Bytes of the main process and its pool child; trainers come and go."""
    trainers = worker.trainers()
    own = [process for process in worker.family() if process not in trainers]
    return sum(process.memory_info().rss for process in own)


def open_files_of(worker: WorkerProcess) -> int:
    return sum(process.num_fds() for process in worker.family())


def test_a_worker_is_after_many_runs_what_it_was(start_worker: StartWorker, launch: Launch) -> None:
    worker = start_worker()
    sizes, files = [], []
    for _ in range(4):
        run = launch(epochs=20)
        wait_for_state(run, "finished")
        wait_for(lambda: len(worker.trainers()) == 1)
        sizes.append(memory_of(worker))
        files.append(open_files_of(worker))
    assert sizes[-1] - sizes[1] < 4 * MEGABYTE, sizes
    # The next warm trainer may just be starting, with pipes and a log that its worker closes a moment later.
    wait_for(lambda: open_files_of(worker) <= files[1] + 1)


def test_a_worker_imports_no_keras_itself(start_worker: StartWorker, launch: Launch) -> None:
    worker = start_worker()
    wait_for_state(launch(epochs=2), "finished")
    trainers = worker.trainers()
    for process in worker.family():
        libraries = {library.path for library in psutil.Process(process.pid).memory_maps()}
        assert process in trainers or not any("tensorflow" in path for path in libraries)


@pytest.mark.slow
def test_bundled_datasets_are_prepared_before_keras_is_warm(start_worker: StartWorker) -> None:
    bundled = [name for name, facts in CATALOG.items() if facts.bundled]
    began = time.monotonic()
    start_worker(keras=True, queues="evaluate")
    reconciler.prepare_shared_datasets()
    wait_for(lambda: Dataset.objects.filter(state="finished").count() == len(bundled), 60)
    print(f"{len(bundled)} datasets were prepared after {time.monotonic() - began:.1f} seconds")
    for dataset in Dataset.objects.filter(state="finished"):
        assert verify(prepared.path_of(dataset.content_hash)).facts == dataset.facts
        assert dataset.num_bytes == prepared.size_of(dataset.content_hash) > 0

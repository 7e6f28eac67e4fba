"""Twenty runs in a row on one worker: is it afterwards what it was before? ``python -m bench.twenty_runs``

The running product trains twenty real runs one after the other. After each, the memory of the worker's own processes
(not of trainers, which end with their run) and their open files are read. Figures compare the last five runs with the
second to sixth; the first also loads what later ones find loaded.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import django
import psutil

from bench.report import Row, machine, write_section
from bench.setup.site import data_folder
from tests.product import Product

EPOCHS = 60
FEW = 5
SECONDS_FOR_A_RUN = 120


@dataclass(frozen=True)
class After:
    """The worker after a run, and how long that took from its claim to its end."""

    seconds: float
    megabytes: float
    num_files: int


def worker_processes(product: Product) -> list[psutil.Process]:
    """The main process and the pool child of the worker that trains."""
    family = psutil.Process(product.process.pid).children(recursive=True)
    words = {process: process.cmdline() for process in family}
    return [process for process, line in words.items() if "worker" in line and "train" in line]


def train(product: Product, num_runs: int) -> list[After]:
    """Launch all at once, and look at the worker whenever one has ended."""
    from trainer.spec import Fit, Spec
    from webapp.datasets.access import dataset_named
    from webapp.experiments.models import Experiment
    from webapp.launches.lifecycle import launch
    from webapp.runs.models import Run
    from webapp.teams.models import Team

    team = Team.objects.create(name="Signals")
    experiment = Experiment.objects.create(
        team=team, name="twenty", dataset=dataset_named(team, "digits"), metric="val_accuracy", metric_mode="max"
    )
    for _ in range(num_runs):
        launch(experiment, Spec(fit=Fit(epochs=EPOCHS)), user=None)
    seen: dict[object, After] = {}
    deadline = time.monotonic() + SECONDS_FOR_A_RUN * num_runs
    while len(seen) < num_runs and time.monotonic() < deadline:
        time.sleep(0.2)
        for run in Run.objects.filter(state="finished").exclude(id__in=list(seen)).order_by("finished_at"):
            assert run.started_at
            assert run.finished_at
            seen[run.id] = look(product, (run.finished_at - run.started_at).total_seconds())
            print(f"{len(seen)}/{num_runs}: {seen[run.id]}", flush=True)
    return list(seen.values())


def look(product: Product, seconds: float) -> After:
    processes = worker_processes(product)
    megabytes = sum(process.memory_info().rss for process in processes) / 1e6
    return After(seconds, megabytes, sum(process.num_fds() for process in processes))


def rows(after: list[After]) -> list[Row]:
    early, late = after[1 : 1 + FEW], after[-FEW:]
    grown = [one.megabytes - statistics.median(each.megabytes for each in early) for one in late]
    slower = [one.seconds / statistics.median(each.seconds for each in early) for one in late]
    files = [float(one.num_files - early[0].num_files) for one in late]
    figures = [
        (f"worker's memory after {len(after)} runs, more than after a few", grown, 5.0, "MB"),
        (f"time of the last runs ÷ that of the first, {EPOCHS} epochs each", slower, 1.05, ""),
        ("worker's open files, more than after a few", files, 1.0, ""),
    ]
    return [Row.of(*figure) for figure in figures]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    with data_folder() as data:
        product = Product(data)
        _be_beside(data)
        try:
            found = rows(train(product, options.runs))
        finally:
            product.stop()
    for row in found:
        print(row, flush=True)
    write_section("Twenty runs in a row", machine(), found)


def _be_beside(data: Path) -> None:
    """Use the product's database from this process, too. Its Redis hears of the runs from the reconciler."""
    os.environ |= {"TRAINYARD_DATA": str(data), "REDIS_URL": "redis://127.0.0.1:1/0", "LOG_LEVEL": "ERROR"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
    django.setup()


if __name__ == "__main__":
    main()

"""Pages of a team with 50,000 checkpoints, from 500 runs. ``python -m bench.large_lists``

The time in the web process from the request to the last byte of the page, on SQLite in a data folder of its own: the
list as it opens, sorted by a metric, searched, and the last page. Half of the files are kept, half have been removed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import django

from bench.report import Row, machine, write_section
from bench.setup.site import data_folder

GOAL_MILLISECONDS = 200.0
PAGES = {
    "as it opens": "",
    "removed ones too": "?storage=all",
    "sorted by accuracy": "?metric=val_accuracy&sort=-value",
    "of convolutional networks": "?network=convnet",
    "searched for a run": "?q=run+77",
    "of the best marks": "?mark=best",
    "last page": "?storage=all&page=1000",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--checkpoints", type=int, default=100, help="of each run")
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    with data_folder() as data:
        get = _site(data, options.runs, options.checkpoints)
        rows = [_measured(name, partial(get, query), options.repeats) for name, query in PAGES.items()]
    for row in rows:
        print(row, flush=True)
    write_section("Fifty thousand checkpoints", machine(), rows)


def _measured(name: str, get: Callable[[], None], repeats: int) -> Row:
    get()
    milliseconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        get()
        milliseconds.append(1000 * (time.perf_counter() - begun))
    return Row.of(f"checkpoints, {name}", milliseconds, GOAL_MILLISECONDS, "ms")


def _site(data: Path, num_runs: int, num_checkpoints: int) -> Callable[[str], None]:
    """Make the database; returns what gets the page with a query."""
    os.environ |= {"TRAINYARD_DATA": str(data), "REDIS_URL": "redis://127.0.0.1:1/0", "LOG_LEVEL": "ERROR"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client
    from django.utils import timezone

    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    from tests.factories import make_experiment, make_run, make_team, make_user
    from webapp.checkpoints.models import Checkpoint
    from webapp.teams.models import Role

    team = make_team("Signals")
    person = make_user("ada@example.org", team, Role.ADMIN)
    experiments = [make_experiment(team, person) for _ in range(10)]
    for number in range(num_runs):
        run = make_run(experiments[number % len(experiments)], person, "finished")
        made = (_checkpoint(Checkpoint, run, epoch, timezone.now()) for epoch in range(1, num_checkpoints + 1))
        Checkpoint.objects.bulk_create(made)
    client = Client()
    client.force_login(person)

    def get(query: str) -> None:
        answer = client.get(f"/checkpoints/{query}")
        assert answer.status_code == 200

    return get


def _checkpoint(model: Any, run: Any, epoch: int, now: Any) -> Any:
    accuracy = 1 - 1 / (epoch + 1)
    return model(
        run=run,
        attempt=1,
        name=f"cp-{epoch:04d}",
        key=f"runs/{run.pk.hex}/attempt-1/checkpoints/cp-{epoch:04d}",
        epoch=epoch,
        step=0,
        metrics={"val_accuracy": accuracy, "val_loss": 1 / epoch, "loss": 1 / epoch},
        value=accuracy,
        size_bytes=100_000,
        digest="0" * 64,
        created_at=now,
        purged_at=now if epoch % 2 else None,
    )


if __name__ == "__main__":
    main()

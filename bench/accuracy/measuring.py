"""Runs that are launched through the API, and what they reach."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.accuracy.specs import BASELINES, GOAL_SEEDS, GOALS, SEEDS, TECHNIQUES, Json, combined, seeded
from tests.product import Api

MOST_MINUTES = 45
AT_ONCE = 20  # queued or training; one person may have 100 queued runs
BETWEEN_LOOKS = 2  # seconds; each lists all runs, which takes time from the trainings
ALONE = ""  # the technique of a baseline itself
Key = tuple[str, str]
Accuracies = dict[Key, list[float]]


@dataclass(frozen=True)
class Repeat:
    """What to train with which seed, and whether its test accuracy is asked for or that of its last epoch."""

    key: Key
    seed: int
    spec: Json
    on_test: bool = False
    parent: str | None = None  # the checkpoint whose weights it starts with

    @property
    def name(self) -> str:
        return f"{self.key[1] or 'baseline'}, seed {self.seed}"[:100]

    @property
    def text(self) -> str:
        """Equal for equal specs: the residual network is a technique of one baseline and another baseline."""
        return json.dumps([self.spec, self.parent], sort_keys=True)


def repeats() -> list[Repeat]:
    """All that is measured, those of the goals first, so that their evaluations are done beside later runs."""
    goals = [
        Repeat((goal.name, ALONE), seed, seeded(goal.spec, seed), on_test=True) for goal in GOALS for seed in GOAL_SEEDS
    ]
    return goals + [Repeat(key, seed, seeded(spec, seed)) for key, spec in compared() for seed in SEEDS]


def compared() -> Iterable[tuple[Key, Json]]:
    """Each baseline alone, then with each of its techniques."""
    for baseline in BASELINES:
        yield (baseline.name, ALONE), baseline.spec
        for technique in TECHNIQUES:
            if baseline.name in technique.baselines:
                yield (baseline.name, technique.name), combined(baseline.spec, technique.difference)


class Measuring:
    """Launches a run for each spec, a few at a time, and asks again and again until all have ended."""

    def __init__(self, api: Api, wanted: list[Repeat]) -> None:
        self.api, self.wanted = api, wanted
        self.waiting = list({each.text: each for each in wanted}.values())  # still to be launched
        self.num_runs = len(self.waiting)
        self.repeat_of: dict[str, Repeat] = {}  # of a run, in the order of their launch
        self.evaluation_of: dict[str, str] = {}  # a run → the evaluation of its last checkpoint
        self.reached: dict[str, float] = {}

    def accuracies(self) -> Accuracies:
        """Wait for all; returns the accuracies of each key in the order of its seeds.

        Raises ``RuntimeError`` for a run or evaluation that failed, ``TimeoutError`` when all take too long.
        """
        deadline = time.monotonic() + 60 * MOST_MINUTES
        while len(self.reached) < self.num_runs:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.reached)} of {self.num_runs} in {MOST_MINUTES} minutes.")
            self._launch_some()
            time.sleep(BETWEEN_LOOKS)
            self._look()
        run_of = {repeat.text: run for run, repeat in self.repeat_of.items()}
        found: Accuracies = {}
        for repeat in self.wanted:
            found.setdefault(repeat.key, []).append(self.reached[run_of[repeat.text]])
        return found

    def _launch_some(self) -> None:
        while self.waiting and len(self.repeat_of) - len(self.reached) < AT_ONCE:
            repeat = self.waiting.pop(0)
            self.repeat_of[self._launch(repeat)] = repeat

    def _launch(self, repeat: Repeat) -> str:
        body = {"experiment": repeat.key[0], "name": repeat.name, "spec": repeat.spec, "parent": repeat.parent}
        return str(self.api("/runs", body)["id"])

    def last_checkpoint(self, run: str) -> str:
        (last,) = [each["id"] for each in self.api(f"/checkpoints?run={run}")["items"] if each["latest"]]
        return str(last)

    def _look(self) -> None:
        for run in self._finished():
            repeat = self.repeat_of[run["id"]]
            value = self._on_test(run["id"]) if repeat.on_test else run["summary"]["val_accuracy"]["last"]
            if value is not None:
                self.reached[run["id"]] = value
                print(f"{len(self.reached)}/{self.num_runs} {repeat.key[0]}: {repeat.name}: {value:.4f}", flush=True)

    def _finished(self) -> list[dict[str, Any]]:
        """The runs that have ended well and whose accuracy is not known yet."""
        runs = [run for run in self.api("/runs?page_size=500")["items"] if run["id"] in self.repeat_of]
        for run in runs:
            _refuse_failed(run)
        return [run for run in reversed(runs) if run["state"] == "finished" and run["id"] not in self.reached]

    def _on_test(self, run: str) -> float | None:
        """The test accuracy of the last checkpoint; ``None`` while it is being measured."""
        if run not in self.evaluation_of:
            last = self.last_checkpoint(run)
            self.evaluation_of[run] = self.api(f"/checkpoints/{last}/evaluations", {"split": "test"})["id"]
        evaluation = self.api(f"/evaluations/{self.evaluation_of[run]}")
        _refuse_failed(evaluation)
        return float(evaluation["result"]["metrics"]["accuracy"]) if evaluation["state"] == "finished" else None


def _refuse_failed(job: dict[str, Any]) -> None:
    if job["state"] == "failed":
        raise RuntimeError(f"{job['page']}: {job['error']} {job['advice']}")

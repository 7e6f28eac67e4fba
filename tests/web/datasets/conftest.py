"""What several files of tests about the examples of a dataset start from."""

from __future__ import annotations

import pytest

from tests.factories import make_checkpoint, make_experiment, make_run
from webapp.checkpoints.models import Evaluation

WRONG = [[150, 0, 1, 0.9], [7, 1, 0, 0.8], [9, 0, 1, 0.7]]
PROBLEM = {"index": 9, "label": "good", "suggested": "scrap", "probability": 0.97, "own_probability": 0.02}


@pytest.fixture
def evaluation(parts, team, member):
    """On ``parts``, a dataset that the file of tests makes: three mistakes, and a label that is likely wrong."""
    run = make_run(make_experiment(team, member, "parts"), member, "finished")
    result = {"task": "classification", "wrong": WRONG, "label_problems": [PROBLEM]}
    return Evaluation.objects.create(
        checkpoint=make_checkpoint(run), split="test", state="finished", result=result, created_by=member
    )

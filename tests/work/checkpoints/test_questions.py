"""What a network cannot read is refused before a worker is asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests import factories
from webapp.checkpoints.evaluating import WrongExample, try_it
from webapp.checkpoints.models import Checkpoint, Prediction
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db


def checkpoint_on(dataset: str, team: Team, user: User) -> Checkpoint:
    run = factories.make_run(factories.make_experiment(team, user, dataset=dataset), user, "finished")
    return factories.make_checkpoint(run)


@pytest.mark.parametrize(
    ("dataset", "example", "words"),
    [
        ("digits", {"row": [1.0, 2.0]}, "give a picture, not a row"),
        ("digits", {}, "give a picture"),
        ("iris", {"picture": b"png"}, "give a row of 4 values"),
        ("iris", {"row": [1.0]}, "1 values given, but .* has 4 columns"),
    ],
)
def test_a_wrong_example_is_not_queued(
    team: Team, member: User, dataset: str, example: dict[str, Any], words: str
) -> None:
    with pytest.raises(WrongExample, match=words):
        try_it(checkpoint_on(dataset, team, member), member, **example)
    assert not Prediction.objects.exists()

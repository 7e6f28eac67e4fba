"""The API keeps what its OpenAPI document promises, in all phases of schemathesis and with all of its checks."""

from __future__ import annotations

import os

import pytest

from tests.contract import broken_promises, server
from tests.factories import make_experiment, make_run, record_epochs
from tests.soak import soak
from tests.web.checkpoint_folders import make_checkpoint_with_files
from webapp.checkpoints.models import Evaluation
from webapp.runs.models import Run
from webapp.teams.models import ApiToken

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]
# The edges of every field are thousands of requests, a thousand for a spec alone: make soak sends them. Long notes take
# seconds to make up.
LONG = ["POST /api/v1/checkpoints/{id}/note"]
FEW = {
    "phases": {"coverage": {"enabled": False}},
    "operations": [{"include-name": LONG, "phases": {"fuzzing": {"enabled": False}}}],
}


@pytest.fixture
def team_at_work(data, team, member):
    """A team with one of each kind of thing."""
    run = make_run(make_experiment(team, member), member, "running")
    record_epochs(run, 3)
    checkpoint = make_checkpoint_with_files(run, 3)
    Evaluation.objects.create(checkpoint=checkpoint, split="test", created_by=member)
    Run.objects.update(state="finished")
    return team


@pytest.mark.timeout(900)  # ten seconds, but of a machine that is not busy with anything else
def test_few_requests_find_no_promise_broken(team_at_work, admin):
    secret = ApiToken.issue(user=admin, team=team_at_work, name="t")[1]
    with server() as address:
        broken, num_cases = broken_promises(address, secret, seed=1, examples=4, **FEW)
    assert not broken, "\n\n".join(broken)
    assert num_cases > 200


@soak
@pytest.mark.parametrize("role", ["admin", "member"])
def test_many_requests_find_no_promise_broken(team_at_work, admin, member, role):
    person = {"admin": admin, "member": member}[role]
    secret = ApiToken.issue(user=person, team=team_at_work, name="t")[1]
    examples, seed = int(os.environ["EXAMPLES"]), int(os.environ["SEED"])
    with server() as address:
        broken, num_cases = broken_promises(address, secret, seed=seed, examples=examples)
    print(f"{num_cases:,} requests as {role}")
    assert not broken, "\n\n".join(broken)

"""The test bench itself: the people, the database and Redis are there."""

from __future__ import annotations

import redis

from tests.factories import make_checkpoint, make_experiment, make_run


def test_rows_of_every_kind_can_be_made(team, member):
    run = make_run(make_experiment(team, member), member, state="finished")
    assert make_checkpoint(run).run == run


def test_a_real_redis_answers(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()

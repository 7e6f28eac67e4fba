"""Schemas of storage: usage, quota, freeing."""

from __future__ import annotations

from uuid import UUID

from ninja import Field, Schema
from pydantic import (
    StrictInt,
)

from webapp.api.schemas.base import Body, Sentence
from webapp.storage.freeing import MOST_AT_ONCE
from webapp.teams.models import LARGEST_QUOTA, SMALLEST_QUOTA


class SpaceQuery(Schema):
    run: UUID | None = Field(None, description="May be a deleted run.")
    experiment: UUID | None = None


class TeamSpace(Schema):
    used: int = Field(description="Bytes that the team uses: checkpoints, rows of the database, and its own data.")
    rows: int = Field(description="Approximate bytes of recorded curves and logs in the database, part of used.")
    data: int = Field(description="Bytes of the team's datasets and uploads, part of used.")
    deleted: int = Field(description="Bytes of checkpoints of deleted runs, which are freed after some days.")
    quota: int | None = Field(description="Bytes that the team may use; null: no limit.")
    warning: Sentence = Field(description="A warning from 80 % of the quota on. At the quota, no run can be launched.")


class SpaceOut(Schema):
    num_checkpoints: int
    num_bytes: int = Field(description="Bytes of the requested checkpoints.")
    team: TeamSpace


class Quota(Body):
    quota_bytes: StrictInt | None = Field(ge=SMALLEST_QUOTA, le=LARGEST_QUOTA)


class FreeingQuery(Schema):
    """Which checkpoints to free. The four flags exempt some of them."""

    run: UUID | None = None
    experiment: UUID | None = None
    older: int | None = Field(None, ge=0, le=36500, description="Only checkpoints older than this many days.")
    ended: bool = Field(True, description="Keep checkpoints of runs that have not ended.")
    best: bool = Field(True, description="Keep the best checkpoint of each run.")
    latest: bool = Field(True, description="Keep the latest checkpoint of each run.")
    evaluated: bool = Field(True, description="Keep checkpoints with evaluations.")


class Free(Body):
    checkpoints: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Freeable(Schema):
    id: UUID
    name: str
    run: UUID
    num_bytes: int


class Staying(Schema):
    id: UUID
    name: str
    run: UUID
    reason: Sentence


class FreeingPlan(Schema):
    num_bytes: int = Field(description="Bytes that would be freed.")
    going: list[Freeable]
    staying: list[Staying]
    more: int = Field(description="Number of further matches that were not considered this time.")


class FreedOut(Schema):
    num_bytes: int
    gone: list[UUID]
    staying: list[Staying]

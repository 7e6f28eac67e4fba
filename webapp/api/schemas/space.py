"""What checkpoints take and what freeing gives, as the API says it."""

from __future__ import annotations

from uuid import UUID

from ninja import Field, Schema
from pydantic import (
    StrictInt,
)

from webapp.api.schemas.base import KEPT, Body
from webapp.storage.freeing import MOST_AT_ONCE
from webapp.teams.models import LARGEST_QUOTA, SMALLEST_QUOTA


class SpaceOf(Schema):
    run: UUID | None = Field(None, description="May be a deleted one.")
    experiment: UUID | None = None


class TeamSpace(Schema):
    used: int = Field(description="Bytes that the team takes: checkpoints, and rows of the database.")
    rows: int = Field(description="The part of recorded curves and logs in the database, about.")
    deleted: int = Field(description=f"The checkpoints of deleted runs; they are freed {KEPT} after each was deleted.")
    quota: int | None = Field(description="Bytes that the team may take; null: no limit.")
    warning: str = Field(description="A sentence from 80 % of the quota on. At the quota no run can be launched.")


class SpaceOut(Schema):
    num_checkpoints: int
    num_bytes: int = Field(description="Of what was asked about.")
    team: TeamSpace


class Quota(Body):
    quota_bytes: StrictInt | None = Field(ge=SMALLEST_QUOTA, le=LARGEST_QUOTA)


class FreeWhich(Schema):
    """Which checkpoints are to go. The four yes-or-no fields say what is left alone."""

    run: UUID | None = None
    experiment: UUID | None = None
    older: int | None = Field(None, ge=0, le=36500, description="Only those older than so many days.")
    ended: bool = Field(True, description="Leave alone those of runs that have not ended.")
    best: bool = Field(True, description="Leave alone the best of each run.")
    latest: bool = Field(True, description="Leave alone the latest of each run.")
    evaluated: bool = Field(True, description="Leave alone those with evaluations.")


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
    reason: str


class FreeingPlan(Schema):
    num_bytes: int = Field(description="What freeing those that go gives back.")
    going: list[Freeable]
    staying: list[Staying]
    more: int = Field(description="How many others fit and were not looked at this time.")


class FreedOut(Schema):
    num_bytes: int
    gone: list[UUID]
    staying: list[Staying]

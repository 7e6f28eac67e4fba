"""Schemas of workers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Schema


class WorkerOut(Schema):
    id: str
    host: str
    queues: list[str]
    devices: list[Any]
    num_devices: int = Field(description="Number of devices that a run on this worker may use.")
    free_disk_bytes: int | None = Field(description="Free space where it writes checkpoints; null if not reported.")
    online: bool
    leaving: bool
    started_at: datetime
    last_seen_at: datetime

"""Schemas of datasets and workers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Schema


class DatasetOut(Schema):
    name: str
    title: str
    task: str
    kind: str
    input_shape: list[int]
    num_examples: int
    num_classes: int
    class_names: list[str]
    bundled: bool = Field(description="Included with Trainyard; others are downloaded on first use.")
    shared: bool = Field(description="Whether all teams have it; otherwise it is the team's own.")
    version: int
    ready: bool = Field(description="Whether a worker has prepared the data.")
    content_hash: str = Field(description="SHA-256 of the data, empty until it is prepared.")
    num_bytes: int = Field(description="Size of the prepared data in the store; 0 while it is not there.")


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

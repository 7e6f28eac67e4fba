"""Datasets and workers as the API gives them."""

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
    bundled: bool = Field(description="Comes with Trainyard; others are downloaded at first use.")
    ready: bool = Field(description="A worker has read it.")
    content_hash: str


class WorkerOut(Schema):
    id: str
    host: str
    queues: list[str]
    devices: list[Any]
    num_devices: int = Field(description="How many a run that it trains may use.")
    free_disk_bytes: int | None = Field(description="Where it writes checkpoints; null: it does not say.")
    online: bool
    leaving: bool
    started_at: datetime
    last_seen_at: datetime

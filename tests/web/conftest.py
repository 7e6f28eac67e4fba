"""A data folder of its own, and a bucket of a real S3 server."""

from __future__ import annotations

import socket
import uuid

import pytest
from moto.server import ThreadedMotoServer

from webapp.storage import bucket as buckets


@pytest.fixture
def data(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    return settings.DATA_DIR


@pytest.fixture(scope="module")
def s3_server():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadedMotoServer("127.0.0.1", port)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server, settings, monkeypatch, data):
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    settings.CHECKPOINT_STORE = {"bucket_name": f"b-{uuid.uuid4().hex[:8]}", "location": "team"}
    bucket = buckets.bucket().bucket
    bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return bucket

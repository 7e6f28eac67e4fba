"""Downloads of checkpoints."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import tracemalloc
import urllib.request
import zipfile
from urllib.parse import quote

import pytest
from channels.db import database_sync_to_async
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run, make_team, make_user
from tests.web import checkpoint_folders
from tests.web.checkpoint_folders import WEIGHTS, make_checkpoint_with_files, write_model
from trainer.checkpoints import checkpoint_files
from webapp.asgi import application
from webapp.storage import store, verification
from webapp.storage.bucket import StoreError

NAMED = f"attachment; filename*=utf-8''{quote('ärger-co-run-3-cp-0005.keras')}"


@pytest.fixture
def run(team, member):
    return make_run(make_experiment(team, member, name="Ärger & Co"), member, "finished", name="Run 3")


def download(client, checkpoint, wanted="keras"):
    return client.get(reverse("checkpoint-download", args=[checkpoint.id]), {"format": wanted})


def test_a_file_keeps_a_name_in_chinese(client_of, viewer, run):
    run.name = "丢弃率 0.5"
    run.save()
    response = download(client_of(viewer), make_checkpoint_with_files(run, 5))
    full = quote("ärger-co-丢弃率-05-cp-0005.keras")
    assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{full}"


def test_the_whole_model_is_an_attachment_with_a_name_that_says_where_it_came_from(client_of, viewer, run):
    response = download(client_of(viewer), make_checkpoint_with_files(run, 5))
    content = b"".join(response.streaming_content)
    assert response["Content-Disposition"] == NAMED
    assert int(response["Content-Length"]) == len(content)
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["config.json", "model.weights.h5"]


def test_weights_only_is_the_member_of_the_archive(client_of, viewer, run):
    response = download(client_of(viewer), make_checkpoint_with_files(run, 5), "weights")
    assert b"".join(response.streaming_content) == WEIGHTS
    assert int(response["Content-Length"]) == len(WEIGHTS)
    assert response["Content-Disposition"].endswith("cp-0005.weights.h5")


def test_an_unknown_format_is_refused_naming_the_choices(client_of, viewer, run):
    response = download(client_of(viewer), make_checkpoint_with_files(run, 5), "exe")
    assert response.status_code == 400
    assert b"keras or weights" in response.content


def test_removed_files_are_gone_and_not_missing(client_of, viewer, run):
    response = download(client_of(viewer), make_checkpoint(run, 5, purged_at=timezone.now()))
    assert response.status_code == 410
    assert "removed to free disk space" in response.content.decode()


def test_files_that_are_nowhere_are_said_in_a_sentence(client_of, viewer, run):
    response = download(client_of(viewer), make_checkpoint(run, 5))
    assert response.status_code == 410
    assert "not in the data folder" in response.content.decode()


def test_outsiders_get_nothing(client_of, outsider, run):
    assert download(client_of(outsider), make_checkpoint_with_files(run, 5)).status_code == 404


def whole_of(client, checkpoint, wanted="keras"):
    return b"".join(download(client, checkpoint, wanted).streaming_content)


def part(client, checkpoint, said, **headers):
    url = reverse("checkpoint-download", args=[checkpoint.id])
    return client.get(url, headers={"range": said} | headers)


@pytest.mark.parametrize(
    ("said", "first", "last"), [("bytes=0-9", 0, 9), ("bytes=7100-", 7100, None), ("bytes=-5", -5, None)]
)
def test_a_download_that_broke_off_goes_on_where_it_was(client_of, viewer, run, said, first, last):
    client, checkpoint = client_of(viewer), make_checkpoint_with_files(run, 5)
    whole = whole_of(client, checkpoint)
    first = len(whole) + first if first < 0 else first
    last = len(whole) - 1 if last is None else last
    response = part(client, checkpoint, said)
    assert (response.status_code, response["Content-Range"]) == (206, f"bytes {first}-{last}/{len(whole)}")
    assert b"".join(response.streaming_content) == whole[first : last + 1]
    assert int(response["Content-Length"]) == last + 1 - first


def test_a_range_behind_the_end_is_refused_with_the_length(client_of, viewer, run):
    client, checkpoint = client_of(viewer), make_checkpoint_with_files(run, 5)
    response = part(client, checkpoint, "bytes=1000000-")
    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{len(whole_of(client, checkpoint))}")


@pytest.mark.parametrize("said", ["bytes=0-1,4-5", "bytes=9-2", "lines=1-2", "bytes=-", "nothing"])
def test_what_is_not_one_range_is_answered_with_all(client_of, viewer, run, said):
    client, checkpoint = client_of(viewer), make_checkpoint_with_files(run, 5)
    assert part(client, checkpoint, said).status_code == 200


def test_a_part_is_only_added_to_the_same_file(client_of, viewer, run):
    client, checkpoint = client_of(viewer), make_checkpoint_with_files(run, 5)
    tag = download(client, checkpoint)["ETag"]
    assert part(client, checkpoint, "bytes=0-9", **{"if-range": tag}).status_code == 206
    assert part(client, checkpoint, "bytes=0-9", **{"if-range": '"other"'}).status_code == 200


def test_the_tag_is_the_sha_256_of_the_file_and_saves_a_second_download(client_of, viewer, run):
    client, checkpoint = client_of(viewer), make_checkpoint_with_files(run, 5)
    response = download(client, checkpoint)
    assert response["ETag"] == f'"{hashlib.sha256(b"".join(response.streaming_content)).hexdigest()}"'
    assert response["Accept-Ranges"] == "bytes"
    url = reverse("checkpoint-download", args=[checkpoint.id])
    assert client.get(url, headers={"if-none-match": response["ETag"]}).status_code == 304
    weights = client.get(url, {"format": "weights"}, headers={"if-none-match": response["ETag"]})
    assert weights.status_code == 200


def test_a_head_says_what_a_get_would_and_sends_nothing(client_of, viewer, run):
    client, checkpoint = client_of(viewer), make_checkpoint_with_files(run, 5)
    response = client.head(reverse("checkpoint-download", args=[checkpoint.id]))
    assert int(response["Content-Length"]) == len(whole_of(client, checkpoint))
    assert response.content == b""


def test_the_files_are_read_once_and_again_when_they_were_written_since(client_of, viewer, run, data, monkeypatch):
    client, checkpoint = client_of(viewer), make_checkpoint_with_files(run, 5)
    reads = []
    monkeypatch.setattr(
        verification, "verify", lambda *given, **how: reads.append(given) or checkpoint_files.verify(*given)
    )
    assert [download(client, checkpoint).status_code for _ in range(3)] == [200, 200, 200]
    assert len(reads) == 1
    model = data / checkpoint.key / "model.keras"
    written = model.stat()
    model.write_bytes(bytes(written.st_size))
    os.utime(model, ns=(written.st_atime_ns, written.st_mtime_ns))
    response = download(client, checkpoint)
    assert (response.status_code, len(reads)) == (410, 2)
    assert "model.keras was changed" in response.content.decode()


def link_model_to(folder, secret):
    secret.write_bytes(b"OUTSIDE SECRET")
    (folder / "model.keras").unlink()
    (folder / "model.keras").symlink_to(secret)


def forge(folder):
    """Other files, and a manifest that agrees with them."""
    (folder / "state.npz").write_bytes(b"other")
    said = json.loads((folder / "manifest.json").read_text())
    said["files"]["state.npz"] = {"bytes": 5, "sha256": hashlib.sha256(b"other").hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(said))


def test_a_link_out_of_the_store_is_not_followed(client_of, viewer, run, data, tmp_path):
    checkpoint = make_checkpoint_with_files(run, 5)
    link_model_to(data / checkpoint.key, tmp_path / "secret")
    response = download(client_of(viewer), checkpoint)
    assert response.status_code == 410
    assert "model.keras cannot be read (it is a link, not a file)" in response.content.decode()


def test_a_run_that_is_a_link_to_another_folder_is_not_read(client_of, viewer, run, data, tmp_path):
    checkpoint = make_checkpoint_with_files(run, 5)
    runs = data / "runs" / run.id.hex
    runs.rename(tmp_path / "elsewhere")
    runs.symlink_to(tmp_path / "elsewhere")
    response = download(client_of(viewer), checkpoint)
    assert response.status_code == 410
    assert f"its folder {run.id.hex} is a link" in response.content.decode()


def test_files_with_a_manifest_made_to_match_are_refused_by_the_record(client_of, viewer, run, data):
    checkpoint = on_record(make_checkpoint_with_files(run, 5), data)
    forge(data / checkpoint.key)
    response = download(client_of(viewer), checkpoint)
    assert response.status_code == 410
    assert "manifest.json was changed: its SHA-256 is not the one on record" in response.content.decode()


def on_record(checkpoint, data):
    checkpoint.manifest_sha256 = checkpoint_files.manifest_sha256(data / checkpoint.key)
    checkpoint.save(update_fields=["manifest_sha256"])
    return checkpoint


def test_a_bucket_hands_the_file_out_itself_where_that_is_wanted(client_of, viewer, run, bucket, data, settings):
    settings.DOWNLOADS_FROM_BUCKET = True
    checkpoint = on_record(make_checkpoint_with_files(run, 5), data)
    client = client_of(viewer)
    assert download(client, checkpoint).status_code == 200, "it is not in the bucket yet"
    store.publish(checkpoint.key, checkpoint.manifest_sha256)
    address = download(client, checkpoint)["Location"]
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == (data / checkpoint.key / "model.keras").read_bytes()
        assert answer.headers["Content-Disposition"] == NAMED
    assert "Expires=" in address
    assert download(client, checkpoint, "weights").status_code == 200


def test_what_is_not_on_record_is_not_published(run, bucket, data):
    checkpoint = on_record(make_checkpoint_with_files(run, 5), data)
    forge(data / checkpoint.key)
    with pytest.raises(StoreError, match="not the one on record"):
        store.publish(checkpoint.key, checkpoint.manifest_sha256)
    assert list(bucket.objects.all()) == []


LARGE = 50_000_000


def write_large_model(folder):
    write_model(folder)
    with (folder / "model.keras").open("r+b") as file:
        file.truncate(LARGE)


@pytest.mark.django_db(transaction=True)
async def test_a_large_file_is_sent_while_it_is_read(client_of, data, monkeypatch):
    """Through the ASGI application: 50 MB with a few in memory, the first of them before the last is read."""
    monkeypatch.setattr(checkpoint_folders, "write_model", write_large_model)
    cookies, address = await database_sync_to_async(large_download)(client_of)
    sent, requests = [], [{"type": "http.request"}]

    async def send(message):
        sent.append((message["type"], len(message.get("body", b"")), message.get("status")))

    async def receive():
        return requests.pop() if requests else await asyncio.Future()

    headers = [(b"cookie", cookies.encode()), (b"host", b"localhost")]
    scope = {"type": "http", "method": "GET", "path": address, "headers": headers, "query_string": b""}
    tracemalloc.start()
    try:
        await application(scope, receive, send)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sent[0] == ("http.response.start", 0, 200)
    assert sum(size for _, size, _ in sent) == LARGE
    assert peak < 10_000_000


def large_download(client_of):
    team = make_team("Signals")
    viewer = make_user("viewer@example.org", team)
    run = make_run(make_experiment(team, viewer), viewer, "finished")
    checkpoint = make_checkpoint_with_files(run, 5)
    cookies = client_of(viewer).cookies
    pairs = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    return pairs, reverse("checkpoint-download", args=[checkpoint.id])

"""The socket of a run, over a real Redis: in order, once each, and only for those who may see it."""

from __future__ import annotations

import asyncio

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from tests.factories import make_experiment, make_run, record_epochs, started_event
from webapp.asgi import application
from webapp.jobs import live
from webapp.metrics import consumers
from webapp.operators import operating
from webapp.runs.models import Run
from webapp.teams.models import Membership
from webapp.workers.recording.recorder import record

pytestmark = pytest.mark.django_db(transaction=True)
in_thread = database_sync_to_async


@pytest.fixture(autouse=True)
def layer(redis_url, monkeypatch):
    """A channel layer of this test's event loop."""
    monkeypatch.setattr("channels.layers.channel_layers.backends", {})


@pytest.fixture
def run(team, member):
    return make_run(make_experiment(team, member), member, "running")


@pytest.fixture
def socket_of(run, client_of):
    """A socket of the run with the cookies of ``user``; of nobody without."""

    def socket(user=None):
        cookies = client_of(user).cookies if user else {}
        pairs = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
        headers = [(b"cookie", pairs.encode()), *own_origin("http://127.0.0.1:8000", "127.0.0.1:8000")]
        return Socket(application, f"/ws/runs/{run.id}/", headers=headers)

    return socket


def own_origin(origin, host):
    return [(b"origin", origin.encode()), (b"host", host.encode())]


class Socket(WebsocketCommunicator):
    """Waits longer than a second by itself for what must come: three lanes of tests may share two cores."""

    async def connect(self, seconds=10):
        return await super().connect(seconds)

    async def receive_json_from(self, seconds=10):
        return await super().receive_json_from(seconds)

    async def receive_output(self, seconds=10):
        return await super().receive_output(seconds)


async def opened(socket, after=0):
    connected, _ = await socket.connect()
    assert connected
    await socket.send_json_to({"after": after})
    return socket


async def events_of(socket, count, seconds=5.0):
    """The numbers of the next events, at least ``count`` of them."""
    seen = []
    while len(seen) < count:
        batch = await socket.receive_json_from(seconds)
        seen += [event["seq"] for event in batch.get("events", [])]
    return seen


async def test_a_browser_gets_what_came_after_its_number(run, viewer, socket_of):
    await in_thread(record_epochs)(run, 4)
    socket = await opened(await in_thread(socket_of)(viewer), after=2)
    batch = await socket.receive_json_from()
    assert [event["seq"] for event in batch["events"]] == [3, 4, 5]
    assert (batch["state"], batch["progress"]["epoch"]) == ("running", 4)
    await socket.disconnect()


async def test_a_hint_brings_new_events_at_once(run, viewer, socket_of, monkeypatch):
    monkeypatch.setattr(consumers, "POLL_SECONDS", 60)
    socket = await opened(await in_thread(socket_of)(viewer))
    await socket.receive_json_from()
    await asyncio.sleep(0.3)
    await in_thread(record_epochs)(run, 1)
    live.hint(run.id, run.last_seq)
    assert await events_of(socket, 2, seconds=2) == [1, 2]
    await socket.disconnect()


async def test_a_lost_hint_costs_a_moment_and_no_event(run, viewer, socket_of, monkeypatch):
    monkeypatch.setattr(consumers, "POLL_SECONDS", 0.2)
    socket = await opened(await in_thread(socket_of)(viewer))
    await in_thread(record_epochs)(run, 2)
    assert await events_of(socket, 3) == [1, 2, 3]
    await socket.disconnect()


async def test_many_hints_neither_double_nor_reorder_events(run, viewer, socket_of):
    socket = await opened(await in_thread(socket_of)(viewer))
    for _ in range(20):
        await in_thread(record_epochs)(run, 1)
        live.hint(run.id, run.last_seq)
    assert await events_of(socket, 21) == list(range(1, 22))
    await socket.disconnect()


async def test_a_burst_of_hints_is_read_together(run, viewer, socket_of):
    socket = await opened(await in_thread(socket_of)(viewer))
    await socket.receive_json_from()
    await in_thread(record_epochs)(run, 30)
    for seq in range(1, 32):
        live.hint(run.id, seq)
    assert len((await socket.receive_json_from(3))["events"]) == 31
    assert await socket.receive_nothing(0.5)
    await socket.disconnect()


async def test_a_new_connection_goes_on_without_gap_or_double(run, viewer, socket_of):
    first = await opened(await in_thread(socket_of)(viewer))
    await in_thread(record_epochs)(run, 3)
    seen = await events_of(first, 4)
    await first.disconnect()
    await in_thread(record_epochs)(run, 2)
    second = await opened(await in_thread(socket_of)(viewer), after=seen[-1])
    assert seen + await events_of(second, 2) == [1, 2, 3, 4, 5, 6]
    await second.disconnect()


async def test_a_resume_tells_to_drop_what_it_supersedes(run, viewer, socket_of):
    await in_thread(record_epochs)(run, 5)
    await in_thread(Run.objects.filter(id=run.id).update)(attempt=2, recorded_lines=0)
    await in_thread(run.refresh_from_db)()
    await in_thread(record)(run, [started_event(1, epoch=3)])
    socket = await opened(await in_thread(socket_of)(viewer), after=4)
    batch = await socket.receive_json_from()
    assert [(event["kind"], event["epoch"]) for event in batch["events"]] == [("started", 3)]
    await socket.disconnect()


async def test_a_change_of_state_is_told_without_an_event(run, viewer, socket_of):
    socket = await opened(await in_thread(socket_of)(viewer))
    await socket.receive_json_from()
    await in_thread(Run.objects.filter(id=run.id).update)(state="finished")
    live.hint(run.id, 0)
    assert (await socket.receive_json_from(5))["state"] == "finished"
    await socket.disconnect()


async def test_nobody_is_refused_with_4401_and_an_outsider_with_4404(outsider, socket_of):
    assert await (await in_thread(socket_of)()).connect() == (False, 4401)
    assert await (await in_thread(socket_of)(outsider)).connect() == (False, 4404)


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9999"])
async def test_a_page_of_another_site_or_port_is_refused(run, viewer, socket_of, origin):
    socket = await in_thread(socket_of)(viewer)
    socket.scope["headers"] = [socket.scope["headers"][0], *own_origin(origin, "127.0.0.1:8000")]
    assert (await socket.connect())[0] is False


async def test_an_unknown_address_is_refused_with_a_code():
    socket = WebsocketCommunicator(application, "/ws/none/", headers=own_origin("http://localhost", "localhost"))
    assert await socket.connect() == (False, consumers.NOT_FOUND)


@pytest.mark.parametrize("said", [{"text_data": "[" * 20_000}, {"text_data": "{}"}, {"bytes_data": b'{"after": 0}'}])
async def test_nonsense_closes_the_socket_and_is_no_error(said, viewer, socket_of, caplog):
    socket = await in_thread(socket_of)(viewer)
    await socket.connect()
    for _ in range(2):
        await socket.send_to(**said)
    assert (await socket.receive_output())["code"] == consumers.BAD_REQUEST
    assert await socket.receive_nothing()
    await socket.disconnect()
    assert caplog.records == []


async def test_a_person_has_only_so_many_sockets_and_others_have_theirs(viewer, member, socket_of, settings):
    settings.SOCKETS_PER_PERSON = 2
    first, second = [await opened(await in_thread(socket_of)(viewer)) for _ in range(2)]
    third = await in_thread(socket_of)(viewer)
    assert (await third.connect())[0] is True  # a browser sees no code of a socket that was never opened
    await third.send_json_to({"after": 0})
    assert await third.receive_output() == {"type": "websocket.close", "code": consumers.TOO_MANY}
    other = await opened(await in_thread(socket_of)(member))
    await first.disconnect()
    fourth = await opened(await in_thread(socket_of)(viewer))
    assert await fourth.receive_json_from(5)
    for socket in (second, third, other, fourth):
        await socket.disconnect()
    assert consumers.RunConsumer.num_open == {}


async def closed_with(socket):
    """The code with which the server closes, whatever it says before."""
    while (message := await socket.receive_output(5))["type"] != "websocket.close":
        pass
    return message["code"]


async def test_who_leaves_the_team_is_shown_the_door(viewer, socket_of, monkeypatch):
    monkeypatch.setattr(consumers, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(consumers, "POLL_SECONDS", 0.1)
    socket = await opened(await in_thread(socket_of)(viewer))
    await in_thread(Membership.objects.filter(user=viewer).delete)()
    assert await closed_with(socket) == 4404


async def test_a_socket_that_never_asks_is_closed_as_all_others(viewer, socket_of, monkeypatch):
    monkeypatch.setattr(consumers, "CHECK_SECONDS", 0.2)
    socket = await in_thread(socket_of)(viewer)
    await socket.connect()
    await in_thread(Membership.objects.filter(user=viewer).delete)()
    assert await closed_with(socket) == 4404


async def test_deactivation_and_signing_out_everywhere_close_sockets(viewer, member, socket_of, monkeypatch):
    monkeypatch.setattr(consumers, "CHECK_SECONDS", 0.2)
    sockets = [await opened(await in_thread(socket_of)(person)) for person in (viewer, member)]
    await in_thread(operating.deactivate)(viewer, member)
    await in_thread(operating.sign_out)(member, None)
    assert [await closed_with(socket) for socket in sockets] == [4401, 4401]


async def test_who_signs_out_is_shown_the_door(viewer, client_of, socket_of, monkeypatch):
    monkeypatch.setattr(consumers, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(consumers, "POLL_SECONDS", 0.1)
    socket = await opened(await in_thread(socket_of)(viewer))
    await in_thread(viewer.set_password)("another password")
    await in_thread(viewer.save)()
    assert await closed_with(socket) == 4401


async def test_there_is_a_sign_of_life(viewer, socket_of, monkeypatch):
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.2)
    monkeypatch.setattr(consumers, "POLL_SECONDS", 0.1)
    socket = await opened(await in_thread(socket_of)(viewer))
    await socket.receive_json_from()
    assert await socket.receive_json_from(5) == {"beat": True}
    await socket.disconnect()

"""The socket of one run: hints wake it, its content comes from the database.

The browser sends ``{"after": seq}`` and gets every event after that number, in order and once, in batches made by
``webapp.metrics.replay.batch``. A hint only says that there is more; a lost one costs ``POLL_SECONDS``.

A timer checks whether the person may still watch, independently of what the browser sends. A person may have
``SOCKETS_PER_PERSON`` of these in one web process; a further one is opened and closed at once, because a browser
gets no close code from a socket that was never opened.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import translation
from redis.exceptions import RedisError

from webapp.http.security_headers import refuse_socket
from webapp.jobs.live import channel_group
from webapp.language.sockets import language_of_scope
from webapp.metrics import replay
from webapp.runs.models import Run
from webapp.teams.access import membership_in

logger = logging.getLogger(__name__)

READ_SECONDS = 0.05  # between two reads, so that a fast run costs at most twenty reads a second for each watcher
POLL_SECONDS = 2.0  # a hint may be lost
BEAT_SECONDS = 1.5  # of silence; a browser that receives nothing for 8 s shows that, and reconnects
CHECK_SECONDS = 10.0  # until the socket of a person who left the team, or signed out, is closed
BAD_REQUEST, SIGNED_OUT, NOT_FOUND, TOO_MANY, TRY_AGAIN = 4400, 4401, 4404, 4429, 1011
LONGEST_MESSAGE = 200  # characters; a browser sends {"after": …} and nothing else
LARGEST_NUMBER = 2**63 - 1  # the largest number that the database compares with


async def no_such_socket(scope: Any, receive: Any, send: Any) -> None:
    """Refuse an unknown address; not a consumer, because each of those waits on Redis."""
    await refuse_socket(receive, send, NOT_FOUND)


class RunConsumer(AsyncJsonWebsocketConsumer):
    """One browser that watches one run."""

    # How many sockets each person has open in this process.
    num_open: ClassVar[Counter[int]] = Counter()

    run_id: uuid.UUID
    after: int
    user_id: int | None = None
    is_closed = False
    reader: asyncio.Task[None] | None = None
    guard: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.leave()

    async def connect(self) -> None:
        self.run_id = self.scope["url_route"]["kwargs"]["run_id"]
        self.hinted = asyncio.Event()
        self.sent_at = time.monotonic()
        self.shown: dict[str, Any] = {}
        refusal = await self.refusal()
        if refusal:
            await self.close(refusal)
            return
        if not self.enter():
            await self.accept()
            await self.close(TOO_MANY)
            return
        await self.join()
        await self.accept()
        self.guard = asyncio.create_task(self.run_until_closed(self.watch))

    async def disconnect(self, code: int) -> None:
        self.leave()
        with contextlib.suppress(RedisError, OSError):
            await self.channel_layer.group_discard(channel_group(self.run_id), self.channel_name)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close once, and cancel the tasks that would send afterwards."""
        if not self.is_closed:
            self.is_closed = True
            self.leave()
            await super().close(code, reason)

    def enter(self) -> bool:
        """Count this socket. Returns ``False`` if the person has too many already."""
        user_id = self.scope["user"].pk
        if self.num_open[user_id] >= settings.SOCKETS_PER_PERSON:
            return False
        self.num_open[user_id] += 1
        self.user_id = user_id
        return True

    def leave(self) -> None:
        """Cancel the tasks of this socket and stop counting it; a second call does nothing."""
        for task in (self.reader, self.guard):
            if task is not None and task is not asyncio.current_task():
                task.cancel()
        if self.user_id is not None:
            self.num_open[self.user_id] -= 1
            if not self.num_open[self.user_id]:
                del self.num_open[self.user_id]
            self.user_id = None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        after = number_in(text_data)
        if after is None:
            await self.close(BAD_REQUEST)
        elif self.reader is None and self.guard is not None:
            self.after = after
            self.reader = asyncio.create_task(self.run_until_closed(self.follow))

    @classmethod
    async def encode_json(cls, content: Any) -> str:
        return json.dumps(content, cls=DjangoJSONEncoder)

    async def run_hint(self, message: dict[str, Any]) -> None:
        """There are new events in the database: ``{"type": "run.hint", "seq": n}``."""
        self.hinted.set()

    async def run_until_closed(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``work`` until the socket closes; an unavailable database ends it, and the browser reconnects."""
        try:
            await work()
        except OSError:
            self.leave()  # the browser has disconnected; disconnect() follows
        except Exception:
            logger.exception("The socket of run %s failed.", self.run_id)
            await self.close(TRY_AGAIN)

    async def follow(self) -> None:
        """Send events as they are recorded. A socket has one such reader."""
        while True:
            self.hinted.clear()
            has_more = await self.send_newer()
            await asyncio.sleep(READ_SECONDS)  # before the wait, so that a hint then takes effect at once
            if not has_more:
                await self.wait_for_hint()

    async def send_newer(self) -> bool:
        """Send one batch if there is anything new. Returns whether there is more to send at once."""
        batch = await database_sync_to_async(self.batch)()
        if batch is None:
            return False
        status = {name: batch[name] for name in ("state", "progress")}
        if batch["events"] or status != self.shown:
            await self.send_content(batch)
        elif time.monotonic() - self.sent_at > BEAT_SECONDS:
            await self.send_content({"beat": True})
        self.after, self.shown = batch["seq"], status
        return bool(batch["more"])

    async def send_content(self, content: dict[str, Any]) -> None:
        await self.send_json(content)
        self.sent_at = time.monotonic()

    def batch(self) -> dict[str, Any] | None:
        run = replay.fresh(self.run_id)
        if run is None:
            return None
        with translation.override(language_of_scope(self.scope)):
            return replay.batch(run, self.after)

    async def wait_for_hint(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.hinted.wait(), POLL_SECONDS)

    async def watch(self) -> None:
        """Check regularly whether the person may still see the run; close the socket if not."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            refusal = await self.refusal()
            if refusal:
                await self.close(refusal)
                return
            await self.join()

    async def join(self) -> None:
        """Subscribe to hints, again at every check: group memberships expire, and Redis may have been emptied."""
        with contextlib.suppress(RedisError, OSError):
            await self.channel_layer.group_add(channel_group(self.run_id), self.channel_name)

    async def refusal(self) -> int | None:
        """Return the close code, or ``None`` if the person may watch. Rereads session, person and membership."""
        session = self.scope["session"]
        user = await get_user({"session": session.__class__(session.session_key)})
        if not user.is_authenticated:
            return SIGNED_OUT
        self.scope["user"] = user
        return None if await database_sync_to_async(self.may_see)(user) else NOT_FOUND

    def may_see(self, user: Any) -> bool:
        run: Run | None = replay.fresh(self.run_id)
        return run is not None and membership_in(user, run.experiment.team) is not None


def number_in(text: str | None) -> int | None:
    """The number of ``{"after": number}``; ``None`` for anything else that a browser may send."""
    if text is None or len(text) > LONGEST_MESSAGE:
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    after = content.get("after") if isinstance(content, dict) else None
    if not isinstance(after, int) or isinstance(after, bool):
        return None
    return after if 0 <= after <= LARGEST_NUMBER else None

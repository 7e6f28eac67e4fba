"""The socket of one run: hints wake it, the database fills it.

The browser says ``{"after": seq}`` and gets every event after that number, in order and once, in batches as of
``webapp.metrics.replay.batch``. A hint only says that there is more; a lost one costs ``POLL_SECONDS``.

Whether the person may still watch is looked at by a timer, whatever the browser says or does not say. A person may
have ``SOCKETS_PER_PERSON`` of these in one web process; a further one is opened and closed at once, because a browser
sees no code of a socket that was never opened.
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
from redis.exceptions import RedisError

from webapp.http.security_headers import refuse_socket
from webapp.jobs.live import group_of
from webapp.metrics import replay
from webapp.runs.models import Run
from webapp.teams.access import membership_in

logger = logging.getLogger(__name__)

READ_SECONDS = 0.05  # between two reads, so that a fast run costs at most twenty a second and watcher
POLL_SECONDS = 2.0  # a hint may be lost
BEAT_SECONDS = 1.5  # of silence; a browser that hears nothing for 8 s says so, and connects again
CHECK_SECONDS = 10.0  # until a person who left the team, or signed out, is shown the door
BAD_REQUEST, SIGNED_OUT, NOT_FOUND, TOO_MANY, TRY_AGAIN = 4400, 4401, 4404, 4429, 1011
LONGEST_MESSAGE = 200  # characters; {"after": …} is all that a browser says
LARGEST_NUMBER = 2**63 - 1  # what the database can compare with


async def no_such_socket(scope: Any, receive: Any, send: Any) -> None:
    """What an unknown address leads to; no consumer, because each of those waits on Redis."""
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
        self.spoke_at = time.monotonic()
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
        self.guard = asyncio.create_task(self.persevere(self.watch))

    async def disconnect(self, code: int) -> None:
        self.leave()
        with contextlib.suppress(RedisError, OSError):
            await self.channel_layer.group_discard(group_of(self.run_id), self.channel_name)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close once, and end what would send afterwards."""
        if not self.is_closed:
            self.is_closed = True
            self.leave()
            await super().close(code, reason)

    def enter(self) -> bool:
        """Count this socket; ``False`` when the person has too many already."""
        user_id = self.scope["user"].pk
        if self.num_open[user_id] >= settings.SOCKETS_PER_PERSON:
            return False
        self.num_open[user_id] += 1
        self.user_id = user_id
        return True

    def leave(self) -> None:
        """End what works for this socket, and count it no longer; does nothing the second time."""
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
            self.reader = asyncio.create_task(self.persevere(self.follow))

    @classmethod
    async def encode_json(cls, content: Any) -> str:
        return json.dumps(content, cls=DjangoJSONEncoder)

    async def run_hint(self, message: dict[str, Any]) -> None:
        """Something new is in the database: ``{"type": "run.hint", "seq": n}``."""
        self.hinted.set()

    async def persevere(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do ``work`` until the socket closes; an unavailable database ends it, and the browser connects again."""
        try:
            await work()
        except OSError:
            self.leave()  # the browser has gone; disconnect() follows
        except Exception:
            logger.exception("The socket of run %s failed.", self.run_id)
            await self.close(TRY_AGAIN)

    async def follow(self) -> None:
        """Send what is newer than what was sent. The only reader of a socket."""
        while True:
            self.hinted.clear()
            has_more = await self.send_newer()
            await asyncio.sleep(READ_SECONDS)  # before the wait: a hint is then honoured at once
            if not has_more:
                await self.wait_for_hint()

    async def send_newer(self) -> bool:
        """Send one batch when there is anything new; returns whether there is more to send at once."""
        batch = await database_sync_to_async(self.batch)()
        if batch is None:
            return False
        standing = {name: batch[name] for name in ("state", "progress")}
        if batch["events"] or standing != self.shown:
            await self.say(batch)
        elif time.monotonic() - self.spoke_at > BEAT_SECONDS:
            await self.say({"beat": True})
        self.after, self.shown = batch["seq"], standing
        return bool(batch["more"])

    async def say(self, content: dict[str, Any]) -> None:
        await self.send_json(content)
        self.spoke_at = time.monotonic()

    def batch(self) -> dict[str, Any] | None:
        run = replay.fresh(self.run_id)
        return None if run is None else replay.batch(run, self.after)

    async def wait_for_hint(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.hinted.wait(), POLL_SECONDS)

    async def watch(self) -> None:
        """Look again, now and then, whether the person may still see the run; close the socket when not."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            refusal = await self.refusal()
            if refusal:
                await self.close(refusal)
                return
            await self.join()

    async def join(self) -> None:
        """Ask for hints. Asked again at every check: the group forgets its members, and Redis may have been emptied."""
        with contextlib.suppress(RedisError, OSError):
            await self.channel_layer.group_add(group_of(self.run_id), self.channel_name)

    async def refusal(self) -> int | None:
        """The code to close with, or ``None`` when the person may watch. Reads session, person and membership again."""
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
    """The number of ``{"after": number}``; ``None`` for all else that a browser may send."""
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

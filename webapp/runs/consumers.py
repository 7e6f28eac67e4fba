"""The socket of one run: hints wake it, the database fills it.

The browser says ``{"after": seq}`` and gets every event after that number, in order and once, in batches as of
``webapp.runs.replay.batch``. A hint only says that there is more; a lost one costs ``POLL_SECONDS``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
import uuid
from typing import Any

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.core.serializers.json import DjangoJSONEncoder
from redis.exceptions import RedisError

from webapp.metrics.live import group_of
from webapp.runs import replay
from webapp.runs.models import Run
from webapp.teams.access import membership_in

logger = logging.getLogger(__name__)

READ_SECONDS = 0.05  # between two reads, so that a fast run costs at most twenty a second and watcher
POLL_SECONDS = 2.0  # a hint may be lost
CHECK_SECONDS = 10.0  # until a person who left the team, or signed out, is shown the door
BAD_REQUEST, SIGNED_OUT, NOT_FOUND, TRY_AGAIN = 4400, 4401, 4404, 1011


class RunConsumer(AsyncJsonWebsocketConsumer):
    """One browser that watches one run."""

    run_id: uuid.UUID
    after: int
    reader: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.run_id = self.scope["url_route"]["kwargs"]["run_id"]
        self.hinted = asyncio.Event()
        self.checked_at = time.monotonic()
        self.shown: dict[str, Any] = {}
        refusal = await self.refusal()
        if refusal:
            await self.close(refusal)
            return
        await self.join()
        await self.accept()

    async def disconnect(self, code: int) -> None:
        if self.reader is not None:
            self.reader.cancel()
        with contextlib.suppress(RedisError, OSError):
            await self.channel_layer.group_discard(group_of(self.run_id), self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        after = content.get("after") if isinstance(content, dict) else None
        if not isinstance(after, int) or isinstance(after, bool) or after < 0:
            await self.close(BAD_REQUEST)
        elif self.reader is None:
            self.after = after
            self.reader = asyncio.create_task(self.read())

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        try:
            return await super().decode_json(text_data)
        except ValueError:
            return None

    @classmethod
    async def encode_json(cls, content: Any) -> str:
        return json.dumps(content, cls=DjangoJSONEncoder)

    async def run_hint(self, message: dict[str, Any]) -> None:
        """Something new is in the database: ``{"type": "run.hint", "seq": n}``."""
        self.hinted.set()

    async def read(self) -> None:
        """Read until the socket closes; a database that is away ends it, and the browser connects again."""
        try:
            await self.follow()
        except OSError:
            return  # the browser has gone; disconnect() follows
        except Exception:
            logger.exception("The socket of run %s could not read on.", self.run_id)
            await self.close(TRY_AGAIN)

    async def follow(self) -> None:
        """Send what is newer than what was sent, for as long as the person may see it. The only reader of a socket."""
        while await self.may_stay():
            self.hinted.clear()
            has_more = await self.send_newer()
            await asyncio.sleep(READ_SECONDS)  # before the wait: a hint is then heeded at once
            if not has_more:
                await self.wait_for_hint()

    async def send_newer(self) -> bool:
        """Send one batch when there is anything new; returns whether there is more to send at once."""
        batch = await database_sync_to_async(self.batch)()
        if batch is None:
            return False
        standing = {name: batch[name] for name in ("state", "progress")}
        if batch["events"] or standing != self.shown:
            await self.send_json(batch)
        self.after, self.shown = batch["seq"], standing
        return bool(batch["more"])

    def batch(self) -> dict[str, Any] | None:
        run = replay.fresh(self.run_id)
        return None if run is None else replay.batch(run, self.after)

    async def wait_for_hint(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.hinted.wait(), POLL_SECONDS)

    async def may_stay(self) -> bool:
        """Look again, now and then, whether the person may still see the run; close the socket when not."""
        if time.monotonic() - self.checked_at < CHECK_SECONDS:
            return True
        self.checked_at = time.monotonic()
        refusal = await self.refusal()
        if refusal:
            await self.close(refusal)
            return False
        await self.join()
        # Also a sign of life: a browser that hears nothing for a while connects again.
        await self.send_json({"beat": True})
        return True

    async def join(self) -> None:
        """Ask for hints. Asked again at every check: the group forgets its members, and Redis may have been emptied."""
        with contextlib.suppress(RedisError, OSError):
            await self.channel_layer.group_add(group_of(self.run_id), self.channel_name)

    async def refusal(self) -> int | None:
        """The code to close with, or ``None`` when the person may watch. Reads session, person and membership anew."""
        session = self.scope["session"]
        user = await get_user({"session": session.__class__(session.session_key)})
        if not user.is_authenticated:
            return SIGNED_OUT
        return None if await database_sync_to_async(self.may_see)(user) else NOT_FOUND

    def may_see(self, user: Any) -> bool:
        run: Run | None = replay.fresh(self.run_id)
        return run is not None and membership_in(user, run.experiment.team) is not None

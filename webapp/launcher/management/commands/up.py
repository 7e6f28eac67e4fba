"""``manage.py up``: all of Trainyard on this machine, until Ctrl-C."""

from __future__ import annotations

import os
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from trainer.messages.language import terminal_speaks_chinese
from trainer.messages.message import Message, Words, joined
from webapp.launcher import address, lock, product
from webapp.launcher.children import Child
from webapp.launcher.redis_server import PrivateRedis
from webapp.launcher.supervisor import Supervisor
from webapp.teams.links import first_admin, new_sign_in_link, site_address

# A worker has STOP_GRACE_SECONDS to save a checkpoint, and a little more to record it.
GRACE_SECONDS = settings.STOP_GRACE_SECONDS + 10
ANSWER_SECONDS = 60


class Command(BaseCommand):
    help = "Start the web server, the workers, the reconciler and Redis on this machine; Ctrl-C stops all of it."

    def handle(self, *args: Any, **options: Any) -> None:
        if terminal_speaks_chinese():
            translation.activate("zh-hans")
        if sentence := address.why_not(settings.HOST, settings.PORT):
            # A second start in the same folder usually uses the same port too, so only one reason is shown.
            raise CommandError(str(self._why_folder_is_locked() or sentence))
        with self._hold_folder():
            call_command("migrate", verbosity=0, interactive=False)
            self._run()

    def _hold_folder(self) -> Any:
        note = Message("process {pid}, {address}", pid=os.getpid(), address=f"{site_address()}/")
        try:
            return lock.hold(settings.DATA_DIR, note)
        except lock.AlreadyRunning as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            cause = Message(
                "The data folder {folder} cannot be written: {error}. "
                "Give one that you own: TRAINYARD_DATA=~/trainyard make run",
                folder=str(settings.DATA_DIR),
                error=str(error.strerror),
            )
            raise CommandError(str(cause)) from None

    def _why_folder_is_locked(self) -> str:
        try:
            lock.hold(settings.DATA_DIR, Message("")).close()
        except lock.AlreadyRunning as error:
            return str(error)
        except OSError:
            pass
        return ""

    def _run(self) -> None:
        server = None if os.environ.get("REDIS_URL") else PrivateRedis()
        services = [product.redis(server)] if server else []
        children = product.children(server.url if server else settings.REDIS_URL)
        supervisor = Supervisor(services, children, self._say, GRACE_SECONDS)
        supervisor.listen_to_signals()
        try:
            self._start(supervisor, server)
            supervisor.watch()
        finally:
            supervisor.stop()
            if server:
                server.remove()

    def _start(self, supervisor: Supervisor, server: PrivateRedis | None) -> None:
        for child in supervisor.services:
            child.start()
        if server:
            server.wait_until_it_answers()
        for child in supervisor.children:
            child.start()
        web = next(child for child in supervisor.children if child.name == "web")
        self._wait_for_answer(supervisor, web)
        if not supervisor.is_stopping:
            self._say(self._invitation())

    def _wait_for_answer(self, supervisor: Supervisor, web: Child) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while not supervisor.is_stopping:
            if not web.is_running or time.monotonic() > deadline:
                cause = Message("The web server did not start. {log} ends with:", log=str(web.log))
                raise CommandError(f"{cause}\n{web.last_lines()}")
            if address.answers(settings.HOST, settings.PORT):
                return
            time.sleep(0.05)

    def _invitation(self) -> Message:
        """The one line that is printed, with a sign-in link for the first admin."""
        link = f"{site_address()}{new_sign_in_link(first_admin())}"
        others = address.how_others_reach(settings.HOST, settings.PORT)
        sign_in = Message("Sign in with this link, once: {link}", link=link)
        return joined(Message("Trainyard is ready."), others, sign_in)

    def _say(self, line: Words) -> None:
        self.stdout.write(str(line))
        self.stdout.flush()

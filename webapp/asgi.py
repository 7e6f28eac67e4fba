"""HTTP and WebSocket entry of the site."""

from __future__ import annotations

import logging
import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
http = get_asgi_application()

from webapp.http.bodies import LimitedBodies  # noqa: E402 - these need the apps that the line above loads
from webapp.http.logs import WithoutSecrets  # noqa: E402
from webapp.metrics.routing import sockets  # noqa: E402

# Configured by uvicorn itself; it may be on where somebody starts the server without --no-access-log.
logging.getLogger("uvicorn.access").addFilter(WithoutSecrets())

application = ProtocolTypeRouter({"http": LimitedBodies(http), "websocket": sockets})

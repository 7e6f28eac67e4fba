"""Parts of a page that are polled while a worker is busy."""

from __future__ import annotations

from django.http import HttpResponse


def reload_page() -> HttpResponse:
    """The answer to a poll once the work has ended: htmx then reloads the whole page."""
    return HttpResponse(headers={"HX-Refresh": "true"})

"""The health check, for load balancers and administrators."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from webapp.jobs.dispatch import is_redis_there
from webapp.teams.access import public


@public
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """``{"database": true, "redis": true}``; 503 without the database.

    Without Redis, pages work and training continues, so that alone is no reason to take the site out of service.
    """
    database = _is_database_there()
    return JsonResponse({"database": database, "redis": is_redis_there()}, status=200 if database else 503)


def _is_database_there() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return True
    except DatabaseError:
        return False

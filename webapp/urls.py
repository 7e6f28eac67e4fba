"""Every address of the site. Each app has its own ``urls.py``; names are unique over all of them."""

from __future__ import annotations

from django.urls import include, path

from webapp.api.health import healthz

handler400 = "webapp.http.errors.bad_request"
handler403 = "webapp.http.errors.permission_denied"
handler404 = "webapp.http.errors.not_found"
handler500 = "webapp.http.errors.server_error"
urlpatterns = [
    path("", include("webapp.pages.teams.urls")),
    path("", include("webapp.pages.operators.urls")),
    path("", include("webapp.pages.site.urls")),
    path("", include("webapp.pages.experiments.urls")),
    path("", include("webapp.pages.runs.urls")),
    path("", include("webapp.pages.launches.urls")),
    path("", include("webapp.pages.checkpoints.urls")),
    path("", include("webapp.pages.storage.urls")),
    path("", include("webapp.pages.datasets.urls")),
    path("", include("webapp.pages.comparison.urls")),
    path("", include("webapp.pages.workers.urls")),
    path("api/v1/", include("webapp.api.urls")),
    path("healthz/", healthz, name="healthz"),
]

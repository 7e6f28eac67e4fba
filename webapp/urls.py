"""Every address of the site. Each app has its own ``urls.py``; names are unique over all of them."""

from __future__ import annotations

from django.urls import include, path

from webapp.api.health import healthz

handler400 = "webapp.http.errors.bad_request"
handler403 = "webapp.http.errors.permission_denied"
handler404 = "webapp.http.errors.not_found"
handler500 = "webapp.http.errors.server_error"
urlpatterns = [
    path("", include("webapp.teams.pages.urls")),
    path("", include("webapp.operators.pages.urls")),
    path("", include("webapp.site.urls")),
    path("", include("webapp.experiments.pages.urls")),
    path("", include("webapp.runs.pages.urls")),
    path("", include("webapp.launches.pages.urls")),
    path("", include("webapp.checkpoints.pages.urls")),
    path("", include("webapp.storage.pages.urls")),
    path("", include("webapp.datasets.pages.urls")),
    path("", include("webapp.comparison.urls")),
    path("", include("webapp.jobs.pages.urls")),
    path("api/v1/", include("webapp.api.urls")),
    path("healthz/", healthz, name="healthz"),
]

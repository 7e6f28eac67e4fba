"""URLs of downloads and of freeing space."""

from __future__ import annotations

from django.urls import path

from webapp.pages.storage import downloads, freeing

urlpatterns = [
    path("checkpoints/free/", freeing.checkpoints_free, name="checkpoints-free"),
    path("checkpoints/<uuid:id>/download/", downloads.checkpoint_download, name="checkpoint-download"),
]

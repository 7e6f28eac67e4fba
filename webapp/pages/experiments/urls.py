"""URLs of experiments."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.pages.experiments import views

urlpatterns: list[URLPattern] = [
    path("experiments/", views.experiments, name="experiments"),
    path("experiments/new/", views.experiment_new, name="experiment-new"),
    path("experiments/<uuid:experiment_id>/", views.experiment, name="experiment"),
    path("experiments/<uuid:experiment_id>/export/", views.experiment_export, name="experiment-export"),
    path("experiments/<uuid:experiment_id>/edit/", views.experiment_edit, name="experiment-edit"),
    path("experiments/<uuid:experiment_id>/archive/", views.experiment_archive, name="experiment-archive"),
    path("experiments/<uuid:experiment_id>/unarchive/", views.experiment_unarchive, name="experiment-unarchive"),
]

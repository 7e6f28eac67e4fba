"""Datasets."""

from __future__ import annotations

from django.urls import path

from webapp.pages.datasets import views

urlpatterns = [
    path("datasets/", views.dataset_list, name="datasets"),
    path("datasets/<slug:name>/", views.dataset_page, name="dataset"),
    path("datasets/<slug:name>/status/", views.dataset_status, name="dataset-status"),
    path("datasets/<slug:name>/prepare/", views.dataset_prepare, name="dataset-prepare"),
]

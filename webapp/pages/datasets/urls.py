"""Datasets."""

from __future__ import annotations

from django.urls import path

from webapp.pages.datasets import examples, mending, plugins, uploads, views

urlpatterns = [
    path("datasets/", views.dataset_list, name="datasets"),
    path("datasets/new/", uploads.new, name="dataset-new"),
    path("datasets/uploads/", uploads.begin, name="upload-begin"),
    path("datasets/uploads/python/", plugins.plugin_list, name="plugins"),
    path("datasets/uploads/python/status/", plugins.plugin_status, name="plugin-status"),
    path("datasets/uploads/python/scan/", plugins.plugin_scan, name="plugin-scan"),
    path("datasets/uploads/python/begin/", plugins.plugin_begin, name="plugin-begin"),
    path("datasets/uploads/<uuid:upload_id>/", uploads.upload_page, name="upload"),
    path("datasets/uploads/<uuid:upload_id>/part/", uploads.part, name="upload-part"),
    path("datasets/uploads/<uuid:upload_id>/status/", uploads.status, name="upload-status"),
    path("datasets/uploads/<uuid:upload_id>/look/", uploads.look, name="upload-look"),
    path("datasets/uploads/<uuid:upload_id>/remedy/", uploads.remedy, name="upload-remedy"),
    path("datasets/uploads/<uuid:upload_id>/accept/", uploads.accept, name="upload-accept"),
    path("datasets/uploads/<uuid:upload_id>/discard/", uploads.discard, name="upload-discard"),
    path("datasets/<slug:name>/", views.dataset_page, name="dataset"),
    path("datasets/<slug:name>/status/", views.dataset_status, name="dataset-status"),
    path("datasets/<slug:name>/prepare/", views.dataset_prepare, name="dataset-prepare"),
    path("datasets/<slug:name>/delete/", views.dataset_delete, name="dataset-delete"),
    path("datasets/<slug:name>/examples/", examples.examples, name="dataset-examples"),
    path("datasets/<slug:name>/relabel/", mending.relabel, name="dataset-relabel"),
    path("datasets/<slug:name>/leave-out/", mending.leave_out, name="dataset-leave-out"),
    path("datasets/<slug:name>/take-back/", mending.take_back, name="dataset-take-back"),
    path("datasets/<slug:name>/forget/", mending.forget, name="dataset-forget"),
    path("datasets/<slug:name>/mend/", mending.mend, name="dataset-mend"),
    path("datasets/<slug:name>/train/", mending.train, name="dataset-train"),
]

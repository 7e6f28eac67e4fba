"""Addresses of runs: the list and the launch form, then the page of one run and its actions."""

from __future__ import annotations

from django.urls import URLPattern, path

listing_and_launching: list[URLPattern] = []
one_run: list[URLPattern] = []

urlpatterns = [*listing_and_launching, *one_run]

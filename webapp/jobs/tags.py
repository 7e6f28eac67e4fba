"""Template filters that say in words what code calls by a name; builtin, because every page shows jobs."""

from __future__ import annotations

from django import template

from webapp.jobs.wording import ending_in_words, state_in_words

register = template.Library()
register.filter("state_in_words", state_in_words)
register.filter("ending_in_words", ending_in_words)

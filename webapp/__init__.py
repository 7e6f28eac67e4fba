"""The Django site. Importing it makes the Celery application known, as ``celery -A webapp`` expects."""

from webapp.celery import app as celery_app

__all__ = ["celery_app"]

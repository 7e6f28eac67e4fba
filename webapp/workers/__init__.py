"""The Celery side: a worker claims a job, supervises a trainer process and records what it reports.

Not here: what pages show of a job. Only Celery and `manage.py reconcile` import this room.
"""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "webapp.jobs"
    # The prefix of its tables and migrations, which are older than this package.
    label = "workers"

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "webapp.jobs"
    # The name of its tables and migrations, which are older than the room.
    label = "workers"

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DatasetsConfig(AppConfig):
    name = "webapp.datasets"

    def ready(self) -> None:
        from webapp.datasets.shared import record_shared_datasets

        post_migrate.connect(record_shared_datasets, sender=self)

from django.db import migrations


def find_datasets(apps, schema_editor):
    """A dataset that no worker had read has no row yet."""
    Dataset = apps.get_model("datasets", "Dataset")
    Experiment = apps.get_model("experiments", "Experiment")
    for name in Experiment.objects.values_list("dataset", flat=True).distinct():
        dataset, _ = Dataset.objects.get_or_create(name=name, team=None, version=1, defaults={"state": "stopped"})
        Experiment.objects.filter(dataset=name).update(dataset_row=dataset)


def name_datasets(apps, schema_editor):
    Experiment = apps.get_model("experiments", "Experiment")
    for experiment in Experiment.objects.select_related("dataset_row").defer("dataset_row__facts"):
        Experiment.objects.filter(pk=experiment.pk).update(dataset=experiment.dataset_row.name)


class Migration(migrations.Migration):
    """In a transaction of its own: PostgreSQL alters no table whose changed rows still have to be checked."""

    dependencies = [("experiments", "0002_point_to_a_dataset")]

    operations = [migrations.RunPython(find_datasets, name_datasets)]

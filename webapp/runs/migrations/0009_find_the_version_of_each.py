from django.db import migrations
from django.db.models import OuterRef, Subquery


def find_versions(apps, schema_editor):
    """Until now an experiment was about one version, and all its runs trained on it."""
    Experiment = apps.get_model("experiments", "Experiment")
    Run = apps.get_model("runs", "Run")
    of_the_experiment = Experiment.objects.filter(pk=OuterRef("experiment_id")).values("dataset_id")
    Run.objects.update(dataset_id=Subquery(of_the_experiment))


class Migration(migrations.Migration):
    """In a transaction of its own: PostgreSQL alters no table whose changed rows still have to be checked."""

    dependencies = [("runs", "0008_train_on_a_version"), ("experiments", "0004_the_dataset_is_a_row")]

    operations = [migrations.RunPython(find_versions, migrations.RunPython.noop)]

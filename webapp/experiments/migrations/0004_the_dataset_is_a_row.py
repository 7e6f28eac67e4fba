import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("experiments", "0003_find_the_dataset_of_each")]

    operations = [
        # First optional, so that undoing this can bring the column back to rows that exist.
        migrations.AlterField(model_name="experiment", name="dataset", field=models.CharField(max_length=64, default="")),
        migrations.RemoveField(model_name="experiment", name="dataset"),
        migrations.RenameField(model_name="experiment", old_name="dataset_row", new_name="dataset"),
        migrations.AlterField(
            model_name="experiment",
            name="dataset",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="experiments", to="datasets.dataset"),
        ),
    ]

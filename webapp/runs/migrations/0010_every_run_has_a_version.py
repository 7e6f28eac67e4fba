import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0009_find_the_version_of_each")]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="dataset",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="datasets.dataset"
            ),
        ),
    ]

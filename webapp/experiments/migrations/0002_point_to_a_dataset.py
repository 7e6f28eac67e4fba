import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0002_teams_versions_and_facts"),
        ("experiments", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="experiment",
            name="dataset_row",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="experiments", to="datasets.dataset"),
        ),
    ]

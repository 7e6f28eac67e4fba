import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import webapp.datasets.fields


class Migration(migrations.Migration):
    """The facts of rows that exist already are filled in after every migration: webapp/datasets/shared.py."""

    dependencies = [
        ("datasets", "0001_initial"),
        ("teams", "0005_name_the_first_operator"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="team",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="datasets", to="teams.team"),
        ),
        migrations.AddField(
            model_name="dataset",
            name="owner",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(model_name="dataset", name="version", field=models.PositiveIntegerField(default=1)),
        migrations.AddField(model_name="dataset", name="facts", field=webapp.datasets.fields.FactsField(default=dict)),
        migrations.AddField(model_name="dataset", name="num_bytes", field=models.PositiveBigIntegerField(default=0)),
        migrations.AlterField(model_name="dataset", name="name", field=models.CharField(max_length=64)),
        migrations.AddConstraint(
            model_name="dataset",
            constraint=models.UniqueConstraint(fields=("team", "name", "version"), name="one_version_in_a_team"),
        ),
        migrations.AddConstraint(
            model_name="dataset",
            constraint=models.UniqueConstraint(condition=models.Q(("team", None)), fields=("name", "version"), name="one_version_for_all"),
        ),
    ]

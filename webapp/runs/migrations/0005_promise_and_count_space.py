from django.db import migrations, models
from django.db.models import Count, Sum, TextField
from django.db.models.functions import Cast, Length

# As in webapp.metrics.row_sizes when this was written.
ROW_BYTES = 300


def count_recorded_bytes(apps, schema_editor):
    """What runs have recorded before it was counted. What they were promised stays 0: nobody asked for it then."""
    text = Length(Cast("payload", TextField()))
    events = apps.get_model("metrics", "RunEvent").objects.order_by().values_list("run")
    runs = apps.get_model("runs", "Run").objects
    for run, size, number in list(events.annotate(size=Sum(text), number=Count("pk"))):
        runs.filter(pk=run).update(recorded_bytes=size + ROW_BYTES * number)


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0004_time_at_work"),
        ("metrics", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="over_quota_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="promised_bytes",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="recorded_bytes",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.RunPython(count_recorded_bytes, migrations.RunPython.noop, elidable=True),
    ]

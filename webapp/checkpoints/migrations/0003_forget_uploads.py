"""Uploads of predictions that have ended are no longer kept; those that were kept until now go."""

from django.db import migrations


def forget_uploads(apps, schema_editor):
    ended = apps.get_model("checkpoints", "Prediction").objects.filter(state__in=["stopped", "finished", "failed"])
    ended.filter(picture__isnull=False).update(picture=None)


class Migration(migrations.Migration):
    dependencies = [("checkpoints", "0002_remember_manifests")]

    operations = [migrations.RunPython(forget_uploads, migrations.RunPython.noop)]

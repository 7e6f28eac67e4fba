from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0004_uploads")]

    operations = [
        migrations.AlterField(
            "upload",
            "dataset",
            models.ForeignKey(
                null=True, on_delete=models.deletion.CASCADE, related_name="+", to="datasets.dataset"
            ),
        ),
    ]

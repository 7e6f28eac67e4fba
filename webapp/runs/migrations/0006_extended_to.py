from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0005_promise_and_count_space'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='extended_to',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
    ]

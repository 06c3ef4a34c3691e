"""What the last review of each zone found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posture", "0001_sightings_and_days")]
    operations = [
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("zone", models.CharField(max_length=20, unique=True, verbose_name="zone")),
                ("at", models.DateTimeField(verbose_name="read at")),
                ("content", models.JSONField(verbose_name="content")),
            ],
            options={"verbose_name": "kept reading", "verbose_name_plural": "kept readings", "ordering": ("zone",)},
        ),
    ]

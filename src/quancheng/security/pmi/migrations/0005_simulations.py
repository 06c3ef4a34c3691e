"""Changes of privileges tried on the trail."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pmi", "0004_emergencies")]
    operations = [
        migrations.CreateModel(
            name="Simulation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("maker_id", models.CharField(max_length=120, verbose_name="person")),
                ("maker_name", models.CharField(max_length=200, verbose_name="name")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("change", models.JSONField(verbose_name="change")),
                ("since", models.DateField(verbose_name="first day")),
                ("until", models.DateField(verbose_name="last day")),
                ("sight", models.JSONField(verbose_name="places that may be seen")),
                ("basis", models.CharField(blank=True, max_length=64, verbose_name="roles at the beginning")),
                ("first", models.BigIntegerField(default=0, verbose_name="begins at")),
                ("cursor", models.BigIntegerField(default=0, verbose_name="has come to")),
                ("last", models.BigIntegerField(default=0, verbose_name="ends at")),
                ("found", models.JSONField(default=dict, verbose_name="result")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
            ],
            options={
                "verbose_name": "simulation",
                "verbose_name_plural": "simulations",
                "ordering": ("-made_at", "id"),
                "indexes": [
                    models.Index(fields=["finished_at"], name="pmi_simulation_running"),
                    models.Index(fields=["maker_id", "-made_at"], name="pmi_simulation_maker"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gte", models.F("since"))), name="pmi_simulation_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cursor__gte", models.F("first")), ("cursor__lte", models.F("last"))),
                        name="pmi_simulation_cursor",
                    ),
                ],
            },
        ),
    ]

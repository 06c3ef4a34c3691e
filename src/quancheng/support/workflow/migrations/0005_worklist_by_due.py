"""A worklist over many departments is read in its order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workflow", "0004_very_many_cases"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("state__in", ["OPEN", "CLAIMED"])),
                fields=["due_on", "id"],
                name="workflow_open_by_due",
            ),
        ),
    ]

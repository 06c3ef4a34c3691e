"""People are found by the reference that messages without their number name them by (pmi.reference)."""

from hashlib import sha256
from typing import Any

from django.db import migrations, models

PORTION = 1000


def refer(apps: Any, _editor: Any) -> None:
    """Write the reference of everybody who has a number, a portion at a time."""
    people = apps.get_model("identity", "Person").objects
    portion = []
    for person in people.exclude(identity_number="").only("pk", "identity_number").iterator(PORTION):
        person.reference = "subject:" + sha256(person.identity_number.strip().upper().encode()).hexdigest()[:32]
        portion.append(person)
        if len(portion) == PORTION:
            people.bulk_update(portion, ["reference"])
            portion = []
    people.bulk_update(portion, ["reference"])


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0012_signing_in_by_saml"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="reference",
            field=models.CharField(
                blank=True, db_index=True, default="", editable=False, max_length=80, verbose_name="reference"
            ),
            preserve_default=False,
        ),
        migrations.RunPython(refer, migrations.RunPython.noop),
    ]

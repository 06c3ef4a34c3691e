from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("pki", "0008_fleets_and_recipients"),
    ]

    operations = [
        migrations.AddField(
            model_name="certificate",
            name="shard",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="part of the revocation list"),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(fields=["shard", "revoked_at"], name="pki_shard", condition=Q(("shard__gt", 0))),
        ),
    ]

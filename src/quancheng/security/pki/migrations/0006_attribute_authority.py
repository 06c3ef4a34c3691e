from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pki", "0005_escrow"),
    ]

    operations = [
        migrations.AlterField(
            model_name="certificate",
            name="profile",
            field=models.CharField(
                choices=[
                    ("seal", "organisation seal"),
                    ("zone", "zone"),
                    ("timestamp", "timestamp service"),
                    ("person-signature", "person, signing"),
                    ("person-encryption", "person, encryption"),
                    ("server", "server certificate"),
                    ("device", "device certificate"),
                    ("ocsp", "OCSP responder"),
                    ("attribute-authority", "attribute authority"),
                ],
                max_length=20,
                verbose_name="profile",
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="profile",
            field=models.CharField(
                choices=[
                    ("seal", "organisation seal"),
                    ("zone", "zone"),
                    ("timestamp", "timestamp service"),
                    ("person-signature", "person, signing"),
                    ("person-encryption", "person, encryption"),
                    ("server", "server certificate"),
                    ("device", "device certificate"),
                    ("ocsp", "OCSP responder"),
                    ("attribute-authority", "attribute authority"),
                ],
                max_length=20,
                verbose_name="profile",
            ),
        ),
    ]

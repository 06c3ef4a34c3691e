from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("attributes", "0001_attribute_authority"),
    ]

    operations = [
        migrations.AddField(
            model_name="attributecertificate",
            name="giver_name",
            field=models.CharField(blank=True, default="", max_length=60, verbose_name="whose post it is"),
            preserve_default=False,
        ),
    ]

"""The table of letters goes; its lines stand in the ledger of deliveries."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_letters_become_deliveries")]

    operations = [migrations.DeleteModel(name="Letter")]

"""Gives what waits at this moment its salt and keys back, so that there is one kind of waiting entry (ADR 10)."""

from django.db import migrations


def take_back(apps, schema_editor):
    entries = apps.get_model("trail", "Entry").objects
    key, name = apps.get_model("trail", "BodyKey").objects, apps.get_model("trail", "EntryName").objects
    for pk in list(entries.filter(index=None).values_list("pk", flat=True)):
        salt = key.filter(entry_id=pk).values_list("salt", flat=True).first()
        found = name.filter(entry_id=pk).order_by("key").values_list("key", flat=True)
        entries.filter(pk=pk).update(salt=salt, keys=b"".join(bytes(value) for value in found))
        key.filter(entry_id=pk).delete()
        name.filter(entry_id=pk).delete()


class Migration(migrations.Migration):
    dependencies = [("trail", "0007_waiting_entries_are_one_row")]
    operations = [migrations.RunPython(take_back, migrations.RunPython.noop)]

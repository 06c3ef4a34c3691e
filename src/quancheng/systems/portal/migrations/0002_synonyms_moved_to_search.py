"""The editors' synonyms become a version of the list that all systems share."""

from django.db import migrations
from django.utils import timezone


def move(apps, schema_editor):
    rows = apps.get_model("portal", "Synonym").objects.order_by("saying").values_list("saying", "official")
    lists = apps.get_model("search", "SynonymList").objects
    if rows and not lists.exists():
        lines = [f"{saying} => {official}" for saying, official in rows if not {*saying, *official} & set(",、#\n")]
        lists.create(number=1, text="\n".join(lines) + "\n", changed_by="", changed_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_pages_and_services"), ("search", "0001_index")]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel(name="Synonym"),
    ]

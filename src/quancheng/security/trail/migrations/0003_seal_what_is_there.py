"""Seals the bodies that were kept in the clear and gives every entry its names."""

import hashlib
import json

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import migrations

# As rules.key and engine.sealing were when this was written.


def name_key(kind, value):
    return hashlib.sha256(f"quancheng trail {kind}\n{value}".encode()).digest()


def sealed(salt, body):
    return AESGCM(hashlib.sha256(b"quancheng trail body\n" + salt).digest()).encrypt(bytes(12), body.encode(), None)


def seal(apps, schema_editor):
    entries = apps.get_model("trail", "Entry").objects
    key, name = apps.get_model("trail", "BodyKey"), apps.get_model("trail", "EntryName")
    for row in entries.exclude(body=None).order_by("id").iterator(chunk_size=1000):
        body = json.loads(row.body)
        salt = bytes(row.salt)
        key.objects.create(entry_id=row.pk, salt=salt)
        found = {name_key("about", subject) for subject in body["subjects"]}
        if body["actor_id"]:
            found.add(name_key("by", body["actor_id"]))
        name.objects.bulk_create(name(entry_id=row.pk, key=value) for value in sorted(found))
        entries.filter(pk=row.pk).update(sealed=sealed(salt, row.body))


class Migration(migrations.Migration):
    dependencies = [("trail", "0002_sealed_bodies_and_register")]
    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]

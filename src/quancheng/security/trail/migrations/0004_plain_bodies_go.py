"""What is sealed now need not be kept in the clear."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("trail", "0003_seal_what_is_there")]
    operations = [
        migrations.DeleteModel(name="EntrySubject"),
        migrations.RemoveConstraint(model_name="entry", name="trail_salt_goes_with_body"),
        migrations.RemoveField(model_name="entry", name="body"),
        migrations.RemoveField(model_name="entry", name="salt"),
    ]

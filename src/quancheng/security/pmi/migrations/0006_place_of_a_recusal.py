"""Where somebody serves who is recused: who reads recusals of one department need not see those of another."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pmi", "0005_simulations")]
    operations = [
        migrations.AddField(
            model_name="recusal",
            name="organisation",
            field=models.CharField(blank=True, default="", max_length=400, verbose_name="organisation"),
            preserve_default=False,
        ),
    ]

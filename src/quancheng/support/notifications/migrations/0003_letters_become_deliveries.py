"""What letters said becomes lines of the ledger, under the same ids, so that none is sent twice."""

from django.db import migrations

STATES = {"delivered": "sent"}  # the mail server took it; that it arrived was never known
WAITING = ("created", "temporary-failure")


def carry_over(apps, schema_editor):
    letters = apps.get_model("notifications", "Letter")
    deliveries = apps.get_model("notifications", "Delivery")
    batch = []
    for letter in letters.objects.select_related("message").order_by("pk").iterator(500):
        message = letter.message
        batch.append(
            deliveries(
                id=letter.pk, message=message, account_id=message.account_id, kind=message.kind, channel="email",
                to=letter.to, subject=message.subject, text=message.text, url=message.url,
                state=STATES.get(letter.state, letter.state), attempts=letter.attempts, created_at=message.created_at,
                due_at=letter.due_at if letter.state in WAITING else None, taken_at=letter.taken_at,
                sent_at=letter.delivered_at, why=letter.why,
            )
        )  # fmt: skip
        if len(batch) == 500:
            deliveries.objects.bulk_create(batch)
            batch = []
    deliveries.objects.bulk_create(batch)


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_templates_deliveries_wishes")]

    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]

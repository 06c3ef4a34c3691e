"""Answers from a million cases: by status, by place, by what ended last; in PostgreSQL by pairs of characters."""

from django.db import migrations, models

# LIKE '%…%' reads every case, and trigrams know neither words of two characters nor, in some locales, Chinese. So each
# case is found by the pairs of neighbouring characters in its title and subject. A costly function: where few cases are
# left, PostgreSQL compares them as texts first. https://www.postgresql.org/docs/15/gin-builtin-opclasses.html
FUNCTION = """
CREATE FUNCTION workflow_pairs(given text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
    SELECT array(
        SELECT DISTINCT substr(upper(given), place, 2) FROM generate_series(1, length(upper(given)) - 1) AS place
    )
$$
"""
INDEX = "CREATE INDEX workflow_case_pairs ON workflow_case USING gin (workflow_pairs(title || chr(10) || subject))"


def forward(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION)
        schema_editor.execute(INDEX)


def backward(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX workflow_case_pairs")
        schema_editor.execute("DROP FUNCTION workflow_pairs(text)")


class Migration(migrations.Migration):
    dependencies = [("workflow", "0003_elements")]

    operations = [
        migrations.AddIndex(
            "case",
            models.Index(fields=["status", "-id"], name="workflow_case_by_status"),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["organisation", "-id"],
                name="workflow_case_by_place",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=models.Q(("status", "RUNNING")),
                fields=["key", "definition", "app_label", "id"],
                name="workflow_running_cases",
            ),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=models.Q(("status", "RUNNING"), _negated=True),
                fields=["key", "-ended_at", "-id"],
                name="workflow_ended_cases",
            ),
        ),
        migrations.RunPython(forward, backward),
    ]

"""Answers from a million documents: neighbourhoods of ids in PostgreSQL's index, and words backwards."""

from django.db import migrations, models

# GIN gives matches in no order and checks each in the table. A common word has hundreds of thousands; only the newest
# are wanted. Asked for within two neighbourhoods (of 16,384 ids) first, then twice as many, and so on, no question
# looks at more than about twice what it needs. A sequential scan would unpack every row's tokens, which the planner does
# not reckon with. https://www.postgresql.org/docs/15/gin-implementation.html
FUNCTION = """
CREATE FUNCTION search_ids(wanted tsquery, most integer) RETURNS SETOF bigint LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET jit = off SET work_mem = '32MB' AS $$
DECLARE
    upper_one bigint := (SELECT max(id) >> 14 FROM search_index);
    lower_one bigint;
    span integer := 2;
    left_over integer := most;
    count_now integer;
    near tsquery;
BEGIN
    WHILE upper_one >= 0 AND left_over > 0 LOOP
        lower_one := CASE WHEN span > 16 THEN 0 ELSE greatest(upper_one - span + 1, 0) END;
        IF lower_one > 0 THEN
            near := (SELECT string_agg('b_' || place, ' | ') FROM generate_series(lower_one, upper_one) AS place)::tsquery;
            RETURN QUERY SELECT found.id FROM (
                SELECT search_index.id FROM search_index WHERE tokens @@ (wanted && near) OFFSET 0
            ) AS found ORDER BY found.id DESC LIMIT left_over;
        ELSE
            RETURN QUERY SELECT found.id FROM (
                SELECT search_index.id FROM search_index WHERE tokens @@ wanted OFFSET 0
            ) AS found WHERE found.id < (upper_one + 1) << 14 ORDER BY found.id DESC LIMIT left_over;
        END IF;
        GET DIAGNOSTICS count_now = ROW_COUNT;
        left_over := left_over - count_now;
        upper_one := lower_one - 1;
        span := span * 2;
    END LOOP;
END $$
"""


def forward(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("UPDATE search_index SET tokens = tokens || array_to_tsvector(ARRAY['b_' || (id >> 14)])")
        schema_editor.execute(FUNCTION)
    words = apps.get_model("search", "Word").objects
    for word in words.only("text").iterator():
        words.filter(pk=word.pk).update(mirror=word.text[::-1])


def backward(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION search_ids(tsquery, integer)")


class Migration(migrations.Migration):
    dependencies = [("search", "0001_index")]

    operations = [
        migrations.AddField(
            "word",
            "mirror",
            models.CharField(default="", db_index=True, max_length=20, verbose_name="word backwards"),
            preserve_default=False,
        ),
        migrations.RunPython(forward, backward),
    ]

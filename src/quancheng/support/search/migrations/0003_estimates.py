"""Answers from a million documents: as many rounds through PostgreSQL's index as the planner's estimate calls for."""

import importlib

from django.db import migrations

# A round through the index costs about as much for a few neighbourhoods of ids as for all of them (the rarest token
# leads); what the neighbourhoods save is visits to the table, for words that hundreds of thousands of documents have. So
# all are asked at once where the planner, which keeps how frequent the most frequent tokens are, expects no more than
# five times of what is wanted. Otherwise as many of the newest as should be enough, corrected by what was found there.
# Such a function may ask the planner only if it is volatile. https://www.postgresql.org/docs/15/gin-tips.html
FUNCTION = """
CREATE OR REPLACE FUNCTION search_ids(wanted tsquery, most integer) RETURNS SETOF bigint LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET jit = off SET work_mem = '32MB' AS $$
DECLARE
    upper_one bigint := (SELECT max(id) >> 14 FROM search_index);
    lower_one bigint;
    near tsquery;
    plan json;
    expected float;
    span float;
    looked_at float := 0;
    left_over integer := most;
    count_now integer;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM search_index WHERE tokens @@ ' || quote_literal(wanted) || '::tsquery'
    INTO plan;
    expected := greatest((plan -> 0 -> 'Plan' ->> 'Plan Rows')::float, 1);
    span := CASE WHEN expected <= 5.0 * most THEN upper_one + 1 ELSE 1.5 * most * (upper_one + 1) / expected END;
    WHILE upper_one >= 0 AND left_over > 0 LOOP
        -- Where half of what remains would be asked, all of it is.
        lower_one := CASE WHEN 2 * span > upper_one THEN 0 ELSE upper_one - ceil(span)::bigint + 1 END;
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
        looked_at := looked_at + upper_one - lower_one + 1;
        upper_one := lower_one - 1;
        span := least(4 * looked_at, 1.5 * left_over * looked_at / greatest(most - left_over, 1));
    END LOOP;
END $$
"""


def forward(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION)


def backward(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        before = importlib.import_module("quancheng.support.search.migrations.0002_neighbourhoods")
        schema_editor.execute("DROP FUNCTION search_ids(tsquery, integer)")
        schema_editor.execute(before.FUNCTION)


class Migration(migrations.Migration):
    dependencies = [("search", "0002_neighbourhoods")]

    operations = [migrations.RunPython(forward, backward)]

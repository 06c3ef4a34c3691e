"""A query whose SQL was made once finds what the queryset itself would find."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import CharField, DateField
from django.test.utils import CaptureQueriesContext

from quancheng.kernel import plain_sql
from quancheng.kernel.statements import Parameter, Statement
from quancheng.security.identity.models import Organisation
from quancheng.security.identity.queries import places

DAY = date(2026, 11, 23)
FACTS = ("id", "path", "former_paths", "valid_until")


@pytest.fixture
def offices(db):
    for number in range(6):
        Organisation.objects.create(
            code=f"o{number}", path=f"o{number}/", name=f"局{number}", valid_from=DAY - timedelta(days=number),
            valid_until=DAY + timedelta(days=9 - number * 2), former_paths=[f"old{number}/"],
        )  # fmt: skip


def ask(day, path):
    return Organisation.objects.filter(places.valid_on(day), path__gte=path).order_by("path").values_list(*FACTS)


@pytest.fixture(scope="module")
def statement():
    return Statement(lambda: ask(Parameter("day", DateField()), Parameter("path", CharField())))


@pytest.mark.parametrize("days", [-3, 0, 2, 8, 20])
@pytest.mark.parametrize("path", ["", "o3/", "' OR 1=1 --"])
def test_the_same_rows_with_the_same_types(offices, statement, days, path):
    day = DAY + timedelta(days=days)

    assert statement.rows(day=day, path=path) == list(ask(day, path))


def test_one_query_each_time_and_no_sql_made_again(offices, statement, monkeypatch):
    statement.rows(day=DAY, path="")
    monkeypatch.setattr("quancheng.kernel.statements.Parameter.as_sql", None)

    with CaptureQueriesContext(connection) as seen:
        found = statement.rows(day=DAY + timedelta(days=1), path="o1/")

    assert len(seen) == 1
    assert [row[1] for row in found] == ["o1/", "o2/", "o3/", "o4/"]


def test_a_value_that_was_forgotten_is_named(offices, statement):
    with pytest.raises(KeyError, match="path"):
        statement.rows(day=DAY)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL prepares statements")
class TestPlainSql:
    @pytest.mark.django_db
    def test_is_prepared_once_for_a_connection(self):
        statement = "SELECT %s::int + 41"

        assert [plain_sql.fetch(statement, (number,)) for number in (1, 2)] == [[(42,)], [(43,)]]

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE '%+ 41'"
            )
            assert cursor.fetchall() == [(2,)]

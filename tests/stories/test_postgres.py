"""The errand with both zones on PostgreSQL: two databases of the server that `scripts/postgres.py` lends."""

import os
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from quancheng.project.errand.restaurant import OpenRestaurant
from quancheng.support.demo.public import Town

SERVER = os.environ.get("QC_DATABASE_URL", "")


@pytest.mark.story
@pytest.mark.skipif(not SERVER, reason="no PostgreSQL was lent: run through scripts/postgres.py, as make test does")
def test_the_errand_is_done_with_both_zones_on_postgresql(tmp_path):
    databases = {}
    with psycopg.connect(SERVER, autocommit=True) as connection:
        for zone in ("extranet", "intranet"):
            connection.execute(f"create database story_{zone}")
            databases[zone] = urlunsplit(urlsplit(SERVER)._replace(path=f"/story_{zone}"))
    town = Town(tmp_path / "town", databases=databases)
    town.prepare()
    try:
        town.start()
        errand = OpenRestaurant(town)
        for step in errand.steps:
            errand.take(step)
    finally:
        town.stop()

    assert len(errand.licences) == 4
    assert not (tmp_path / "town" / "intranet" / "quancheng.sqlite3").exists()

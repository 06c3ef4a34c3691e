"""What every test gets: a data folder of its own, and no way to the world outside this machine."""

import os
import socket
import sqlite3
import tempfile
from contextlib import closing

# Before Django reads its settings: each test process has a site of its own.
os.environ["QC_DATA"] = tempfile.mkdtemp(prefix="quancheng-test-")
os.environ.setdefault("QC_ZONE", "all")
os.environ.setdefault("QC_EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")

import pytest

from quancheng.kernel import config

# pytest-django has read the settings already, and with them the folder of whoever works here.
config.data_dir.cache_clear()

_connect = socket.socket.connect


def _connect_here(self, address):
    if self.family == socket.AF_UNIX or address[0] in {"127.0.0.1", "::1", "localhost"}:
        return _connect(self, address)
    raise AssertionError(f"a test tried to reach {address}")


socket.socket.connect = _connect_here


@pytest.fixture(autouse=True)
def _fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items):
    """Mark what touches the database, so that the second run on PostgreSQL repeats just that."""
    for item in items:
        if item.get_closest_marker("django_db") or {"db", "transactional_db", "live_server"} & set(item.fixturenames):
            item.add_marker("database")


@pytest.fixture
def database_of_many(request, tmp_path):
    """Give the test a database file: connections to SQLite's in-memory one do not wait for each other."""
    from django.db import connection

    request.getfixturevalue("transactional_db")
    if connection.vendor != "sqlite" or not connection.is_in_memory_db():
        yield
        return
    memory, name, file = connection.connection, connection.settings_dict["NAME"], tmp_path / "many.sqlite3"
    with closing(sqlite3.connect(file)) as copy:
        memory.backup(copy)
    connection.connection, connection.settings_dict["NAME"] = None, str(file)
    yield
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = memory, name

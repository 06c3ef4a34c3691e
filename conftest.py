"""What every test gets: a data folder of its own, and no way to the world outside this machine."""

import os
import shutil
import socket
import sqlite3
import tempfile
from contextlib import closing

# Before Django reads its settings: each test process has a site of its own.
os.environ["QC_DATA"] = tempfile.mkdtemp(prefix="quancheng-test-")
os.environ.setdefault("QC_ZONE", "all")
os.environ.setdefault("QC_EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")

import pytest
from hypothesis import settings as examples
from tests import tables

from quancheng.kernel import config

# pytest-django has read the settings already, and with them the folder of whoever works here.
config.data_dir.cache_clear()

# The suite tries the same examples each time, so that what fails here fails everywhere; `make soak` looks for new ones.
examples.register_profile("same", derandomize=True, deadline=None)
examples.register_profile("new", print_blob=True, deadline=None)
examples.load_profile(os.environ.get("QC_EXAMPLES", "same"))

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
    """Mark what touches the database, so that the second run on PostgreSQL repeats just that, and not in a browser."""
    for item in items:
        if "chromium" in item.fixturenames:
            item.add_marker("browser")
        if item.get_closest_marker("django_db") or {"db", "transactional_db", "live_server"} & set(item.fixturenames):
            item.add_marker("database")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Send a file's tests to one worker, and the walks through the whole site (tests/security) together to one."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return "tests/security" if file.startswith("tests/security/") else file

    return ByFile(config, log)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):  # noqa: ARG001 (the one that is overridden)
    """Begin with tables that an earlier run made: 240 migrations take a while. What they lack is migrated as always."""
    from django.db import connection

    name = connection.creation._get_test_db_name()
    snapshot = tables.snapshot()
    if connection.vendor != "sqlite" or "mode=memory" not in name or not snapshot.exists():
        yield
        return
    with closing(sqlite3.connect(name, uri=True)) as memory:
        with closing(sqlite3.connect(snapshot)) as kept:
            kept.backup(memory)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, django_db_use_migrations):  # noqa: ARG001 (overridden)
    """Keep the tables for the next run, and their rows for after each test that stores some for good."""
    from django.db import connection
    from django.test import TransactionTestCase

    with django_db_blocker.unblock():
        migrated, snapshot = tables.Migrated(connection), tables.snapshot()
        in_memory = connection.vendor == "sqlite" and connection.is_in_memory_db()
        if in_memory and django_db_use_migrations and not snapshot.exists():
            tables.keep(connection, snapshot)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: migrated.put_back())
        yield


@pytest.fixture(scope="session")
def migrated(django_db_setup):  # noqa: ARG001 (it makes the file)
    """Return the file of a migrated, empty database, for sites of a test's own; with PostgreSQL there is none."""
    return tables.snapshot()


@pytest.fixture(scope="module")
def chromium():
    """A browser for the tests of a module, which open their own pages; without Chromium they are skipped."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no Chromium on this machine: run make setup")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread; Django would take the tests' own queries for asynchronous ones.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A page in Chinese; what its console complains of is kept in `complaints`."""
    page = chromium.new_page(locale="zh-CN", reduced_motion="reduce")
    page.complaints = []
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    page.close()


@pytest.fixture
def own_folder(monkeypatch, tmp_path):
    """A data folder of the test's own: what the trail published for other tests is not about these rows."""
    monkeypatch.setenv("QC_DATA", str(tmp_path / "data"))
    config.data_dir.cache_clear()
    yield
    config.data_dir.cache_clear()


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

"""The sample city for the tests from outside: built once, left untouched by each test."""

from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.test import override_settings

from quancheng.kernel import config
from quancheng.support.documents import queries

FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@contextmanager
def forgotten():
    """Forget on leaving what was written meanwhile. Actions may run inside: they take it for a test's transaction."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        try:
            yield
        finally:
            transaction.set_rollback(True)


@contextmanager
def one_connection():
    """Keep requests from closing the connection, as Django's own test client does; it holds what is not committed."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def read_to_the_end(answer):
    """Read what is streamed. The test client then closes it; closing it here would close the shared connection too."""
    if answer.streaming:
        b"".join(answer)


@contextmanager
def folder_at(place):
    """Let the site's data folder be at `place`: the trail's files must not outlive the rows that they are about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QC_DATA", str(place))
        forget_folders()
        yield config.data_dir()
    forget_folders()


def forget_folders():
    """Let the folder be read from the environment anew."""
    config.data_dir.cache_clear()
    queries.store.cache_clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder of the module's own."""
    with folder_at(tmp_path_factory.mktemp("city")) as folder:
        yield folder


class Kept:
    """The city between the modules that use it, in a SQLite database of its own; other tests never see it."""

    def __init__(self, place):
        self.place, self.database, self.city = place, None, None

    @contextmanager
    def open(self):
        """Let the connection lead to the city's database, and the data folder be the city's."""
        memory, name = connection.connection, connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = "file:city?mode=memory&cache=shared"
        connection.connection = self.database
        try:
            if self.database is None:
                connection.ensure_connection()
                self.database = connection.connection
                memory.backup(self.database)
            with folder_at(self.place):
                yield
        finally:
            connection.connection, connection.settings_dict["NAME"] = memory, name


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """What is kept of the city until the next module that wants it."""
    return Kept(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def built(kept, django_db_setup, django_db_blocker):
    """The city: built once, or for each module in a transaction where its database cannot be changed in a moment."""
    from tests.security.city import City

    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=FAST), one_connection():
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            with kept.open():
                kept.city = kept.city or City()
                yield kept.city
        else:
            with folder_at(kept.place), forgotten():
                yield City()


@pytest.fixture
def city(built, db):
    """The city as it was built, whatever earlier tests did in it."""
    cache.clear()
    return built

"""The sample city for the tests from outside: built once for a module, left untouched by each test."""

from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder of the module's own: the trail's files must not outlive the rows that they are about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QC_DATA", str(tmp_path_factory.mktemp("city")))
        forget_folders()
        yield config.data_dir()
    forget_folders()


def forget_folders():
    """Let the folder be read from the environment anew."""
    config.data_dir.cache_clear()
    queries.store.cache_clear()


@pytest.fixture(scope="module")
def built(folder, django_db_setup, django_db_blocker):
    """The city of this module."""
    from tests.security.city import City

    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=FAST), one_connection(), forgotten():
        yield City()


@pytest.fixture
def city(built, db):
    """The city as it was built, whatever earlier tests did in it."""
    cache.clear()
    return built

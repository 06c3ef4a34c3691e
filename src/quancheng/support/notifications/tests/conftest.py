"""Kinds of notices of the tests' own, and people to be told."""

import pytest

from quancheng.security.identity import public as identity
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.tests.factories import KINDS


@pytest.fixture
def own_kinds(monkeypatch):
    """Only these kinds are declared."""
    found = {table["kind"]: kinds.read(table, app="probe", app_title="探测") for table in KINDS}
    found["notifications.digest"] = kinds.all_kinds()["notifications.digest"]
    monkeypatch.setattr(kinds, "all_kinds", lambda: found)
    return found


@pytest.fixture
def mei(db, own_kinds):
    """A citizen with every address."""
    return identity.ensure_account(
        username="mei", name="王小美", kind="citizen", email="mei@example.com", mobile="13800000001"
    )


@pytest.fixture
def set_up(monkeypatch):
    """Change this app's settings for a test, wherever they are read."""
    from dataclasses import replace

    from quancheng.support.notifications import adapters, checks, config
    from quancheng.support.notifications.actions import sending, telling, texts
    from quancheng.support.notifications.adapters import http, mail, push
    from quancheng.support.notifications.queries import ledger, templates, wishes
    from quancheng.support.notifications.web import deliveries
    from quancheng.support.notifications.web import texts as text_pages
    from quancheng.support.notifications.web import wishes as wish_pages

    readers = (
        config, adapters, checks, sending, telling, texts, http, mail, push, ledger, templates, wishes,
        deliveries, text_pages, wish_pages,
    )  # fmt: skip

    def change(**changes):
        new = replace(config.config, **changes)
        for module in readers:
            monkeypatch.setattr(module, "config", new)

    return change

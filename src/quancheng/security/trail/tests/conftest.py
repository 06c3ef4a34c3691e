"""A site of its own for every test, and a second one to be its witness."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from quancheng.kernel import config as kernel
from quancheng.security.trail import actions, config, rules
from quancheng.security.trail.models import Entry

LATER = datetime(2028, 1, 1, tzinfo=UTC)


@pytest.fixture
def site(tmp_path):
    """An empty data folder; returns the folder of the trail in it."""
    with _at(tmp_path / "here"):
        yield config.folder()


@contextmanager
def _at(folder, zone="all"):
    # Patches of its own: whoever comes from one zone to the other keeps what the test changed besides.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QC_DATA", str(folder))
        patch.setenv("QC_ZONE", zone)
        kernel.data_dir.cache_clear()
        yield
    kernel.data_dir.cache_clear()


@pytest.fixture
def at_zone(tmp_path):
    """Returns a context manager that makes this process the site of a zone, with a data folder of its own."""
    return lambda zone: _at(tmp_path / zone, zone)


@pytest.fixture
def recorded(transactional_db):
    """Returns a function that records `count` entries, in a trail that was empty before."""
    # Setting up the database makes other apps act, and acting is recorded.
    Entry.objects.all().delete()

    def record(count, **wishes):
        standard = {"action": "hall.submission.lodge", "actor_id": "citizen:1", "actor_name": "张三"}
        for at in range(count):
            actions.record(**{"subjects": (f"application:{at}",), **standard, **wishes})
        return [str(pk) for pk in Entry.objects.order_by("-id").values_list("id", flat=True)[:count]][::-1]

    return record


@pytest.fixture
def erased():
    """Returns a function that erases one entry, after half a year, with both officers."""

    def erase(name, kind=rules.ENTRY):
        officer, auditor = ({"actor_id": f"staff:{who}", "actor_name": who} for who in ("安全员", "审计员"))
        number = actions.request_erasure(
            kind=kind, name=name, basis="WITHDRAWN", reason="撤回同意书 2026-7", organisation="", at=LATER, **officer
        )
        return actions.approve_erasure(erasure_id=number, at=LATER, **auditor)

    return erase


@pytest.fixture
def settings_of(monkeypatch):
    """Returns a function that changes QC_TRAIL_* settings for this test."""
    known = config.settings()

    def change(**wishes):
        monkeypatch.setattr(config, "settings", lambda: replace(known, **wishes))

    return change

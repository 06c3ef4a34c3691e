"""The sentences of these tests are English; each has a folder of its own."""

import pytest
from django.utils import translation

from quancheng.support.documents import adapters, queries
from quancheng.support.documents.adapters import Folder
from quancheng.support.documents.tests import factories


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def without_programs(request, monkeypatch):
    """LibreOffice and Tesseract work in heavy tests only, wherever else they may be installed."""
    if not request.node.get_closest_marker("heavy"):
        for name in ("office", "recogniser"):
            monkeypatch.setattr(adapters, name, lambda: None)


@pytest.fixture
def offices(db):
    factories.offices()


@pytest.fixture
def scanner(monkeypatch):
    """Put a scanner to work that says what the test wants: set `.verdict`."""
    from quancheng.support.documents.actions import keeping, looking
    from quancheng.support.documents.adapters import Verdict

    class Says:
        verdict = Verdict("CLEAN")

        def scan(self, stream):
            return self.verdict

    says = Says()
    for module in (keeping, looking):
        monkeypatch.setattr(module, "scanner", lambda: says)
    return says


@pytest.fixture
def store():
    found = queries.store()
    assert isinstance(found, Folder)
    return found

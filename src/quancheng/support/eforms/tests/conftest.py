"""A form with places to choose from, in English."""

import json

import pytest
from django.utils import translation

from quancheng.support.eforms import public as eforms
from quancheng.support.eforms.engine import choices as registry
from quancheng.support.eforms.tests.samples import FORM


@pytest.fixture(autouse=True)
def places(monkeypatch):
    """Two districts and their streets, in English."""
    monkeypatch.setattr(registry, "_providers", {})
    eforms.provides_choices("test.districts")(lambda parent: [("370102", "历下区"), ("370103", "市中区")])
    eforms.provides_choices("test.streets")(lambda parent: [(f"{parent}001", "解放路街道")])
    with translation.override("en"):
        yield


@pytest.fixture
def form():
    """The restaurant's form."""
    return eforms.load(json.dumps(FORM))

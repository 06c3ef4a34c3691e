"""A site with service items on offer, and an ear for what is announced."""

import pytest

from quancheng.business.approvals import queries, rules
from quancheng.business.approvals.actions.services import put_on_offer
from quancheng.business.approvals.engine import texts
from quancheng.business.approvals.tests import factories
from quancheng.kernel import events
from quancheng.security.pki import public as pki


@pytest.fixture
def told(monkeypatch):
    ear = factories.Told()
    monkeypatch.setattr(events, "_transport", ear)
    return ear


@pytest.fixture
def office(db, told):
    """Seals for the departments, service items on offer."""
    for code in ("370100-spfw", "370100-scjg", "370100-xfjy", "370100-cgj"):
        pki.ensure_organisation_seal(code, texts.department(code))
    for item in queries.drafts():
        put_on_offer(item, by="service:approvals", at=factories.MORNING)
    assert rules.parts(queries.draft(factories.SERVICE).body)
    return told

import uuid

import pytest
from django.urls import reverse

from quancheng.security.trail import public as trail
from quancheng.systems.hall import queries
from quancheng.systems.hall.tests import factories

pytestmark = pytest.mark.django_db


PUBLIC = ["home", "service", "questions", "needs", "paper", "verify", "verify-file", "verify-number", "verify-code"]
CITIZENS = ["apply", "submissions", "wallet"]
OWNED = [
    *("draft", "data", "data-status", "form", "materials", "remove-file", "check", "draft-paper", "discard"),
    *("submission", "receipt", "correction", "correction-file", "withdraw", "file", "licence"),
]


@pytest.fixture
def things(owner):
    """A draft, a submission with an open correction, and a licence, all of one citizen; returns args by page."""
    submission_id = factories.lodge(owner)
    factories.ask_for_correction(submission_id)
    factories.grant(factories.lodge(owner))
    draft_id = factories.complete_draft(owner)
    (licence,) = queries.wallet(actor=owner)
    digest = factories.stored(submission_id).materials.get().digest
    drafts = ("draft", "data", "data-status", "materials", "remove-file", "check", "draft-paper", "discard")
    matters = ("submission", "receipt", "correction", "correction-file", "withdraw")
    return {
        **{name: [draft_id] for name in drafts},
        **{name: [submission_id] for name in matters},
        **{name: [factories.CODE] for name in ("service", "questions", "needs", "paper", "apply")},
        "form": [draft_id, 1],
        "file": [submission_id, digest],
        "licence": [licence.pk],
        "verify-number": ["JY1"],
        "verify-code": ["JY1", "aaaaaaaaaaaa"],
    }


def open_page(client, name, things):
    address = reverse(f"hall:{name}", args=things.get(name, []))
    answer = client.get(address, {"kind": "individual"})
    return client.post(address) if answer.status_code == 405 else answer


class TestWhoGetsIn:
    def test_every_page_is_in_one_of_the_lists(self):
        from quancheng.systems.hall.web.urls import urlpatterns

        assert {pattern.name for pattern in urlpatterns} == {*PUBLIC, *CITIZENS, *OWNED}

    @pytest.mark.parametrize("name", PUBLIC)
    def test_public_pages_open_for_everybody(self, client, things, name):
        assert open_page(client, name, things).status_code in {200, 302}

    @pytest.mark.parametrize("name", [*CITIZENS, *OWNED])
    def test_strangers_are_asked_to_sign_in(self, client, things, name):
        answer = open_page(client, name, things)

        assert answer.status_code == 302
        assert "login" in answer.url

    @pytest.mark.parametrize("name", [*CITIZENS, *OWNED])
    def test_the_owner_gets_in(self, client, things, name):
        factories.sign_in(client)

        answer = open_page(client, name, things)

        assert answer.status_code in {200, 302} or (name == "licence" and answer.status_code == 404)

    @pytest.mark.parametrize("name", OWNED)
    def test_another_citizen_gets_403_and_the_trail_remembers(self, client, things, name):
        other = factories.other_citizen()
        factories.sign_in(client, "zhangwei")

        answer = open_page(client, name, things)

        assert answer.status_code == 403
        assert list(trail.entries(actor=other.id, outcome="pmi.forbidden").items)

    @pytest.mark.parametrize("name", [*CITIZENS, *OWNED])
    def test_staff_have_no_business_here(self, client, things, name):
        from quancheng.security.identity import public as identity

        identity.ensure_account(username="clerk", name="张敏", kind="staff")
        factories.sign_in(client, "clerk")

        assert open_page(client, name, things).status_code == 403

    def test_an_address_with_nothing_behind_it_is_404(self, client, owner):
        factories.sign_in(client)

        assert client.get(reverse("hall:submission", args=[uuid.uuid4()])).status_code == 404

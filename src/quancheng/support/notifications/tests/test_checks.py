"""What the posture page hears of notices."""

from datetime import timedelta

import pytest

from quancheng.support.notifications import checks
from quancheng.support.notifications import public as notifications
from quancheng.support.notifications.adapters import Down
from quancheng.support.notifications.models import Delivery, TemplateVersion
from quancheng.support.notifications.tests.factories import NOON, Remembering, tell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_kinds")]


def keys(look, at=NOON):
    return [finding.key for finding in look(at)]


class TestGateways:
    def test_that_work_are_not_spoken_of(self, mei):
        tell(mei)
        notifications.send_due(channel="email", gateway=Remembering(), now=NOON)

        assert keys(checks.gateways) == []

    def test_that_are_left_alone_are_named(self, mei, set_up):
        set_up(attempts=50)
        tell(mei)
        for hours in range(5):
            at = NOON + timedelta(hours=hours)
            notifications.send_due(channel="email", gateway=Remembering(Down("no route")), now=at)

        (found,) = checks.gateways(at)

        assert found.key == "resting:email"
        assert "no route" in str(found.sentence)

    def test_that_nobody_asks_are_noticed_by_what_waits(self, mei):
        tell(mei)

        assert keys(checks.gateways, NOON + timedelta(minutes=59)) == []
        assert keys(checks.gateways, NOON + timedelta(minutes=61)) == ["late:email"]

    def test_that_failed_on_our_side_are_counted_for_a_day(self, mei):
        tell(mei)
        Delivery.objects.update(state="technical-failure", due_at=None)

        assert keys(checks.gateways) == ["failed"]
        assert keys(checks.gateways, NOON + timedelta(hours=25)) == []


def test_a_gateway_whose_receipts_nobody_could_believe_is_named(set_up):
    set_up(sms="http", voice="file")

    assert keys(checks.receipts) == ["sms"]


def test_a_published_text_that_no_longer_fits_is_named():
    texts = {"zh-hans": {"title": "{gone}"}, "en": {"title": "x"}}
    TemplateVersion.objects.create(
        kind="probe.progress", number=1, state="PUBLISHED", texts=texts, edited_at=NOON, published_at=NOON
    )

    assert keys(checks.texts) == ["probe.progress"]

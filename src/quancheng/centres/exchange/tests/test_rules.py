"""Messages on the wire, routes, lanes and pauses."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.centres.exchange import rules

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ENVELOPES = st.builds(
    rules.Envelope,
    id=st.uuids().map(str),
    topic=st.sampled_from(["hall.submission-lodged", "trail.checkpoint-announced"]),
    version=st.integers(1, 9),
    zone=st.sampled_from(["extranet", "intranet"]),
    organisation=st.sampled_from(["370100-dsj", "370100-spfw"]),
    key=st.text(max_size=20),
    time=st.datetimes(timezones=st.just(UTC)),
    data=st.dictionaries(st.text(max_size=8), JSON, max_size=4),
    files=st.dictionaries(st.text("0123456789abcdef", min_size=64, max_size=64), st.text(max_size=12), max_size=2),
)


def envelope(**changes) -> rules.Envelope:
    values = {
        "id": "3f0f2a52-0b6e-4f4e-9a65-1c8f0a4f6a10", "topic": "hall.submission-lodged", "version": 1,
        "zone": "extranet", "organisation": "370100-dsj", "key": "s-1", "data": {"number": 7}, "files": {},
        "time": datetime(2026, 11, 23, 6, 5, tzinfo=UTC),
    }  # fmt: skip
    return rules.Envelope(**(values | changes))


class TestEnvelope:
    @given(sent=ENVELOPES)
    def test_is_read_back_as_it_was_written(self, sent):
        assert rules.decode(rules.encode(sent)) == sent

    def test_is_a_cloud_event(self):
        event = json.loads(rules.encode(envelope()))

        assert event["specversion"] == "1.0"
        assert (event["type"], event["subject"], event["source"]) == ("hall.submission-lodged", "s-1", "/extranet/hall")
        assert event["time"] == "2026-11-23T06:05:00Z"
        assert event["dataschema"] == "urn:quancheng:topic:hall.submission-lodged:1"

    @pytest.mark.parametrize("change", [
        {"specversion": "0.3"}, {"type": "../etc"}, {"source": "/extranet/other"}, {"time": "yesterday"}, {"data": []},
        {"dataschema": "urn:x:y:1"},
        {"time": "2026-11-23T06:05:00"}, {"files": '{"../x":"y"}'}, {"id": ""}, {"subject": 4},
    ])  # fmt: skip
    def test_is_refused_if_an_attribute_does_not_fit(self, change):
        event = json.loads(rules.encode(envelope())) | change

        with pytest.raises(rules.BadEnvelope):
            rules.decode(json.dumps(event))


class TestTopics:
    def test_declared_in_both_directions_cross_in_both(self):
        found = rules.topics([
            {"name": "trail.checkpoint-announced", "from": "extranet", "to": "intranet"},
            {"name": "trail.checkpoint-announced", "from": "intranet", "to": "extranet"},
        ])["trail.checkpoint-announced"]  # fmt: skip

        assert (found.destination("extranet"), found.destination("intranet")) == ("intranet", "extranet")

    def test_without_a_destination_stay_in_their_zone(self):
        assert rules.topics([{"name": "calendar.changed"}])["calendar.changed"].destination("intranet") == ""


class TestLane:
    def test_is_shared_by_the_handlers_of_one_app(self):
        first = rules.lane("quancheng.business.approvals.subscriptions.receive", "s-1")

        assert first == rules.lane("quancheng.business.approvals.subscriptions.correct", "s-1")
        assert first != rules.lane("quancheng.support.notifications.subscriptions.tell", "s-1")

    def test_is_none_without_a_key(self):
        assert rules.lane("quancheng.business.approvals.subscriptions.receive", "") == ""


class TestPause:
    @given(attempts=st.integers(1, 200))
    def test_never_shrinks_and_never_exceeds_the_longest(self, attempts):
        now, later = (rules.pause(number, first=1, longest=300) for number in (attempts, attempts + 1))

        assert timedelta(seconds=1) <= now <= later <= timedelta(seconds=300)

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from quancheng.kernel import config, discovery, events, zone
from quancheng.kernel.refusal import Refusal


class TestZone:
    def test_refuses_a_zone_that_does_not_exist(self, monkeypatch):
        monkeypatch.setenv("QC_ZONE", "moon")

        with pytest.raises(zone.UnknownZone, match="moon"):
            zone.current()

    @pytest.mark.parametrize(("here", "far"), [("extranet", "intranet"), ("intranet", "extranet"), ("all", None)])
    def test_knows_the_far_side_of_the_ferry(self, monkeypatch, here, far):
        monkeypatch.setenv("QC_ZONE", here)

        assert zone.other() == far

    def test_an_app_of_the_other_zone_is_not_installed_here(self, monkeypatch):
        monkeypatch.setenv("QC_ZONE", "extranet")
        outside = discovery.installed()
        monkeypatch.setenv("QC_ZONE", "intranet")
        inside = discovery.installed()

        assert "quancheng.systems.hall.apps.Hall" in outside
        assert "quancheng.systems.hall.apps.Hall" not in inside
        assert "quancheng.business.approvals.apps.Approvals" in inside
        assert "quancheng.business.approvals.apps.Approvals" not in outside


@dataclass(frozen=True, slots=True)
class Settings:
    retry_after_minutes: int = 5
    loud: bool = False
    hosts: tuple[str, ...] = ()


class TestRead:
    def test_fills_fields_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("QC_PROBE_RETRY_AFTER_MINUTES", "7")
        monkeypatch.setenv("QC_PROBE_LOUD", "yes")
        monkeypatch.setenv("QC_PROBE_HOSTS", "a, b")

        assert config.read(Settings, prefix="QC_PROBE_") == Settings(7, True, ("a", "b"))

    @pytest.mark.parametrize(("name", "text"), [("RETRY_AFTER_MINUTES", "soon"), ("LOUD", "perhaps"), ("LOUDER", "1")])
    def test_stops_the_start_at_a_setting_it_does_not_understand(self, monkeypatch, name, text):
        monkeypatch.setenv(f"QC_PROBE_{name}", text)

        with pytest.raises(config.BadSetting, match=name):
            config.read(Settings, prefix="QC_PROBE_")


class TestRefusal:
    def test_speaks_in_a_sentence_with_its_facts(self):
        class TooLate(Refusal):
            code, message = "probe.too-late", "Closed since %(day)s."

        assert str(TooLate(day="Monday")) == "Closed since Monday."


class TestPlain:
    @given(st.dates(), st.decimals(allow_nan=False, allow_infinity=False), st.uuids())
    def test_gives_json_types_for_what_events_hold(self, day, amount, number):
        told = events.plain({"day": day, "amounts": (amount,), "number": number})

        assert told == {"day": day.isoformat(), "amounts": [str(amount)], "number": str(number)}

    def test_refuses_what_json_cannot_hold(self):
        with pytest.raises(TypeError):
            events.plain(object())

    def test_keeps_a_date_readable(self):
        assert events.plain(date(2026, 11, 23)) == "2026-11-23"
        assert events.plain(Decimal("1.20")) == "1.20"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpringFound(events.Event):
    topic: ClassVar[str] = "probe.spring-found"
    name: str


@pytest.mark.django_db(transaction=True)
class TestInProcess:
    @pytest.fixture(autouse=True)
    def _transport(self, monkeypatch):
        monkeypatch.setattr(events, "_transport", events.InProcess())
        monkeypatch.setattr(events, "_handlers", events.defaultdict(dict))

    def test_tells_what_happened_after_the_commit(self):
        heard = []
        events.hears("probe.spring-found")(lambda message: heard.append(message.data["name"]))

        with transaction.atomic():
            events.publish(SpringFound(name="趵突泉"))
            assert heard == []

        assert heard == ["趵突泉"]

    def test_tells_nothing_of_what_was_rolled_back(self):
        heard = []
        events.hears("probe.spring-found")(heard.append)

        with pytest.raises(ZeroDivisionError), transaction.atomic():
            events.publish(SpringFound(name="珍珠泉"))
            raise ZeroDivisionError

        assert heard == []

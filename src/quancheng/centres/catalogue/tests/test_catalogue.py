"""Loading declarations, looking at items, and answering the other zone."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from quancheng.centres.catalogue import actions, queries, rules
from quancheng.centres.catalogue.engine import declarations, loading, looking
from quancheng.centres.catalogue.engine.looking import NoPurpose, Sourced
from quancheng.centres.catalogue.models import Resource
from quancheng.centres.catalogue.rules import Reason
from quancheng.centres.exchange.models import Message
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SUBJECT = "37010219900315002X"
CITIZEN = pmi.Actor(id="citizen:1", name="王小美", kind="citizen", person=SUBJECT)
STRANGER = pmi.Actor(id="citizen:2", name="张伟", kind="citizen", person="370103198507120015")
CLERK = pmi.Actor(id="staff:1", name="张敏", kind="staff", grants=(pmi.Grant("catalogue.items.read"),))


@pytest.fixture
def register(monkeypatch):
    """A register of its own, so that the test rests on no other app."""
    table = {
        "code": "testing.person", "title": "测试人口", "provider": "370100-gaj", "share": "conditional",
        "basis": "《居民身份证法》",
        "items": [{"name": "name", "title": "姓名"}, {"name": "secret", "title": "内部", "share": "none"}],
    }  # fmt: skip
    found = rules.by_code([rules.read_resource(table, "testing")])
    monkeypatch.setattr(declarations, "resources", lambda: found)
    monkeypatch.setattr(
        declarations, "purposes", lambda: (rules.Purpose("audit", "审计", "《审计法》", ("testing.person",)),)
    )
    records = {SUBJECT: {"name": Sourced("王小美", "市公安局", "2026-11-01"), "secret": "x"}}
    monkeypatch.setitem(looking._providers, "testing.person", (records.get, None))
    return found


def look(
    *items: str, actor: pmi.Actor = CITIZEN, subject: str = SUBJECT, purpose: str = "开办餐饮店"
) -> looking.Answer:
    return queries.items([f"testing.person.{item}" for item in items], subject=subject, purpose=purpose, actor=actor)


class TestLoading:
    def test_twice_changes_nothing(self, register):
        loading.load(register, apps={"testing.person": "testing"}, at=NOW)

        assert loading.load(register, apps={"testing.person": "testing"}, at=NOW) == 0

    def test_keeps_each_version_and_names_what_changed(self, register):
        loading.load(register, apps={"testing.person": "testing"}, at=NOW)
        changed = {"testing.person": replace(register["testing.person"], title="测试人口基本信息")}

        loading.load(changed, apps={"testing.person": "testing"}, at=NOW)

        history = queries.detail("testing.person").versions
        assert [(item.number, item.changes) for item in history] == [(2, ("title",)), (1, ())]

    def test_marks_what_is_no_longer_declared_as_withdrawn(self, register):
        loading.load(register, apps={"testing.person": "testing"}, at=NOW)

        loading.load({}, apps={}, at=NOW)

        assert Resource.objects.get(code="testing.person").withdrawn_at == NOW
        assert queries.search(text="测试人口") == ()

    def test_reads_every_app_in_the_tree(self):
        actions.load(actor=pmi.service_actor("catalogue"), at=NOW)

        assert {row.code for row in Resource.objects.all()} >= set(declarations.resources())


class TestSearch:
    def test_finds_by_title_and_by_item(self, register):
        loading.load(register, apps={"testing.person": "testing"}, at=NOW)

        assert [item.code for item in queries.search(text="测试")] == ["testing.person"]
        assert "testing.person" in [item.code for item in queries.search(text="姓名")]
        assert queries.search(text="不存在的") == ()


class TestLooking:
    def test_gives_people_their_own_data_with_source_and_date(self, register):
        (value,) = look("name").values

        assert (value.value, value.source, value.as_of) == ("王小美", "市公安局", "2026-11-01")

    def test_refuses_what_is_not_shared_even_to_the_person(self, register):
        assert look("secret").refused == (("testing.person.secret", Reason.NOT_SHARED),)

    def test_refuses_other_citizens(self, register):
        assert look("name", actor=STRANGER).refused == (("testing.person.name", Reason.NO_CONSENT),)

    def test_gives_staff_data_for_a_registered_purpose_only(self, register):
        assert look("name", actor=CLERK, purpose="audit").value("testing.person.name") == "王小美"
        assert look("name", actor=CLERK, purpose="curiosity").values == ()

    def test_gives_what_a_person_agreed_to_to_the_office_that_they_agreed_to(self, register, monkeypatch):
        purposes = (rules.Purpose("help", "帮办", "《个人信息保护法》", ("testing.person",), consent="counter-help"),)
        monkeypatch.setattr(declarations, "purposes", lambda: purposes)
        given = {pmi.reference(SUBJECT): frozenset({pmi.Agreed("counter-help", "370100-spfw")})}
        monkeypatch.setattr(pmi, "agreed", lambda people, _at: {one: given.get(one, frozenset()) for one in people})
        counter = replace(CLERK, organisation="370100/370100-spfw/")

        assert look("name", actor=counter, purpose="help").value("testing.person.name") == "王小美"
        assert look("name", actor=CLERK, purpose="help").refused == (("testing.person.name", Reason.NO_CONSENT),)
        assert look("name", actor=counter, subject="370103198507120015", purpose="help").values == ()

    def test_names_people_as_consents_do(self):
        assert rules.reference(SUBJECT) == pmi.reference(SUBJECT)

    def test_refuses_staff_without_the_privilege(self, register):
        with pytest.raises(pmi.Forbidden):
            look("name", actor=replace(CLERK, grants=()), purpose="audit")

    def test_refuses_everyone_without_a_purpose(self, register):
        with pytest.raises(NoPurpose):
            look("name", purpose=" ")

    def test_says_when_there_is_no_record(self, register):
        found = look("name", actor=CLERK, purpose="audit", subject="370102199001010011")

        assert found.refused == (("testing.person.name", Reason.NO_RECORD),)

    def test_enters_each_look_in_the_trail_without_the_number_in_the_clear(self, register):
        look("name")

        (entry,) = trail.entries(subject=rules.reference(SUBJECT)).items
        assert entry.action == "catalogue.items.read"
        assert entry.detail["asker"] == "citizen"
        assert SUBJECT not in str(entry)

    def test_hands_out_masked_and_tells_the_person_where_the_grant_obliges_to(self, register, monkeypatch):
        told = []
        monkeypatch.setattr("quancheng.kernel.events.publish", told.append)
        bound = pmi.Terms(obligations=(pmi.Obligation.MASK, pmi.Obligation.NOTIFY))
        actor = replace(CLERK, grants=(pmi.Grant("catalogue.items.read", terms=bound),))

        answer = look("name", actor=actor, purpose="audit")

        assert answer.value("testing.person.name") == "王**"
        assert look("name", actor=CLERK, purpose="audit").value("testing.person.name") == "王小美"
        assert [item.person for item in told] == [rules.reference(SUBJECT)]


class TestAnswering:
    def test_delivers_values_sources_and_reasons(self, register):
        actions.answer(
            actor=pmi.service_actor("catalogue"), request_id="r-1",
            items=["testing.person.name", "testing.person.secret"], subject=SUBJECT, purpose="开办餐饮店",
            requester={"id": "citizen:1", "kind": "citizen", "person": SUBJECT},
        )  # fmt: skip

        data = json.loads(Message.objects.get(topic="catalogue.items-delivered").body)["data"]
        assert data["items"] == {"testing.person.name": "王小美"}
        assert data["sources"]["testing.person.name"] == {"source": "市公安局", "as_of": "2026-11-01"}
        assert data["refused"] == {"testing.person.secret": "not-shared"}

    @pytest.mark.parametrize(("requester", "is_answered"), [
        ({"id": "citizen:1", "kind": "citizen", "person": SUBJECT}, True),
        ({"id": "citizen:2", "kind": "citizen", "person": "other"}, False),
        ({}, False),
    ])  # fmt: skip
    def test_needs_the_person_themself(self, register, requester, is_answered):
        actions.answer(
            actor=pmi.service_actor("catalogue"), request_id="r-1", items=["testing.person.name"], subject=SUBJECT,
            purpose="开办餐饮店", requester=requester,
        )  # fmt: skip

        data = json.loads(Message.objects.get(topic="catalogue.items-delivered").body)["data"]
        assert bool(data["items"]) == is_answered

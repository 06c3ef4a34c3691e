"""Two officers on the pages of erasures; the pages of a name; titles; alarms."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from quancheng.security.trail import actions, queries
from quancheng.security.trail.models import Checkpoint, Entry, Erasure, Witness, WitnessedLog
from quancheng.security.trail.tests.test_subjects import checked
from quancheng.security.trail.tests.test_web import AUDITOR, Reader, ask
from quancheng.security.trail.web import views

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


class Officer(Reader):
    """Holds any privilege at the places held."""

    def may(self, privilege, organisation=None):
        return any(place.count("/") <= 1 for place in self.held) if organisation == "" else bool(self.held)


SECURITY = Officer("staff:9", "安全员", held=("370100/",))
DECIDER = Officer("staff:8", "审计员", held=("370100/",))
DECIDER_IS = {"actor_id": DECIDER.id, "actor_name": DECIDER.name}
DEPARTMENT = Officer("staff:7", "部门", held=("370100/spfw/",))


@pytest.fixture
def log(site, recorded):
    recorded(3, subjects=("person:7",), at=LONG_AGO)
    recorded(2, at=LONG_AGO)
    actions.integrate(at=timezone.now())
    return site


def post(rf, view, actor, data, **kwargs):
    request = rf.post("/trail/erasures/", data)
    request.actor = actor
    response = view.as_view()(request, **kwargs)
    return response.render() if hasattr(response, "render") else response


WISH = {"kind": "about", "name": "person:7", "basis": "WITHDRAWN", "reason": "撤回同意"}


class TestErasures:
    def test_one_officer_requests_and_another_approves(self, log, rf):
        sent = post(rf, views.RequestErasure, SECURITY, WISH)
        number = Erasure.objects.get().pk
        assert sent["Location"] == f"/trail/erasures/{number}/"

        own = post(rf, views.OneErasure, SECURITY, {"decision": "approve"}, erasure_id=number)
        assert own.status_code == 200
        assert str(actions.SameOfficer.message) in own.content.decode()
        assert Entry.objects.filter(outcome="trail.same-officer").exists()

        post(rf, views.OneErasure, DECIDER, {"decision": "approve"}, erasure_id=number)
        assert Entry.objects.filter(sealed=None, waiting=None).count() == 3

    def test_stand_in_a_list_those_that_wait_first(self, log, rf):
        post(rf, views.RequestErasure, SECURITY, WISH)
        actions.refuse_erasure(erasure_id=Erasure.objects.get().pk, reason="x", at=timezone.now(), **DECIDER_IS)
        post(rf, views.RequestErasure, SECURITY, {**WISH, "kind": "by", "name": "citizen:1"})

        page = ask(rf, views.Erasures, DECIDER).context_data["page"]

        assert [item.state for item in page] == ["WAITING", "REFUSED"]

    def test_refusing_needs_a_reason(self, log, rf):
        post(rf, views.RequestErasure, SECURITY, WISH)
        number = Erasure.objects.get().pk

        answer = post(rf, views.OneErasure, DECIDER, {"decision": "refuse"}, erasure_id=number)

        assert answer.context_data["form"].errors["reason"]
        assert Erasure.objects.get().state == "WAITING"

    def test_is_only_for_who_holds_the_privilege_on_the_whole_city(self, log, rf):
        for actor in (AUDITOR, DEPARTMENT):
            with pytest.raises(views.NotAuthorised):
                post(rf, views.RequestErasure, actor, WISH)

    def test_an_erased_entry_says_when_by_whom_and_why(self, log, rf):
        post(rf, views.RequestErasure, SECURITY, WISH)
        post(rf, views.OneErasure, DECIDER, {"decision": "approve"}, erasure_id=Erasure.objects.get().pk)

        page = ask(rf, views.OneEntry, SECURITY, entry_id=str(Entry.objects.get(index=0).pk)).content.decode()

        with translation.override("zh-hans"):
            assert "安全员" in page
            assert "审计员" in page
            assert str(Erasure.Basis.WITHDRAWN.label) in page

    @pytest.mark.parametrize("name", ["", "x" * 300, "%00", "9" * 30])
    def test_a_strange_name_in_the_address_is_no_fault(self, log, rf, name):
        address = f"/trail/erasures/new/?kind=entry&name={name}"

        assert ask(rf, views.RequestErasure, SECURITY, address).status_code == 200


class TestOneName:
    def test_shows_all_and_offers_the_proof(self, log, rf):
        address = "/trail/all/?kind=about&name=person:7"
        context = ask(rf, views.OneName, AUDITOR, address).context_data

        assert (context["standing"].count, context["standing"].sound, context["page"].total) == (3, True, 3)
        proof = json.loads(ask(rf, views.NameProof, AUDITOR, address).content)
        assert len(checked(proof)) == 3

    def test_shows_that_there_is_none(self, log, rf):
        context = ask(rf, views.OneName, AUDITOR, "/trail/all/?kind=by&name=staff:none").context_data

        assert (context["standing"].count, context["standing"].sound, context["lines"]) == (0, True, [])

    def test_says_when_the_register_was_changed(self, log, rf):
        queries.RegisterTables().put_pages(0, {0: bytes(512)})

        context = ask(rf, views.OneName, AUDITOR, "/trail/all/?kind=about&name=person:7").context_data

        assert not context["standing"].sound

    def test_a_department_s_reader_is_refused(self, log, rf):
        with pytest.raises(views.NotAuthorised):
            ask(rf, views.OneName, DEPARTMENT, "/trail/all/?kind=about&name=person:7")


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("subject=person:7", 3),
            ("actor=citizen:1", 5),
            ("action=hall.submission.lodge", 5),
            ("action=hall.draft.save", 0),
            ("since=2024-01-01&until=2024-01-01&subject=person:7", 3),
            ("until=2023-12-31", 0),
            ("until=9999-12-31&subject=person:7", 3),
            ("since=nonsense&subject=person:7", 3),
        ],
    )
    def test_narrow_the_list(self, log, rf, query, count):
        assert ask(rf, views.Entries, AUDITOR, f"/trail/?{query}").context_data["page"].total == count


class TestTitles:
    def test_a_refusal_is_told_in_its_own_words(self):
        assert queries.outcome_title("trail.same-officer") == str(actions.SameOfficer.message)
        assert queries.outcome_title("nobody.knows") == ""


class TestState:
    def test_raises_no_alarm_in_a_sound_log(self, log):
        found = queries.state(at=timezone.now())

        assert (found.alarms, found.size, found.signed.size) == ((), 5, 5)

    def test_raises_one_when_entries_wait_too_long(self, log, recorded):
        recorded(1)

        assert len(queries.state(at=timezone.now() + timedelta(minutes=3)).alarms) == 1

    def test_raises_one_when_the_published_checkpoint_does_not_fit(self, log):
        Checkpoint.objects.update(root="00" * 32)

        assert len(queries.state(at=timezone.now()).alarms) == 1

    def test_raises_one_when_no_witness_signs(self, at_zone, recorded):
        with at_zone("extranet"):
            recorded(1)
            actions.integrate(at=timezone.now())

            assert queries.state(at=timezone.now()).alarms == ()
            assert len(queries.state(at=timezone.now() + timedelta(hours=1)).alarms) == 1

    def test_raises_one_on_both_sides_of_a_refusal_until_it_is_settled(self, log):
        Witness.objects.create(name="w", verifier="k", refusal="trail.rollback", refused_at=timezone.now())
        WitnessedLog.objects.create(origin="o", verifier="k", at=timezone.now(), refusal="trail.fork")

        first, second = queries.state(at=timezone.now()).alarms
        assert "w" in first
        assert "o" in second

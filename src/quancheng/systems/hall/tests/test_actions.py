from datetime import timedelta

import pytest

from quancheng.kernel import events
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import public as notifications
from quancheng.systems.hall import actions, queries
from quancheng.systems.hall.models import CorrectionRound, Draft, Licence, Progress, Service
from quancheng.systems.hall.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    factories.publish()
    return factories.citizen()


class Recorder:
    """A transport that keeps what is announced."""

    def __init__(self):
        self.messages = []

    def publish(self, message):
        self.messages.append(message)

    def of(self, topic):
        return [message for message in self.messages if message.topic == topic]


@pytest.fixture
def announced(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(events, "_transport", recorder)
    return recorder


class TestPublishing:
    def test_the_same_version_again_changes_nothing(self, owner):
        factories.publish(title="另一个名字")

        assert Service.objects.get().title == "开办小店"

    def test_the_newest_version_is_the_one_on_offer(self, owner):
        factories.publish(version=3, title="第三版")
        factories.publish(version=2, title="第二版")

        assert queries.service(code=factories.CODE).title == "第三版"

    def test_refuses_a_condition_that_cannot_be_read(self):
        with pytest.raises(actions.UnusableService):
            factories.publish(questions=[{"key": "a", "text": "?", "shown_when": "= = (", "options": []}])

    def test_only_the_hall_itself_publishes(self, owner):
        with pytest.raises(pmi.Forbidden):
            actions.publish_service(actor=owner, code="X", version=1, content={"title": "X"}, at=factories.NOW)

    def test_a_withdrawn_service_is_off_the_list_but_its_drafts_are_kept(self, owner):
        draft_id = factories.complete_draft(owner)

        actions.withdraw_service(actor=factories.HALL, code=factories.CODE, at=factories.NOW)

        assert queries.services() == ()
        with pytest.raises(actions.NoLongerOffered):
            factories.lodge(owner, draft_id)
        assert Draft.objects.filter(pk=draft_id).exists()


class TestDrafts:
    def test_takes_up_an_untouched_draft_instead_of_making_another(self, owner):
        first, second = (
            actions.start_draft(
                actor=owner, service_code=factories.CODE, answers={"kind": "individual"}, at=factories.NOW
            )
            for _ in range(2)
        )

        assert first == second

    def test_nobody_else_may_save_it(self, owner):
        draft_id = factories.complete_draft(owner)

        with pytest.raises(pmi.Forbidden):
            actions.save_draft(
                actor=factories.other_citizen(), draft_id=draft_id, values={"shop": "x"}, page=1, at=factories.NOW
            )

    def test_keeps_only_fields_of_the_form(self, owner):
        draft_id = factories.complete_draft(owner)

        actions.save_draft(actor=owner, draft_id=draft_id, values={"hacked": "1"}, page=1, at=factories.NOW)

        assert "hacked" not in factories.draft_row(draft_id).form

    def test_is_forgotten_ninety_days_after_the_last_change(self, owner):
        draft_id = factories.complete_draft(owner)

        early = actions.forget_expired(actor=factories.HALL, at=factories.NOW + timedelta(days=89))
        late = actions.forget_expired(actor=factories.HALL, at=factories.NOW + timedelta(days=90))

        assert (early, late) == (0, 1)
        assert not Draft.objects.filter(pk=draft_id).exists()

    def test_its_owner_is_told_once_in_time_that_it_ends(self, owner):
        factories.complete_draft(owner)

        early = actions.warn_expiring(actor=factories.HALL, at=factories.NOW + timedelta(days=82))
        before = notifications.unread(owner)
        for _time in range(2):
            actions.warn_expiring(actor=factories.HALL, at=factories.NOW + timedelta(days=84))

        assert (early, before) == (0, 0)
        assert notifications.unread(owner) == 1


class TestRegistryData:
    def ask(self, owner, announced):
        draft_id = actions.start_draft(
            actor=owner, service_code=factories.CODE, answers={"kind": "individual"}, at=factories.NOW
        )
        actions.request_items(actor=owner, draft_id=draft_id, subject=owner.person, at=factories.NOW)
        return draft_id, announced.of("catalogue.items-requested")[-1]

    def deliver(self, message, name="王小美"):
        actions.deliver_items(
            actor=factories.HALL,
            request_id=message.data["request_id"],
            items={"population.person.name": name},
            sources={"population.person.name": {"source": "济南市公安局", "as_of": "2026-09-30"}},
            at=factories.NOW,
        )

    def test_asks_for_exactly_what_the_form_can_take(self, owner, announced):
        _draft_id, message = self.ask(owner, announced)

        assert message.data["items"] == ["population.person.name"]
        assert message.data["subject"] == "370102199003150024"

    def test_asks_once_while_an_answer_may_still_come(self, owner, announced):
        draft_id, _message = self.ask(owner, announced)

        actions.request_items(actor=owner, draft_id=draft_id, subject=owner.person, at=factories.NOW)

        assert len(announced.of("catalogue.items-requested")) == 1

    def test_fills_the_answer_in_with_its_source(self, owner, announced):
        draft_id, message = self.ask(owner, announced)

        self.deliver(message)

        row = factories.draft_row(draft_id)
        assert row.form["name"] == "王小美"
        assert row.sources["name"]["source"] == "济南市公安局"

    def test_leaves_what_the_citizen_wrote_meanwhile(self, owner, announced):
        draft_id, message = self.ask(owner, announced)
        actions.save_draft(actor=owner, draft_id=draft_id, values={"name": "王晓美"}, page=1, at=factories.NOW)

        self.deliver(message)

        row = factories.draft_row(draft_id)
        assert row.form["name"] == "王晓美"
        assert "name" not in row.sources

    def test_a_second_answer_changes_nothing(self, owner, announced):
        draft_id, message = self.ask(owner, announced)
        self.deliver(message)

        self.deliver(message, name="别人")

        assert factories.draft_row(draft_id).form["name"] == "王小美"

    def test_an_answer_to_a_draft_that_is_gone_is_harmless(self, owner, announced):
        draft_id, message = self.ask(owner, announced)
        actions.discard_draft(actor=owner, draft_id=draft_id)

        self.deliver(message)

        assert not Draft.objects.exists()


class TestLodging:
    def test_announces_everything_with_the_files(self, owner, announced):
        submission_id = factories.lodge(owner)

        (message,) = announced.of("hall.submission-lodged")
        material = factories.stored(submission_id).materials.get()
        assert message.key == str(submission_id)
        assert message.files == (material.digest,)
        assert message.data["applicant"]["identity_number"] == "370102199003150024"
        assert message.data["materials"][0]["code"] == "M01"

    def test_happens_once_for_a_draft(self, owner, announced):
        draft_id = factories.complete_draft(owner)

        first, second = (factories.lodge(owner, draft_id) for _ in range(2))

        assert first == second
        assert len(announced.of("hall.submission-lodged")) == 1

    def test_somebody_else_does_not_learn_that_it_was_lodged(self, owner):
        draft_id = factories.complete_draft(owner)
        factories.lodge(owner, draft_id)

        with pytest.raises(pmi.Forbidden):
            factories.lodge(factories.other_citizen(), draft_id)

    def test_checks_everything_again(self, owner):
        draft_id = factories.complete_draft(owner)
        Draft.objects.filter(pk=draft_id).update(form={"name": "王小美", "mobile": "1", "shop": ""})

        with pytest.raises(actions.Incomplete) as refusal:
            factories.lodge(owner, draft_id)

        assert set(refusal.value.errors) == {"mobile", "shop"}

    def test_does_not_count_a_file_that_is_not_kept(self, owner):
        draft_id = factories.complete_draft(owner)
        row = factories.draft_row(draft_id)
        row.files[0]["digest"] = "c" * 64
        row.save()

        with pytest.raises(actions.Incomplete) as refusal:
            factories.lodge(owner, draft_id)

        assert refusal.value.missing == ("身份证件",)

    def test_needs_a_verified_identity(self, owner):
        with pytest.raises(actions.NotIdentified):
            factories.lodge(owner, applicant={**factories.APPLICANT, "identity_number": ""})

    def test_says_by_when_the_office_answers_and_why_then(self, owner):
        acceptance = factories.stored(factories.lodge(owner)).acceptance

        assert acceptance["due_on"] == "2026-11-30"
        assert "行政许可法" in acceptance["law"]

    def test_numbers_follow_each_other_within_a_day(self, owner):
        numbers = [factories.stored(factories.lodge(owner)).number for _ in range(2)]

        assert numbers == ["JN20261123-000001", "JN20261123-000002"]


class TestProgress:
    def test_a_repeated_report_changes_nothing(self, owner):
        submission_id = factories.lodge(owner)

        for _ in range(2):
            factories.report(submission_id)

        assert Progress.objects.count() == 1

    def test_a_late_report_does_not_move_the_matter_back(self, owner):
        submission_id = factories.lodge(owner)

        factories.report(submission_id, 3, "reviewing")
        factories.report(submission_id, 2, "accepted")

        assert factories.stored(submission_id).state == "reviewing"
        assert [item.sequence for item in queries.submission(submission_id=submission_id).timeline] == [2, 3]

    def test_tells_the_applicant_when_it_is_accepted(self, owner):
        submission_id = factories.lodge(owner)

        factories.report(submission_id, 2, "accepted")

        assert notifications.unread(owner) == 1

    def test_refuses_a_report_about_nothing(self, owner):
        with pytest.raises(queries.NoSuchThing):
            factories.report("00000000-0000-0000-0000-000000000000")


class TestCorrections:
    @pytest.fixture
    def asked(self, owner):
        submission_id = factories.lodge(owner)
        factories.ask_for_correction(submission_id)
        return submission_id

    def attach(self, owner, asked, code="M01"):
        file = factories.upload("清晰.pdf", factories.PDF + b"%better")
        return actions.attach_correction(
            actor=owner,
            submission_id=asked,
            code=code,
            content=file.file,
            name=file.name,
            media_type="application/pdf",
            size=file.size,
        )

    def test_the_same_round_again_changes_nothing(self, owner, asked):
        factories.ask_for_correction(asked)

        assert CorrectionRound.objects.count() == 1
        assert notifications.unread(owner) == 1

    def test_takes_only_what_was_asked_for(self, owner, asked, announced):
        self.attach(owner, asked)

        values = {"shop": "泉水新家", "mobile": "13900000000"}
        actions.lodge_correction(actor=owner, submission_id=asked, values=values, at=factories.NOW)

        (message,) = announced.of("hall.correction-lodged")
        assert message.data["form"] == {"shop": "泉水新家"}
        assert message.data["round"] == 1
        assert factories.stored(asked).form["mobile"] == "13800530001"

    def test_takes_everything_or_nothing(self, owner, asked):
        with pytest.raises(actions.Incomplete) as refusal:
            actions.lodge_correction(actor=owner, submission_id=asked, values={"shop": "新家"}, at=factories.NOW)

        assert refusal.value.missing == ("身份证件",)

    def test_is_lodged_once(self, owner, asked, announced):
        self.attach(owner, asked)
        actions.lodge_correction(actor=owner, submission_id=asked, values={"shop": "新家"}, at=factories.NOW)

        with pytest.raises(actions.NothingToCorrect):
            actions.lodge_correction(actor=owner, submission_id=asked, values={"shop": "又改"}, at=factories.NOW)

        assert len(announced.of("hall.correction-lodged")) == 1

    def test_nobody_else_may_lodge_it(self, asked):
        with pytest.raises(pmi.Forbidden):
            actions.lodge_correction(actor=factories.other_citizen(), submission_id=asked, values={}, at=factories.NOW)


class TestWithdrawing:
    def test_is_announced_once(self, owner, announced):
        submission_id = factories.lodge(owner)
        actions.withdraw(actor=owner, submission_id=submission_id, reason="不开了", at=factories.NOW)

        with pytest.raises(actions.TooLateToWithdraw):
            actions.withdraw(actor=owner, submission_id=submission_id, reason="不开了", at=factories.NOW)

        assert len(announced.of("hall.withdrawal-lodged")) == 1

    def test_is_too_late_after_the_decision(self, owner):
        submission_id = factories.lodge(owner)
        factories.report(submission_id, 5, "decided")

        with pytest.raises(actions.TooLateToWithdraw):
            actions.withdraw(actor=owner, submission_id=submission_id, reason="", at=factories.NOW)


class TestResults:
    def test_put_each_licence_into_the_wallet_once(self, owner):
        submission_id = factories.lodge(owner)

        for _ in range(2):
            factories.grant(submission_id)

        assert len(queries.wallet(actor=owner)) == 1
        assert notifications.unread(owner) == 1

    def test_keep_the_reasons_of_a_refusal(self, owner):
        submission_id = factories.lodge(owner)

        actions.receive_results(
            actor=factories.HALL,
            submission_id=submission_id,
            outcome="refused",
            decision={"text": "不予许可。", "reasons": "场所不符", "remedies": "可以申请行政复议"},
            licences=[],
            at=factories.NOW,
        )

        found = queries.submission(submission_id=submission_id)
        assert found.state == "refused"
        assert found.decision["remedies"] == "可以申请行政复议"
        assert not Licence.objects.exists()

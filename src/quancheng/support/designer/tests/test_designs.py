"""Designs, their revisions, and their way to work."""

import pytest

from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.designer import actions, public, queries
from quancheng.support.designer.actions.designs import BadKey, InReview, KeyTaken, Stale
from quancheng.support.designer.actions.reviews import (
    Faulty,
    NoReasons,
    NotApproved,
    NothingNew,
    OvertakenMeanwhile,
    OwnDesign,
)
from quancheng.support.designer.engine.texts import OtherKey, Unreadable
from quancheng.support.designer.models import Design, Revision, WorkingCopy
from quancheng.support.designer.tests.factories import (
    ANN,
    BEN,
    CITY,
    DRAWING,
    OFFICE,
    TEXTS,
    designed,
    done,
    person,
    published,
)
from quancheng.support.dmn import public as dmn
from quancheng.support.workflow import public as workflow

pytestmark = pytest.mark.django_db
NEWER = DRAWING.replace("现场核查", "到现场核查")


def save(design_id, base, content, actor=ANN):
    return done(actions.save, actor=actor, design_id=design_id, base=base, content=content)


class TestSaving:
    @pytest.mark.parametrize("kind", ["process", "decision", "form"])
    def test_a_design_begins_empty_or_with_a_text(self, kind):
        empty, full = "", TEXTS[kind][1]
        design_id = designed(kind, content=empty)
        saved = save(design_id, 1, full)

        assert saved.number == 2
        assert queries.design(ANN, design_id).current.content.strip() == full.strip()

    def test_the_same_text_makes_no_revision(self):
        design_id = designed()

        assert save(design_id, 1, DRAWING).number == 1
        assert Revision.objects.count() == 1

    def test_of_two_at_once_the_second_lies_aside_and_both_texts_are_kept(self):
        design_id = designed()
        save(design_id, 1, NEWER)
        late = save(design_id, 1, DRAWING.replace("制证", "发证"), actor=BEN)
        design = queries.design(ANN, design_id)

        assert (late.aside, late.by) == (True, "Ann")
        assert design.current.number == 2
        assert [one.number for one in design.revisions if one.aside] == [3]
        assert "发证" in queries.revision(ANN, design_id, 3).content

    def test_what_lies_aside_can_be_taken_over(self):
        design_id = designed()
        save(design_id, 1, NEWER)
        save(design_id, 1, DRAWING.replace("制证", "发证"), actor=BEN)
        done(actions.take_over, actor=BEN, design_id=design_id, number=3, base=2)

        assert "发证" in queries.design(ANN, design_id).current.content
        assert Revision.objects.count() == 4

    def test_what_is_typed_is_kept_for_the_typist_alone_until_it_is_saved(self):
        design_id = designed()
        done(actions.keep_draft, actor=ANN, design_id=design_id, base=1, content=NEWER)

        assert queries.copy(ANN, design_id)[1].strip() == NEWER.strip()
        assert queries.copy(BEN, design_id) is None
        save(design_id, 1, NEWER)
        assert not WorkingCopy.objects.exists()

    @pytest.mark.parametrize(
        ("content", "refusal"),
        [
            ("<not closed", Unreadable),
            ("nul\0", Unreadable),
            ("\ud800", Unreadable),
            ("<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", Unreadable),
            ("x" * 4_000_001, Unreadable),
            (DRAWING.replace('id="shop-sign"', 'id="another"'), OtherKey),
        ],
    )
    def test_what_is_no_text_of_this_design_is_refused_in_a_sentence(self, content, refusal):
        design_id = designed()

        with pytest.raises(refusal):
            save(design_id, 1, content)
        assert Revision.objects.count() == 1

    def test_a_key_is_given_once_and_is_a_name(self):
        designed()

        with pytest.raises(KeyTaken):
            designed()
        with pytest.raises(BadKey):
            done(actions.create, actor=ANN, kind="form", key="1 x", title="t", organisation=OFFICE)

    def test_only_who_may_write_there_writes_and_the_refusal_is_in_the_trail(self):
        design_id = designed()
        stranger = person("eve", "design.write", place="370100/fire/")

        with pytest.raises(pmi.Forbidden):
            save(design_id, 1, NEWER, actor=stranger)
        outcomes = [entry.outcome for entry in trail.entries(subject=f"design:{design_id}").items]
        assert "pmi.forbidden" in outcomes

    def test_lists_hold_what_the_reader_may_read(self):
        designed()

        assert [line.key for line in queries.designs(ANN).object_list] == ["shop-sign"]
        assert not queries.designs(person("eve", "design.read", place="370100/fire/")).object_list
        assert [line.key for line in queries.designs(ANN, search="SHOP").object_list] == ["shop-sign"]


class TestReview:
    def test_takes_a_design_to_work_as_a_new_version_each_time(self):
        design_id = published()
        assert [(item.key, item.version, item.app) for item in workflow.definitions() if item.key == "shop-sign"] == [
            ("shop-sign", 1, "designer")
        ]
        save(design_id, 1, NEWER)
        done(actions.submit, actor=ANN, design_id=design_id, base=2)
        done(actions.approve, actor=BEN, design_id=design_id, base=2)
        version = done(actions.publish, actor=BEN, design_id=design_id)

        assert version == 2
        assert "到现场核查" in workflow.drawing("shop-sign")
        assert Design.objects.get().state == "published"

    def test_running_cases_stay_on_their_version(self):
        design_id = published()
        case = workflow.start(key="shop-sign", subject="s:1", title="t", organisation=OFFICE, actor=ANN)
        save(design_id, 1, NEWER)
        done(actions.submit, actor=ANN, design_id=design_id, base=2)
        done(actions.approve, actor=BEN, design_id=design_id, base=2)
        done(actions.publish, actor=BEN, design_id=design_id)

        assert "到现场核查" not in workflow.case("s:1").definition_xml
        assert case.key == "shop-sign"

    def test_a_table_and_a_form_are_published_too(self):
        published("decision")
        published("form")

        assert dmn.decide(key="sign-size", decision="result", inputs={"amount": 12}).outputs == "large"
        assert "申请人" in public.form("sign-form")
        with pytest.raises(public.NoDesign):
            public.form("another")

    def test_nobody_reviews_what_they_have_worked_on(self):
        design_id = designed()
        save(design_id, 1, NEWER, actor=BEN)
        done(actions.submit, actor=ANN, design_id=design_id, base=2)

        for who in (ANN, BEN):
            with pytest.raises(OwnDesign):
                done(actions.approve, actor=who, design_id=design_id, base=2)
        done(actions.approve, actor=person("cat"), design_id=design_id, base=2)
        assert Design.objects.get().state == "approved"

    def test_nothing_changes_under_the_reviewers_eyes(self):
        design_id = designed()
        done(actions.submit, actor=ANN, design_id=design_id, base=1)

        with pytest.raises(InReview):
            save(design_id, 1, NEWER)
        done(actions.withdraw, actor=ANN, design_id=design_id)
        assert save(design_id, 1, NEWER).number == 2

    @pytest.mark.parametrize("verdict", [actions.approve, actions.send_back])
    def test_what_was_submitted_anew_while_somebody_was_reading_is_looked_at_first(self, verdict):
        design_id = designed()
        done(actions.submit, actor=ANN, design_id=design_id, base=1)
        done(actions.withdraw, actor=ANN, design_id=design_id)
        save(design_id, 1, NEWER)
        done(actions.submit, actor=ANN, design_id=design_id, base=2)

        with pytest.raises(Stale):
            done(verdict, actor=BEN, design_id=design_id, base=1, reasons="核对无误")
        assert Design.objects.get().state == "review"

    def test_whose_text_was_taken_over_does_not_review_it_either(self):
        design_id = designed()
        save(design_id, 1, NEWER)
        save(design_id, 1, DRAWING.replace("制证", "发证"), actor=BEN)
        done(actions.take_over, actor=ANN, design_id=design_id, number=3, base=2)
        done(actions.submit, actor=ANN, design_id=design_id, base=4)

        with pytest.raises(OwnDesign):
            done(actions.approve, actor=BEN, design_id=design_id, base=4)

    def test_who_wrote_what_was_published_may_review_what_others_made_of_it(self):
        design_id = designed(actor=BEN)
        done(actions.submit, actor=BEN, design_id=design_id, base=1)
        done(actions.approve, actor=ANN, design_id=design_id, base=1)
        done(actions.publish, actor=ANN, design_id=design_id)
        save(design_id, 1, NEWER)
        done(actions.submit, actor=ANN, design_id=design_id, base=2)
        done(actions.approve, actor=BEN, design_id=design_id, base=2)

        assert Design.objects.get().state == "approved"

    def test_a_file_puts_no_other_process_to_work_than_its_design(self):
        picture = "<bpmndi:BPMNDiagram"
        beside = f'<bpmn:process id="shop-sign" isExecutable="false"/>{picture}'
        text = DRAWING.replace('id="shop-sign"', 'id="another"').replace(picture, beside, 1)
        design_id = designed(content=text)
        done(actions.submit, actor=ANN, design_id=design_id, base=1)
        done(actions.approve, actor=BEN, design_id=design_id, base=1)

        with pytest.raises(OtherKey):
            done(actions.publish, actor=BEN, design_id=design_id)

    def test_it_goes_back_with_reasons(self):
        design_id = designed()
        done(actions.submit, actor=ANN, design_id=design_id, base=1)

        with pytest.raises(NoReasons):
            done(actions.send_back, actor=BEN, design_id=design_id, base=1, reasons=" ")
        done(actions.send_back, actor=BEN, design_id=design_id, base=1, reasons="缺少时限")
        design = queries.design(ANN, design_id)
        assert (design.line.state, design.reviews[0].reasons) == ("sent-back", "缺少时限")

    def test_what_is_faulty_is_not_submitted_and_the_fault_is_named(self):
        design_id = designed(content=DRAWING.replace('qc:privilege="demo.errand.run"', ""))

        with pytest.raises(Faulty, match="现场核查"):
            done(actions.submit, actor=ANN, design_id=design_id, base=1)

    def test_what_is_at_work_already_is_not_submitted(self):
        design_id = published()
        save(design_id, 1, NEWER)
        save(design_id, 2, DRAWING)

        with pytest.raises(NothingNew):
            done(actions.submit, actor=ANN, design_id=design_id, base=3)

    def test_only_what_was_approved_is_published_and_only_once(self):
        design_id = designed()
        with pytest.raises(NotApproved):
            done(actions.publish, actor=BEN, design_id=design_id)
        published_id = published("form")
        with pytest.raises(NotApproved):
            done(actions.publish, actor=BEN, design_id=published_id)

    def test_what_was_deployed_since_the_review_is_not_overwritten_unseen(self):
        design_id = designed()
        done(actions.submit, actor=ANN, design_id=design_id, base=1)
        done(actions.approve, actor=BEN, design_id=design_id, base=1)
        workflow.deploy("demo", NEWER)

        with pytest.raises(OvertakenMeanwhile):
            done(actions.publish, actor=BEN, design_id=design_id)

    def test_a_process_of_an_app_stays_its_own(self):
        workflow.deploy("approvals", DRAWING)

        designed(content="")

        assert Design.objects.get().app_label == "approvals"
        assert queries.app_of("process", "none") == "designer"


class TestWhoPublishes:
    OFFICER = person("eve", place=OFFICE)

    def approved(self):
        design_id = designed()
        done(actions.submit, actor=ANN, design_id=design_id, base=1)
        done(actions.approve, actor=BEN, design_id=design_id, base=1)
        return design_id

    def test_an_officer_publishes_what_is_the_departments_own(self):
        assert done(actions.publish, actor=self.OFFICER, design_id=self.approved()) == 1

    @pytest.mark.parametrize("when", ["before it was drawn", "after it was drawn"])
    def test_what_a_system_runs_on_is_replaced_by_who_may_at_the_city_only(self, when):
        older = DRAWING.replace("现场核查", "核查")
        if when == "before it was drawn":
            workflow.deploy("approvals", older)
        else:
            designed()
            workflow.deploy("approvals", older)
        design_id = self.approved() if when == "before it was drawn" else Design.objects.get().pk
        if when == "after it was drawn":
            done(actions.submit, actor=ANN, design_id=design_id, base=1)
            done(actions.approve, actor=BEN, design_id=design_id, base=1)

        with pytest.raises(pmi.Forbidden):
            done(actions.publish, actor=self.OFFICER, design_id=design_id)
        assert workflow.drawing("shop-sign") == older
        assert trail.entries(action="designer.design.publish", outcome="pmi.forbidden").total == 1

        assert done(actions.publish, actor=BEN, design_id=design_id) == 2
        assert workflow.newest("shop-sign").app == "approvals"

    def test_a_decision_of_a_system_is_guarded_alike(self):
        dmn.deploy("approvals", TEXTS["decision"][1].replace("small", "tiny"))
        design_id = designed("decision")
        done(actions.submit, actor=ANN, design_id=design_id, base=1)
        done(actions.approve, actor=BEN, design_id=design_id, base=1)

        with pytest.raises(pmi.Forbidden):
            done(actions.publish, actor=self.OFFICER, design_id=design_id)


class TestFilesOfApps:
    def test_an_unchanged_file_does_not_go_back_behind_what_people_published(self, monkeypatch, tmp_path):
        class Shipping:
            label = "demo"

            def files(self, pattern):
                return tuple(sorted(tmp_path.glob(pattern.rpartition("/")[2])))

        (tmp_path / "sign.bpmn").write_text(DRAWING, "utf-8")
        (tmp_path / "size.dmn").write_text(TEXTS["decision"][1], "utf-8")
        monkeypatch.setattr("quancheng.kernel.discovery.all_apps", lambda: (Shipping(),))
        workflow.deploy_all()
        dmn.deploy_all()
        design_id = designed(content=NEWER)
        done(actions.submit, actor=ANN, design_id=design_id, base=1)
        done(actions.approve, actor=BEN, design_id=design_id, base=1)
        done(actions.publish, actor=BEN, design_id=design_id)
        workflow.deploy_all()

        assert "到现场核查" in workflow.drawing("shop-sign")

        (tmp_path / "sign.bpmn").write_text(DRAWING.replace("现场核查", "新核查"), "utf-8")
        workflow.deploy_all()
        assert "新核查" in workflow.drawing("shop-sign")


def test_places_are_those_where_one_may_write():
    designed()

    assert dict(queries.organisations(ANN, "designer.design.write"))[CITY] == "济南市人民政府"

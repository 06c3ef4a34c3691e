"""What is wrong with a design, how two differ, test runs, and bundles."""

import io
import json
import sqlite3
import threading
import zipfile
from typing import ClassVar

import pytest
from django.db import connection, connections
from django.utils import translation

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.designer import actions, queries
from quancheng.support.designer.engine import bundles, checking, differences
from quancheng.support.designer.models import Design, Revision
from quancheng.support.designer.tests.factories import (
    ANN,
    CITY,
    DRAWING,
    FORM,
    NOW,
    OFFICE,
    TABLE,
    designed,
    done,
    office,
    person,
    published,
)
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine import rehearsing
from quancheng.support.workflow.models import Case, CaseEvent, Definition, Task

pytestmark = pytest.mark.django_db
RUNNER = pmi.Actor(id="r", name="R", kind="staff", grants=(pmi.Grant("demo.errand.run", CITY),))


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


class TestFaults:
    def faults(self, kind, text):
        return {(fault.element, fault.is_fault) for fault in checking.check(kind, text)}

    def test_all_of_a_drawing_are_named_at_once_with_their_elements(self):
        text = (
            DRAWING.replace('qc:privilege="demo.errand.run"', "")
            .replace('qc:handler="demo.grant"', "")
            .replace("= fine = true", "= fine ==== true")
        )

        assert {("look", True), ("grant", True), ("f3", True)} <= self.faults("process", text)

    def test_what_is_not_there_is_only_doubted(self):
        found = self.faults("process", DRAWING.replace('qc:days="3"', 'qc:days="3" qc:form="no-form"'))

        assert found == {("look", False), ("grant", False)}

    def test_a_legal_period_that_is_not_there_is_a_fault(self):
        assert ("look", True) in self.faults("process", DRAWING.replace('qc:days="3"', 'qc:days="rule:NONE"'))
        assert ("look", True) not in self.faults(
            "process", DRAWING.replace('qc:days="3"', 'qc:days="rule:CN-AL-44-issue"')
        )

    def test_of_tables_and_forms_are_told_by_their_own_engines(self):
        overlapping = TABLE.replace("&gt; 10", "&gt; 5")

        assert checking.check("decision", TABLE) == ()
        assert any(fault.is_fault for fault in checking.check("decision", overlapping))
        assert checking.check("form", FORM) == ()
        assert [fault.element for fault in checking.check("form", FORM.replace("textfield", "iframe"))]
        assert checking.check("form", "[]")[0].is_fault

    def test_a_step_is_due_by_a_legal_period(self):
        workflow.deploy("demo", DRAWING.replace('qc:days="3"', 'qc:days="rule:CN-AL-44-issue"'))
        workflow.start(key="shop-sign", subject="s:1", title="t", organisation=OFFICE, actor=ANN, at=NOW)

        assert workflow.open_tasks(RUNNER, subject="s:1")[0].due_on.isoformat() == "2026-12-07"


class TestDifferences:
    def found(self, kind, before, after):
        return {one.element: (one.how, {c.property: (c.before, c.after) for c in one.changes})
                for one in differences.between(kind, before, after)}  # fmt: skip

    def test_of_drawings_are_told_by_element_and_property(self):
        after = DRAWING.replace('qc:days="3"', 'qc:days="5"').replace("= fine = true", "= fine").replace("制证", "发证")
        found = self.found("process", DRAWING, after)

        assert found["look"] == ("changed", {"Deadline": ("3", "5")})
        assert found["f3"] == ("changed", {"Condition": ("= fine = true", "= fine")})
        assert found["grant"] == ("changed", {"Name": ("制证", "发证")})
        assert set(found) == {"look", "f3", "grant"}

    def test_where_shapes_stand_makes_none(self):
        assert self.found("process", DRAWING, DRAWING.replace('x="190"', 'x="200"')) == {}

    def test_parts_come_and_go(self):
        without = DRAWING.replace('<bpmn:endEvent id="refused"><bpmn:incoming>f4</bpmn:incoming></bpmn:endEvent>', "")

        assert self.found("process", DRAWING, without)["refused"][0] == "removed"
        assert self.found("process", without, DRAWING)["refused"][0] == "added"
        assert {how for how, _changes in self.found("process", "", DRAWING).values()} == {"added"}

    def test_of_tables_are_told_by_rule_and_column(self):
        found = self.found("decision", TABLE, TABLE.replace('"large"', '"huge"'))

        assert found == {"r2": ("changed", {"result": ('"large"', '"huge"')})}

    def test_of_forms_are_told_by_field(self):
        found = self.found("form", FORM, FORM.replace('"required": true', '"required": false'))

        assert found == {"holder": ("changed", {"Required": ("true", "false")})}


class TestRehearsal:
    def run(self, *moves, text=DRAWING, **variables):
        return workflow.rehearse(text, actor=ANN, at=NOW, moves=moves, variables=variables, organisation=OFFICE)

    def test_shows_what_will_happen_and_leaves_nothing_behind(self):
        look = {"do": "complete", "case": 0, "token": 1, "variables": {"fine": True}}
        begun, on = self.run(), self.run(look)
        (task,), (work,) = begun.waiting, on.waiting

        assert (task.kind, task.element, task.due_on.isoformat()) == ("task", "look", "2026-11-26")
        assert (work.kind, work.handler, on.active) == ("work", "demo.grant", ("grant",))
        assert on.variables == {"fine": True}
        ended = self.run(look, {"do": "serve", "case": 0, "token": work.token, "variables": {"number": 7}})
        assert (ended.status, ended.variables["number"]) == ("COMPLETED", 7)
        assert not Case.objects.exists()
        assert not Definition.objects.filter(key="shop-sign").exists()

    def test_a_refused_move_is_told_and_the_rest_is_not_made(self):
        found = self.run({"do": "complete", "case": 0, "token": 99}, {"do": "complete", "case": 0, "token": 1})

        assert found.stopped[0] == 0
        assert found.active == ("look",)

    @pytest.mark.parametrize(
        "move", [{}, {"do": "x"}, {"do": "complete", "case": "a"}, {"do": "complete", "case": 0, "token": [1]},
                 {"do": "complete", "case": 0, "token": 1, "variables": 3},
                 {"do": "message", "case": 0, "name": "none"}]
    )  # fmt: skip
    def test_any_move_gets_an_answer(self, move):
        assert self.run(move).stopped

    def test_decisions_are_worked_out_timers_pass_and_messages_arrive(self):
        published("decision")
        text = DRAWING.replace("serviceTask", "businessRuleTask").replace(
            'qc:handler="demo.grant"', 'qc:decision="sign-size/result"'
        )
        look = {"do": "complete", "case": 0, "token": 1, "variables": {"fine": True}}
        assert self.run(look, text=text, amount=20).variables["result"] == "large"

        wait = ('<bpmn:boundaryEvent id="late" attachedToRef="look"><bpmn:timerEventDefinition><bpmn:timeDuration>P5D'
                '</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="over"/>'
                '<bpmn:sequenceFlow id="f6" sourceRef="late" targetRef="over"/></bpmn:process>')  # fmt: skip
        timed = self.run(text=DRAWING.replace("</bpmn:process>", wait))
        timer = next(item for item in timed.waiting if item.kind == "timer")
        fired = self.run(
            {"do": "timer", "case": 0, "token": timer.token, "element": "late"},
            text=DRAWING.replace("</bpmn:process>", wait),
        )
        assert (fired.status, fired.at) == ("COMPLETED", timer.due_at)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has many writers")
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("database_of_many")
class TestRehearsalBesideWriters:
    LOOK: ClassVar = {"do": "complete", "case": 0, "token": 1, "variables": {"fine": True}}

    def run(self, *moves):
        return workflow.rehearse(DRAWING, actor=ANN, at=NOW, moves=moves, organisation=OFFICE)

    def test_somebody_else_writes_while_it_runs_and_nothing_of_it_is_seen_or_stays(self, monkeypatch):
        workflow.deploy("demo", DRAWING.replace("现场核查", "核查"))
        with pmi.delivery():
            workflow.start(key="shop-sign", subject="x:1", title="x", organisation=OFFICE, actor=RUNNER)
        before = [list(model.objects.order_by("pk").values()) for model in (Case, Definition, Task, CaseEvent)]
        wrote, work = [], rehearsing._work

        def meanwhile(play):
            work(play)
            wrote.append(written_by_somebody_else())

        monkeypatch.setattr(rehearsing, "_work", meanwhile)
        found = self.run(self.LOOK)
        monkeypatch.undo()

        assert wrote == [True, True]
        assert (found.active, [item.kind for item in found.waiting]) == (("grant",), ["work"])
        assert before == [list(model.objects.order_by("pk").values()) for model in (Case, Definition, Task, CaseEvent)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM temp.sqlite_master")
            assert cursor.fetchone() == (0,)

    def test_a_refusal_leaves_a_connection_as_it_was(self):
        with pytest.raises(Refusal):
            workflow.rehearse("<junk/>", actor=ANN, at=NOW)

        assert connection.transaction_mode == connection.settings_dict["OPTIONS"].get("transaction_mode")
        assert not connection.in_atomic_block
        assert self.run().active == ("look",)


def written_by_somebody_else():
    """Whether a connection of its own may write now."""
    told = []

    def write():
        other = sqlite3.connect(str(connections["default"].settings_dict["NAME"]), uri=True, timeout=0)
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("UPDATE workflow_case SET title = title")
            told.append(True)
        except sqlite3.OperationalError:
            told.append(False)
        finally:
            other.rollback()
            other.close()

    writer = threading.Thread(target=write)
    writer.start()
    writer.join()
    return told[0]


def changed(content, **files):
    """Return a bundle with files replaced, added, or (None) left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        kept = {name: old.read(name) for name in old.namelist()} | files
        for name, text in kept.items():
            if text is not None:
                new.writestr(name, text)
    return out.getvalue()


class TestBundles:
    @pytest.fixture
    def bundle(self, own_folder):
        designed("form")
        designed("decision")
        pki.zone_signer()
        design_id = designed(content=DRAWING.replace('qc:days="3"', 'qc:days="3" qc:form="sign-form"'))
        return done(actions.export, actor=ANN, organisation=OFFICE, design_ids=[design_id])

    def test_hold_what_a_process_names_and_are_signed_by_the_site(self, bundle):
        found = bundles.unpack(bundle)

        assert [(item.kind, item.key) for item in found.items] == [("form", "sign-form"), ("process", "shop-sign")]
        assert found.sealed_by.startswith("办公室 (")
        with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
            signed = pki.verify_jws(opened.read("manifest.json"), opened.read("manifest.jws").decode())
        assert signed.organisation.startswith("zone:")

    def test_need_no_seal_and_use_none(self, bundle):
        assert trail.entries(action="designer.bundle.export", outcome="done").total == 1
        with pytest.raises(pki.NoSeal):
            pki.organisation_signer("office")

    def test_of_before_under_an_organisations_own_seal_are_still_taken(self, bundle):
        pki.ensure_organisation_seal("office", "办公室")
        with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
            seal = pki.sign_jws(opened.read("manifest.json"), organisation="office")

        assert bundles.unpack(changed(bundle, **{"manifest.jws": seal})).sealed_by == "办公室"

    def test_take_along_what_called_processes_name_without_reading_all_designs(self, own_folder):
        outer = "<d xmlns:q='x'><p calledElement=\"inner\"/></d>"
        inner = '<d><p qc:decision="table/result" calledElement="outer"/></d>'
        office()
        for kind, key, text in (
            ("process", "outer", outer), ("process", "inner", inner), ("decision", "table", "t"), ("form", "else", "{}")
        ):  # fmt: skip
            row = Design.objects.create(
                kind=kind, key=key, title=key, organisation=OFFICE, created_at=NOW, changed_at=NOW
            )
            row.current = Revision.objects.create(design=row, number=1, content=text, digest=key, author="a", at=NOW)
            row.save()

        content = done(actions.export, actor=ANN, organisation=OFFICE, design_ids=[Design.objects.get(key="outer").pk])

        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            sent = {name.partition(".")[0] for name in opened.namelist()} - {"manifest"}
        assert sent == {"process/outer", "process/inner", "decision/table"}

    def test_land_as_drafts_after_a_preview(self, bundle):
        Design.objects.update(current=None)
        Design.objects.all().delete()
        number = done(actions.bring, actor=ANN, organisation=OFFICE, name="b.zip", content=bundle)
        view = queries.incoming(ANN, number)
        assert [one.fate for one in view.arrivals] == ["new", "new"]

        done(actions.take, actor=ANN, incoming_id=number, keys=["form/sign-form"])

        assert list(Design.objects.values_list("key", "state")) == [("sign-form", "draft")]

    def test_what_is_worked_on_here_is_a_conflict_and_stays_as_the_revision_before(self, bundle):
        design_id = Design.objects.get(key="sign-form").pk
        done(actions.save, actor=ANN, design_id=design_id, base=1, content=FORM.replace("申请人", "经营者"))
        number = done(actions.bring, actor=ANN, organisation=OFFICE, name="b.zip", content=bundle)
        form, process = queries.incoming(ANN, number).arrivals
        assert (form.fate, process.fate, form.differences[0].element) == ("conflict", "same", "holder")

        done(actions.take, actor=ANN, incoming_id=number, keys=["form/sign-form"])

        design = queries.design(ANN, design_id)
        assert (design.current.number, "申请人" in design.current.content) == (3, True)
        assert "经营者" in queries.revision(ANN, design_id, 2).content

    def test_what_is_in_review_here_is_not_touched_and_nothing_else_is_taken(self, bundle):
        done(actions.submit, actor=ANN, design_id=Design.objects.get(key="sign-form").pk, base=1)
        number = done(actions.bring, actor=ANN, organisation=OFFICE, name="b.zip", content=bundle)

        with pytest.raises(actions.bundles.InUse):
            done(actions.take, actor=ANN, incoming_id=number, keys=["form/sign-form", "process/shop-sign"])
        assert queries.incoming(ANN, number).taken_at is None

    @pytest.mark.parametrize(
        ("files", "named"),
        [
            ({"form/sign-form.form": FORM.replace("申请人", "他人")}, "form/sign-form.form"),
            ({"form/sign-form.form": None}, "form/sign-form.form"),
            ({"manifest.jws": "a..b"}, "manifest.json"),
            ({"manifest.jws": None}, "manifest.jws"),
            ({"manifest.json": "{}"}, "manifest.json"),
            ({"extra.txt": "x"}, "extra.txt"),
            ({"../evil.form": "x"}, "../evil.form"),
            ({"/etc/evil": "x"}, "/etc/evil"),
            ({"C:\\evil": "x"}, "evil"),
            ({"bomb.form": "0" * 20_000_001}, "bomb.form"),
        ],
    )
    def test_a_bundle_that_was_tampered_with_is_refused_naming_the_file(self, bundle, files, named):
        with pytest.raises(bundles.BadBundle) as refused:
            bundles.unpack(changed(bundle, **files))

        assert named in str(refused.value)

    @pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 40])
    def test_what_is_no_bundle_is_refused(self, content):
        with pytest.raises(bundles.BadBundle):
            bundles.unpack(content)

    def test_a_bundle_whose_packing_is_damaged_is_refused(self):
        text = b"the same again and again, " * 40
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            new.writestr("manifest.json", text)
        content = bytearray(out.getvalue())
        content[43:50] = b"\xff" * 7  # behind the entry's head and name: no deflate stream begins so

        with pytest.raises(bundles.BadBundle):
            bundles.unpack(bytes(content))

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_packing_that_asks_for_memory_before_it_unpacks_is_refused(self, method):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as new:
            new.writestr("manifest.json", b"{}")

        with pytest.raises(bundles.BadBundle, match="packed in a way"):
            bundles.unpack(out.getvalue())

    def test_more_files_than_a_bundle_has_are_refused(self, bundle):
        with pytest.raises(bundles.BadBundle, match="more files"):
            bundles.unpack(changed(bundle, **{f"{number}.form": "x" for number in range(201)}))

    def test_more_designs_than_a_bundle_holds_are_refused(self, own_folder, monkeypatch):
        monkeypatch.setattr(bundles, "MOST_DESIGNS", 0)
        design_id = designed()

        with pytest.raises(actions.bundles.TooMany):
            done(actions.export, actor=ANN, organisation=OFFICE, design_ids=[design_id])

    def test_only_who_may_read_a_design_sends_it(self, own_folder):
        office()
        design_id = designed()
        stranger = person("eve", "bundle.export", place=CITY)

        with pytest.raises(actions.bundles.NothingChosen):
            done(actions.export, actor=stranger, organisation=OFFICE, design_ids=[design_id])

    def test_the_manifest_is_plain_to_read(self, bundle):
        with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
            manifest = json.loads(opened.read("manifest.json"))

        assert manifest["organisation_name"] == "办公室"
        assert len(manifest["items"]) == 2

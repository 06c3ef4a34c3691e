"""The pages of the designers."""

import json

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.utils import translation

from quancheng.security.pmi import public as pmi
from quancheng.support.designer.models import Design, Incoming, Review, Revision
from quancheng.support.designer.tests.factories import (
    ANN,
    BEN,
    DRAWING,
    OFFICE,
    TEXTS,
    designed,
    office,
    person,
    published,
)
from quancheng.support.designer.web import forms, views
from quancheng.support.workflow import public as workflow

pytestmark = pytest.mark.django_db
KINDS = pytest.mark.parametrize("kind", ["process", "decision", "form"])


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def ask(view, actor=ANN, *, data=None, query=None, **parts):
    factory = RequestFactory()
    request = factory.post("/", data) if data is not None else factory.get("/", query or {})
    request.actor, request.session = actor, {}
    request._messages = FallbackStorage(request)
    with pmi.delivery():
        answer = view.as_view()(request, **parts)
    answer.told = [str(message) for message in request._messages]
    return answer


def read(answer):
    return answer.content.decode()


@KINDS
def test_every_page_of_a_design_is_shown(kind):
    design_id = published(kind)
    for view in (views.OneDesign, views.Edit, views.Compare, views.Try, views.Review, views.Text):
        assert ask(view, design_id=design_id).status_code == 200
    assert "Sign" in read(ask(views.Designs))
    assert ask(views.New).status_code == 200
    assert ask(views.Bundles).status_code == 200


def test_a_design_begins_with_a_file_and_takes_its_key():
    office()
    file = SimpleUploadedFile("x.bpmn", DRAWING.encode())
    ask(views.New, data={"kind": "form", "title": "店招", "organisation": OFFICE, "file": file})

    assert list(Design.objects.values_list("kind", "key")) == [("process", "shop-sign")]


@pytest.mark.parametrize("content", [b"", b"<x/>", b"\xff\xfe", b"{", b"[1]", b"\0"])
def test_a_file_that_is_none_of_them_is_refused_in_a_sentence(content):
    office()
    file = SimpleUploadedFile("x.bpmn", content)
    answer = ask(views.New, data={"kind": "process", "title": "t", "organisation": OFFICE, "file": file})

    assert answer.status_code in {302, 422} if not content else answer.status_code == 422


def test_saving_answers_with_the_revision_and_its_faults():
    design_id = designed()
    text = DRAWING.replace('qc:privilege="demo.errand.run"', "")
    said = json.loads(ask(views.Edit, design_id=design_id, data={"base": "1", "content": text, "comment": "c"}).content)

    assert said["number"] == 2
    assert {"element": "look", "name": "现场核查", "isFault": True}.items() <= said["faults"][0].items()


def test_who_comes_second_reads_that_nothing_is_lost():
    design_id = designed()
    ask(views.Edit, design_id=design_id, data={"base": "1", "content": DRAWING.replace("制证", "发证")})
    late = ask(views.Edit, BEN, design_id=design_id, data={"base": "1", "content": DRAWING.replace("制证", "办证")})

    said = json.loads(late.content)
    assert said["aside"]
    assert "Ann has saved revision 2" in said["sentence"]
    assert "aside: made from 1" in read(ask(views.OneDesign, design_id=design_id))


@pytest.mark.parametrize("content", ["", "<", "\0", "x" * 4_000_001])
def test_bad_texts_are_refused_in_a_sentence_by_every_endpoint(content):
    design_id = designed()
    for view in (views.Edit, views.Draft, views.Check):
        answer = ask(view, design_id=design_id, data={"base": "x", "content": content})
        assert answer.status_code in {200, 422}
        assert json.loads(answer.content)


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    office()
    file = SimpleUploadedFile("big.bpmn", b"")
    file.size = 4_000_001
    form = forms.NewDesign({"kind": "process", "title": "t", "organisation": OFFICE}, {"file": file},
                           places=((OFFICE, "o"),), sources=())  # fmt: skip

    assert "larger than 4 MB" in str(form.errors["file"])


def test_a_form_is_shown_as_people_will_meet_it():
    design_id = designed("form")
    said = json.loads(ask(views.Check, design_id=design_id, data={"content": TEXTS["form"][1], "preview": "1"}).content)

    assert "申请人" in said["preview"]
    assert said["faults"] == []


def test_the_way_of_a_design_through_the_pages():
    design_id = designed()
    ask(views.Submit, design_id=design_id, data={"base": "1", "note": "新流程"})
    page = read(ask(views.Review, BEN, design_id=design_id))
    assert "新流程" in page
    assert "All of it is new" in page

    own = ask(views.Review, ANN, design_id=design_id, data={"base": "1", "verdict": "approve"})
    assert (own.status_code, "somebody else must review" in read(own)) == (403, True)
    assert ask(views.Review, BEN, design_id=design_id, data={"base": "1", "verdict": "back"}).status_code == 422
    ask(views.Review, BEN, design_id=design_id, data={"base": "1", "verdict": "approve"})
    told = ask(views.Publish, BEN, design_id=design_id, data={}).told
    assert "version 1" in told[0]
    assert "Nothing" not in told[0]


def test_what_a_system_runs_on_is_published_at_the_city_and_the_page_says_so():
    workflow.deploy("approvals", DRAWING.replace("现场核查", "核查"))
    design_id = designed()
    ask(views.Submit, design_id=design_id, data={"base": "1"})
    ask(views.Review, BEN, design_id=design_id, data={"base": "1", "verdict": "approve"})
    officer = person("eve", place=OFFICE)

    page = read(ask(views.OneDesign, officer, design_id=design_id))
    assert f"/{design_id}/publish/" not in page
    assert "it is published by 济南市人民政府" in page
    with pytest.raises(pmi.Forbidden):
        ask(views.Publish, officer, design_id=design_id, data={})
    assert workflow.newest("shop-sign").version == 1

    assert f"/{design_id}/publish/" in read(ask(views.OneDesign, BEN, design_id=design_id))
    ask(views.Publish, BEN, design_id=design_id, data={})
    assert workflow.newest("shop-sign").version == 2


def test_a_long_history_is_shown_page_by_page_and_any_two_revisions_are_compared():
    design_id = designed()
    first = Revision.objects.get()
    for number in range(2, 70):
        Revision.objects.create(
            design_id=design_id, number=number, base=number - 1, content=DRAWING, digest=str(number), author="ann",
            author_name="Ann", comment=f"change {number}.", at=first.at,
        )  # fmt: skip
        Review.objects.create(
            design_id=design_id, revision=first, against=0, asked_by="ann", asked_by_name=f"asker {number}.",
            asked_at=first.at, outcome="withdrawn",
        )  # fmt: skip

    pages = [
        read(ask(views.OneDesign, design_id=design_id, query=query)) for query in ({}, {"page": "2", "reviews": "3"})
    ]
    compared = read(ask(views.Compare, design_id=design_id, query={"revision": "2", "against": "1"}))

    assert ("change 69." in pages[0], "change 30." in pages[0], "asker 69." in pages[0]) == (True, False, True)
    assert ("change 30." in pages[1], "change 69." in pages[1], "asker 2." in pages[1]) == (True, False, True)
    assert '<option value="2" selected>' in compared
    assert '<option value="1" selected>' in compared
    assert compared.count("<option") < 70


def test_a_test_run_goes_step_by_step():
    design_id = designed()
    begun = read(ask(views.Try, design_id=design_id, data={"begin": "1", "start": "area = 80"}))
    step = {"begin": "1", "start": "area = 80", "moves": "[]", "do": "complete", "case": "0", "token": "1"}
    on = read(ask(views.Try, design_id=design_id, data=step | {"variables": "fine = area > 50"}))
    wrong = read(ask(views.Try, design_id=design_id, data=step | {"variables": "no equals"}))

    assert "现场核查" in begun
    assert "demo.grant" in on
    assert "write a name, an equals sign" in wrong


@pytest.mark.parametrize(
    "moves", ["{", "[[]]", '[{"do": 1}]', "[" * 5000, "null", '[{"do": "\\u0000"}]', "[NaN]", '[{"case": 1e99}]']
)
def test_a_test_run_answers_to_any_moves(moves):
    design_id = designed()

    assert ask(views.Try, design_id=design_id, data={"begin": "1", "moves": moves}).status_code == 200


def test_a_decision_is_tried_with_values():
    design_id = designed("decision")

    page = read(ask(views.Try, design_id=design_id, query={"decision": "result", "input.1": "12"}))
    assert "result = large" in " ".join(page.split()).replace("&quot;", "")


def test_a_bundle_goes_out_and_comes_in(own_folder):
    design_id = designed()
    sent = ask(views.Bundles, data={"organisation": OFFICE, "design": [str(design_id)]})
    file = SimpleUploadedFile("b.zip", sent.content)
    ask(views.Bring, data={"organisation": OFFICE, "file": file})
    incoming = Incoming.objects.get()
    page = read(ask(views.Arriving, incoming_id=incoming.pk))
    taken = ask(views.Arriving, incoming_id=incoming.pk, data={"item": ["process/shop-sign"]})
    again = ask(views.Arriving, incoming_id=incoming.pk, data={"item": ["process/shop-sign"]})

    assert "the same as here" in page
    assert "1 design" in taken.told[0]
    assert "taken over already" in again.told[0]


def test_a_bad_bundle_is_refused_on_the_page():
    office()
    told = ask(views.Bring, data={"organisation": OFFICE, "file": SimpleUploadedFile("b.zip", b"junk")}).told

    assert "not taken" in told[0]


def test_a_stranger_finds_no_door():
    design_id = designed()
    with pytest.raises(pmi.Forbidden):
        ask(views.OneDesign, person("eve", "design.read", place="370100/fire/"), design_id=design_id)

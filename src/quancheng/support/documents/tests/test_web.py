"""The workbench's pages about documents."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from quancheng.security.pmi import public as pmi
from quancheng.support.documents import public as documents
from quancheng.support.documents.actions import documents as acts
from quancheng.support.documents.actions import looking
from quancheng.support.documents.models import Document, Hold
from quancheng.support.documents.tests.factories import ELSEWHERE, PLACE, ask, document, pdf, person
from quancheng.support.documents.web import views

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offices")]
ME = person()
READER = person("读者", verbs=("document.read",))
CONTENT = b"0123456789" * 10


def page(view, actor=ME, **more):
    return ask(view, actor, **more).content.decode()


def upload(content=b"some text", name="notes.txt"):
    return SimpleUploadedFile(name, content)


class TestList:
    def test_finds_by_title_and_text(self):
        made = document(pdf("趵突泉水位通报"), name="a.pdf", title="通报")
        document(b"something else", title="别的")
        looking.look_into_new(at=timezone.now())

        html = page(views.Documents, query="?q=水位")

        assert f"/documents/{made}/?q=" in html
        assert ("found in the text" in html, "别的" in html) == (True, False)

    @pytest.mark.parametrize("query", ["?state=locked", "?state=x%00", "?page=x", "?q=%00", "?organisation=nowhere"])
    def test_takes_any_address(self, query):
        document()

        assert ask(views.Documents, ME, query=query).status_code == 200

    def test_marked_documents_are_checked_out_each_by_itself(self):
        mine, taken = document(title="一"), document(title="二")
        acts.check_out(actor=person("别人"), document_id=taken, at=timezone.now())

        html = page(views.Documents, ME, method="post", data={"wish": "check-out", "row": [str(mine), str(taken)]})

        assert set(Document.objects.values_list("title", "locked_by")) == {("一", ME.id), ("二", person("别人").id)}
        assert "别人" in html

    def test_leaves_in_a_file_with_what_holds_documents_back(self):
        made = document(title="总结")
        acts.check_out(actor=ME, document_id=made, at=timezone.now())

        text = b"".join(ask(views.Documents, ME, query="?export=csv&state=own").streaming_content).decode()

        assert ("总结" in text, f"with {ME.name}" in text) == (True, True)

    def test_offers_only_what_may_be_done(self):
        assert "/documents/new/" in page(views.Documents)
        assert "/documents/new/" not in page(views.Documents, READER)


class TestNew:
    def test_without_scripts_a_form_makes_a_document(self):
        form = page(views.New)
        key = re.search(r'name="key" value="([^"]+)"', form)[1]
        data = {"key": key, "title": "", "organisation": PLACE, "file": upload()}

        answers = [ask(views.New, ME, method="post", data={**data, "file": upload()}) for _twice in range(2)]

        assert {answer["Location"] for answer in answers} == {f"/documents/{Document.objects.get().pk}/"}
        assert Document.objects.get().title == "notes"

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"file": upload(b"MZ\x90\x00\x03", "photo.jpg")}, 415),
            ({"file": upload(b"text", "机密★1年.txt")}, 409),
            ({"organisation": ELSEWHERE}, 422),
            ({"title": "a\0b"}, 422),
            ({"file": ""}, 422),
        ],
    )
    def test_says_what_is_wrong(self, change, status):
        data = {"key": "6f1c0f5e-3f0b-4a3e-9d4c-2f6a6f2f3a11", "organisation": PLACE, "file": upload(), **change}

        answer = ask(views.New, ME, method="post", data=data)

        assert (answer.status_code, "qc-errors" in answer.content.decode()) == (status, True)
        assert not Document.objects.exists()


class TestOneDocument:
    def test_shows_versions_preview_and_what_may_be_done(self):
        made = document(pdf(pages=2), name="a.pdf")
        looking.look_into_new(at=timezone.now())

        html = page(views.OneDocument, document_id=made)

        assert html.count("/versions/1/") >= 3
        assert ("Check out" in html, "Place a hold" in html, "Destroy all versions" in html) == (True, True, True)

    def test_offers_a_reader_nothing_to_change(self):
        html = page(views.OneDocument, READER, document_id=document())

        assert not re.search(r'<form method="post"[^>]*/documents/', html)

    def test_who_may_not_look_is_refused(self):
        with pytest.raises(pmi.Forbidden):
            ask(views.OneDocument, person("外人", place=ELSEWHERE), document_id=document())

    def test_says_who_has_it(self):
        made = document()
        ask(views.Lock, person("张伟"), method="post", document_id=made)

        html = page(views.OneDocument, document_id=made)

        assert "张伟 has checked this document out" in html
        assert "Break the lock" in html


class TestSteps:
    def test_a_version_is_added(self):
        made = document()

        ask(views.AddVersion, ME, method="post", data={"base": 1, "file": upload()}, document_id=made)

        assert documents.look(actor=ME, document_id=made).current.number == 2

    def test_a_stale_version_is_said_on_the_page(self):
        made = document()

        answer = ask(views.AddVersion, ME, method="post", data={"base": 5, "file": upload()}, document_id=made)

        assert (answer.status_code, "has been added meanwhile" in answer.content.decode()) == (409, True)

    @pytest.mark.parametrize("base", ["", "-1", "x", "9" * 30])
    def test_a_version_after_nothing_is_refused(self, base):
        answer = ask(views.AddVersion, ME, method="post", data={"base": base, "file": upload()}, document_id=document())

        assert answer.status_code == 422

    def test_a_hold_is_placed_once_and_lifted(self):
        made = document()
        data = {"hold-basis": "审〔2026〕8号", "hold-reason": "审计"}

        answers = [ask(views.PlaceHold, ME, method="post", data=data, document_id=made).status_code for _twice in "12"]
        hold = Hold.objects.get()
        ask(views.LiftHold, ME, method="post", data={"reason": "结束"}, document_id=made, hold_id=hold.pk)

        hold.refresh_from_db()
        assert (answers, hold.lifted_by_name) == ([302, 409], "李建国")

    @pytest.mark.parametrize("data", [{"retention": "x"}, {"retention": "fixed-10", "closed_on": "2999-01-01"}, {}])
    def test_a_retention_that_cannot_be_is_refused(self, data):
        assert ask(views.SetRetention, ME, method="post", data=data, document_id=document()).status_code == 422

    def test_destroying_leads_to_the_list_and_leaves_a_line(self):
        made = document(title="旧台账")

        answer = ask(views.Destroy, ME, method="post", data={"destroy-reason": "鉴定第3号"}, document_id=made)

        assert answer["Location"] == "/documents/"
        assert "旧台账" in page(views.Destroyed)


class TestDownload:
    @pytest.fixture
    def made(self):
        return document(CONTENT, name='数据 "1".txt')

    def get(self, made, method="get", **headers):
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        return ask(views.Download, ME, method=method, headers=given, document_id=made, number=1)

    def body(self, answer):
        return b"".join(answer.streaming_content)

    def test_whole(self, made):
        answer = self.get(made)

        assert (answer.status_code, answer["Content-Length"], self.body(answer)) == (200, "100", CONTENT)
        assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E6%95%B0%E6%8D%AE%20%221%22")

    @pytest.mark.parametrize(
        ("asked", "content"), [("bytes=10-14", b"01234"), ("bytes=95-", b"56789"), ("bytes=-3", b"789")]
    )
    def test_in_part(self, made, asked, content):
        answer = self.get(made, Range=asked)

        assert (answer.status_code, self.body(answer)) == (206, content)
        assert answer["Content-Range"].endswith("/100")

    def test_a_part_of_another_version_is_not_mixed_in(self, made):
        answer = self.get(made, Range="bytes=10-14", If_Range='"another"')

        assert (answer.status_code, self.body(answer)) == (200, CONTENT)

    def test_beyond_the_end(self, made):
        answer = self.get(made, Range="bytes=100-")

        assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */100")

    def test_what_is_known_already(self, made):
        answer = self.get(made)

        assert self.get(made, If_None_Match=answer["ETag"]).status_code == 304

    def test_the_head_alone(self, made):
        answer = self.get(made, method="head")

        assert (answer.status_code, answer["Content-Length"], answer.content) == (200, "100", b"")

    def test_every_one_stands_in_the_trail(self, made):
        from quancheng.security.trail import public as trail

        self.get(made, Range="bytes=50-")

        entries = trail.entries(subject=f"document:{made}").items
        assert "documents.version.download" in {entry.action for entry in entries}

    def test_a_version_that_is_not_there(self, made):
        with pytest.raises(documents.NoDocument):
            ask(views.Download, ME, document_id=made, number=9)


def test_a_page_is_a_picture():
    made = document(pdf(), name="a.pdf")
    looking.look_into_new(at=timezone.now())

    answer = ask(views.Picture, ME, document_id=made, number=1, page=1)

    assert (answer["Content-Type"], b"".join(answer.streaming_content)[:4]) == ("image/png", b"\x89PNG")


def test_an_official_document_is_written_once():
    form = page(views.Official)
    data = {
        "key": re.search(r'name="key" value="([^"]+)"', form)[1], "organisation": PLACE, "issuer": "行政审批服务局文件",
        "title": "关于测试的通知", "paragraphs": "第一段\n第二段", "signature": "行政审批服务局", "date": "2026-11-23",
    }  # fmt: skip

    answers = {ask(views.Official, ME, method="post", data=data)["Location"] for _twice in "12"}
    marked = ask(views.Official, ME, method="post", data={**data, "paragraphs": "机密★5年\n正文"})

    assert (len(answers), Document.objects.count(), marked.status_code) == (1, 1, 409)
    assert acts.NoDocument.status == 404

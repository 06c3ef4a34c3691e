"""Uploads that go on after a break, over the protocol's own words (tus 1.0.0)."""

import base64
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from quancheng.support.documents import public as documents
from quancheng.support.documents import queries
from quancheng.support.documents.actions import keeping, sweeping, uploads
from quancheng.support.documents.config import Config
from quancheng.support.documents.models import Document, StoredFile, Upload
from quancheng.support.documents.rules import tus
from quancheng.support.documents.tests.factories import PLACE, ask, document, person
from quancheng.support.documents.web.uploads import OneUpload, Uploads
from quancheng.support.documents.web.views import Download

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offices")]
ME = person()
TEXT = "一二三四五六七八九十".encode() * 100
SIZE = len(TEXT)
SPOKEN = {"Tus-Resumable": "1.0.0"}


def metadata(**said):
    return ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in said.items())


def begin(size=SIZE, *, actor=ME, **said):
    given = {"filename": "notes.txt", "organisation": PLACE, **said}
    headers = {**SPOKEN, "Upload-Length": str(size), "Upload-Metadata": metadata(**given)}
    return ask(Uploads, actor, method="post", body=b"", headers=headers)


def upload_id(answer):
    return answer["Location"].rstrip("/").rpartition("/")[2]


def send(one, offset, content, *, actor=ME, kind=tus.CHUNK_TYPE):
    headers = {**SPOKEN, "Upload-Offset": str(offset)}
    return ask(OneUpload, actor, method="patch", body=content, headers=headers, kind=kind, upload_id=one)


def standing(one, *, actor=ME):
    return ask(OneUpload, actor, method="head", body=b"", headers=SPOKEN, upload_id=one)


def parts():
    """Return the names of the files of uploads under way."""
    return {file.name for file in queries.uploads().glob("*")}


class Breaks(io.BytesIO):
    """A connection that breaks after what it has brought."""

    def read(self, size=-1):
        if piece := super().read(min(size, 700)):
            return piece
        raise OSError("connection reset")


class TestUpload:
    def test_in_pieces_becomes_a_document(self):
        one = upload_id(begin(title="会议记录"))

        first = send(one, 0, TEXT[:1000])
        last = send(one, 1000, TEXT[1000:])

        assert (first.status_code, first["Upload-Offset"], last.status_code) == (204, "1000", 204)
        made = Document.objects.get()
        assert last["Document-Location"] == f"/documents/{made.pk}/"
        with documents.download(actor=ME, document_id=made.pk, number=1).stream as stream:
            assert stream.read() == TEXT
        assert made.title == "会议记录"
        assert one not in parts()

    def test_goes_on_where_the_connection_broke(self):
        one = upload_id(begin())
        with pytest.raises(OSError, match="reset"):
            uploads.append(actor=ME, upload_id=one, offset=0, source=Breaks(TEXT[:1400]), at=timezone.now())

        at = int(standing(one)["Upload-Offset"])
        answer = send(one, at, TEXT[at:])

        assert (at, answer["Upload-Offset"]) == (1400, str(len(TEXT)))
        assert StoredFile.objects.get().digest == keeping.hashlib.sha256(TEXT).hexdigest()

    def test_that_was_killed_before_the_document_was_made_is_finished_by_asking(self, monkeypatch):
        one = upload_id(begin())

        def killed(*args, **kwargs):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(uploads.documents, "create", killed)
            send(one, 0, TEXT)
        answer = standing(one)

        assert answer["Document-Location"] == f"/documents/{Document.objects.get().pk}/"

    def test_sent_twice_makes_one_document(self):
        one = upload_id(begin())

        answers = [send(one, 0, TEXT), send(one, len(TEXT), b""), standing(one)]

        assert len({answer["Document-Location"] for answer in answers}) == 1
        assert Document.objects.count() == 1

    def test_adds_a_version(self):
        made = document(b"first")
        one = upload_id(begin(document=str(made), base="1", note="改"))

        send(one, 0, TEXT)

        assert documents.look(actor=ME, document_id=made).current.note == "改"

    def test_of_a_stale_version_is_refused_and_leaves_nothing(self):
        made = document(b"first")
        one = upload_id(begin(document=str(made), base="7"))

        answer = send(one, 0, TEXT)

        assert (answer.status_code, Upload.objects.count()) == (409, 0)
        assert one not in parts()


class TestRefusals:
    def test_a_piece_at_another_place(self):
        one = upload_id(begin())

        assert send(one, 5, TEXT[5:]).status_code == 409
        assert standing(one)["Upload-Offset"] == "0"

    def test_more_than_was_said(self):
        one = upload_id(begin(10))

        assert send(one, 0, b"12345678901").status_code == 409

    def test_somebody_else(self):
        one = upload_id(begin())
        other = person("张伟")

        assert [send(one, 0, TEXT, actor=other).status_code, standing(one, actor=other).status_code] == [404, 404]

    def test_two_connections_at_once(self):
        one = upload_id(begin())

        class Second(io.BytesIO):
            answer = None

            def read(self, size=-1):
                self.answer = self.answer or send(one, 0, TEXT).status_code
                return super().read(size)

        source = Second(TEXT)
        uploads.append(actor=ME, upload_id=one, offset=0, source=source, at=timezone.now())

        assert (source.answer, Document.objects.count()) == (423, 1)

    @pytest.mark.parametrize(
        ("size", "said", "status"),
        [(0, {}, 409), (10**14, {}, 413), (5, {"filename": "机密★5年.pdf"}, 409), (5, {"document": "x"}, 400),
         (5, {"document": str(uuid4())}, 404), (5, {"organisation": "370100/370100-scjg/"}, 403),
         (5, {"title": "通知（秘密）"}, 409), (5, {"organisation": PLACE + "nowhere/"}, 422)],
    )  # fmt: skip
    def test_before_a_byte_is_sent(self, size, said, status):
        assert begin(size, **said).status_code == status
        assert not Upload.objects.exists()

    def test_of_what_is_not_accepted_after_the_last_byte(self):
        one = upload_id(begin(9, filename="tool.pdf"))

        answer = send(one, 0, b"MZ\x90\x00 \x03\x04\x05\x06")

        assert (answer.status_code, "tool.pdf" in answer.content.decode()) == (415, True)
        assert not StoredFile.objects.exists()

    def test_when_the_disk_is_full(self, monkeypatch):
        monkeypatch.setattr(keeping.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 1000}))

        answer = begin()

        assert (answer.status_code, "no room" in answer.content.decode()) == (507, True)

    def test_when_the_disk_fills_up_meanwhile(self, monkeypatch):
        one = upload_id(begin())

        def full(stream, source, *, room):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(uploads, "_write", full)
            answer = send(one, 0, TEXT)

        assert answer.status_code == 507
        assert send(one, 0, TEXT).status_code == 204

    def test_too_many_at_once(self, monkeypatch):
        monkeypatch.setattr(uploads, "config", Config(uploads_at_once=2))

        assert [begin().status_code for _one in range(3)] == [201, 201, 429]

    @pytest.mark.parametrize(
        "headers", [{}, {"Upload-Length": "-1"}, {"Upload-Length": "5", "Upload-Metadata": "filename !"}]
    )
    def test_what_is_not_the_protocol(self, headers):
        assert ask(Uploads, ME, method="post", body=b"", headers={**SPOKEN, **headers}).status_code == 400
        assert ask(Uploads, ME, method="post", body=b"", headers=headers).status_code == 412

    def test_another_type_of_content(self):
        assert send(upload_id(begin()), 0, TEXT, kind="text/plain").status_code == 415


def test_it_says_what_it_speaks():
    answer = ask(Uploads, ME, method="options")

    assert (answer["Tus-Version"], "creation" in answer["Tus-Extension"]) == ("1.0.0", True)


def test_it_can_be_given_up():
    one = upload_id(begin())
    send(one, 0, TEXT[:10])

    answer = ask(OneUpload, ME, method="delete", body=b"", headers=SPOKEN, upload_id=one)

    assert (answer.status_code, standing(one).status_code, one in parts()) == (204, 404, False)


def test_abandoned_ones_are_swept_and_others_stay():
    old, new = (upload_id(begin()) for _one in range(2))
    send(old, 0, TEXT[:10])
    Upload.objects.filter(pk=old).update(touched_at=timezone.now() - timedelta(days=9))

    sweeping.sweep(at=timezone.now())

    assert {old, new} & parts() == {new}


def test_64_mebibytes_go_in_and_out_with_a_break_in_little_memory():
    import hashlib
    import tracemalloc

    size, line = 64 * 1024 * 1024, b"0123456789abcde\n"

    class Source:
        """A connection that brings lines, and breaks once after `breaks` bytes."""

        def __init__(self, at, *, breaks=0):
            self.at, self.breaks = at, breaks

        def read(self, most):
            if self.breaks and self.at >= self.breaks:
                raise OSError("connection reset")
            piece = min(most, size - self.at)
            self.at += piece
            return (line * (piece // 16 + 2))[(self.at - piece) % 16 :][:piece]

    one, at = upload_id(begin(size)), timezone.now()
    tracemalloc.start()
    with pytest.raises(OSError, match="reset"):
        uploads.append(actor=ME, upload_id=one, offset=0, source=Source(0, breaks=size // 2), at=at)
    stands = uploads.standing(actor=ME, upload_id=one, at=at).offset
    made = uploads.append(actor=ME, upload_id=one, offset=stands, source=Source(stands), at=at)
    digest = hashlib.sha256()
    answer = ask(Download, ME, headers={"Range": "bytes=0-"}, document_id=made.document, number=1)
    for piece in answer.streaming_content:
        digest.update(piece)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert digest.hexdigest() == hashlib.sha256(line * (size // 16)).hexdigest()
    assert peak < 16 * 1024 * 1024

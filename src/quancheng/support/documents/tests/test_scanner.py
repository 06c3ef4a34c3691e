"""clamd's protocol, spoken to a daemon of this test, and what a verdict does to a file."""

import io
import socket
import struct
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from quancheng.security.trail import public as trail
from quancheng.support.documents import public as documents
from quancheng.support.documents.actions import keeping, looking
from quancheng.support.documents.adapters import Clamd, Verdict
from quancheng.support.documents.config import Config
from quancheng.support.documents.models import StoredFile
from quancheng.support.documents.tests import factories
from quancheng.support.eforms import public as eforms

PDF = b"%PDF-1.7\nsome bytes"


def daemon(answer, *, limit=10**9):
    """Run a clamd for one file: reads the stream as clamd does, then answers. Returns its address and what it read."""
    listening, got = socket.create_server(("127.0.0.1", 0)), bytearray()

    def serve():
        with listening, listening.accept()[0] as line, line.makefile("rb") as read:
            assert read.read(10) == b"zINSTREAM\0"
            while size := struct.unpack("!I", read.read(4))[0]:
                got.extend(read.read(size))
                if len(got) > limit:
                    break
            line.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return f"127.0.0.1:{listening.getsockname()[1]}", got, thread


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (b"stream: OK\0", Verdict("CLEAN")),
        (b"stream: Eicar-Test-Signature FOUND\0", Verdict("INFECTED", "Eicar-Test-Signature")),
        (b"", Verdict("UNREACHABLE", "no answer")),
        (b"stream: something else ERROR\0", Verdict("UNREACHABLE", "something else ERROR")),
    ],
)
def test_an_answer_is_understood(answer, verdict):
    address, got, thread = daemon(answer)

    said = Clamd(address).scan(io.BytesIO(b"x" * 600_000))
    thread.join(10)

    assert (said, len(got)) == (verdict, 600_000)


def test_a_file_beyond_the_daemon_s_limit_is_told_apart():
    address, _got, thread = daemon(b"INSTREAM size limit exceeded. ERROR\0", limit=300_000)

    assert Clamd(address).scan(io.BytesIO(b"x" * 1_000_000)).state in {"TOO_LARGE", "UNREACHABLE"}
    thread.join(10)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.sock"])
def test_a_daemon_that_is_not_there_is_no_failure(address):
    assert Clamd(address, patience=2).scan(io.BytesIO(b"x")).state == "UNREACHABLE"


@pytest.mark.django_db
class TestKeeping:
    def test_refuses_what_is_infected_and_keeps_nothing(self, scanner):
        scanner.verdict = Verdict("INFECTED", "Eicar")

        with pytest.raises(documents.Infected, match="Eicar"):
            documents.keep(b"text", name="a.txt")

        assert not StoredFile.objects.exists()

    def test_notes_a_scanner_that_does_not_answer(self, scanner):
        scanner.verdict = Verdict("UNREACHABLE", "refused")

        kept = documents.keep(b"text of today", name="a.txt")

        assert StoredFile.objects.get(pk=kept.digest).scan == "UNREACHABLE"

    def test_refuses_while_it_does_not_answer_where_it_has_to(self, scanner, monkeypatch):
        from quancheng.support.documents.actions import keeping
        from quancheng.support.documents.config import Config

        scanner.verdict = Verdict("UNREACHABLE")
        monkeypatch.setattr(keeping, "config", Config(scan_required=True))

        with pytest.raises(documents.ScannerSilent):
            documents.keep(b"text", name="a.txt")


class TestAFormsFile:
    FORM = {"type": "default", "id": "f", "components": [{"type": "filepicker", "key": "plan", "label": "平面图"}]}

    def bound(self, name="plan.pdf"):
        file = SimpleUploadedFile(name, PDF, content_type="application/pdf")
        return eforms.load(self.FORM).bind({}, files={"plan": file})

    def test_with_malware_is_refused_beside_its_field(self, scanner):
        scanner.verdict = Verdict("INFECTED", "Eicar")

        assert "Eicar" in self.bound().errors["plan"]

    def test_that_carries_a_secrecy_mark_in_its_name_is_refused(self, scanner):
        assert "机密" in self.bound("机密★5年.pdf").errors["plan"]

    def test_is_refused_while_the_scanner_is_silent_where_it_has_to_answer(self, scanner, monkeypatch):
        scanner.verdict = Verdict("UNREACHABLE")
        open_site = self.bound().errors
        monkeypatch.setattr(keeping, "config", Config(scan_required=True))

        assert (open_site, list(self.bound().errors)) == ({}, ["plan"])

    def test_that_is_clean_is_taken_whole(self, scanner):
        bound = self.bound()

        assert bound.is_valid()
        assert bound.cleaned["plan"][0].read() == PDF


@pytest.mark.django_db
class TestScanningAgain:
    def test_puts_what_is_found_late_into_quarantine(self, scanner, offices):
        scanner.verdict = Verdict("UNREACHABLE")
        document_id = factories.document(b"seemed harmless")
        file = StoredFile.objects.get()
        scanner.verdict = Verdict("INFECTED", "Late-Signature")

        looking.scan_again(at=timezone.now() + looking.AGAIN * 2)

        file.refresh_from_db()
        assert (file.scan, file.finding, documents.exists(file.digest)) == ("INFECTED", "Late-Signature", False)
        with pytest.raises(documents.Quarantined):
            documents.download(actor=factories.person(), document_id=document_id, number=1)
        with pytest.raises(documents.Infected):
            documents.keep(b"seemed harmless", name="again.txt")
        assert [e.action for e in trail.entries(subject=f"file:{file.digest}").items] == ["documents.file.quarantine"]

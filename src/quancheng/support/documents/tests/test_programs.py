"""LibreOffice, Tesseract and ClamAV themselves, where they are installed."""

import os
import shutil
import socket
import subprocess
import time

import pytest
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from quancheng.support.documents import public as documents
from quancheng.support.documents import queries
from quancheng.support.documents.actions import keeping, looking
from quancheng.support.documents.adapters import Clamd
from quancheng.support.documents.models import Extract, StoredFile
from quancheng.support.documents.tests import factories

pytestmark = [pytest.mark.heavy, pytest.mark.django_db, pytest.mark.usefixtures("offices")]
# The test file of the European Institute for Computer Anti-Virus Research: harmless, found by every scanner.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def scan_of(text, path):
    """Write a picture of a page with nothing but pixels."""
    image = Image.new("RGB", (1240, 600), "white")
    font = ImageFont.truetype("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 48, index=2)
    ImageDraw.Draw(image).text((120, 200), text, font=font, fill="black")
    image.save(path)
    return path.read_bytes()


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_an_office_document_is_shown_as_pages_and_keeps_its_own_text(monkeypatch, tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["名称", "趵突泉"])
    book.save(tmp_path / "a.xlsx")
    document_id = factories.document((tmp_path / "a.xlsx").read_bytes(), name="a.xlsx")

    looking.look_into_new(at=timezone.now())

    page = documents.look(actor=factories.person(), document_id=document_id, search="趵突泉")
    assert (page.current.pages, page.current.pictures, len(page.passages)) == (1, (1,), 1)


@pytest.mark.skipif(not shutil.which("tesseract"), reason="Tesseract is not installed")
class TestRecognising:
    def test_a_scan_can_be_searched(self, tmp_path):
        factories.document(scan_of("关于优化办理流程的通知", tmp_path / "a.png"), name="a.png")

        looking.look_into_new(at=timezone.now())

        found = Extract.objects.get()
        assert (found.method, "办理流程" in found.text) == ("recognised", True)

    def test_a_mark_on_a_scan_leads_to_quarantine(self, tmp_path):
        factories.document(scan_of("机密★5年", tmp_path / "a.png"), name="a.png")

        looking.look_into_new(at=timezone.now())

        file = StoredFile.objects.get(name="a.png")
        assert (file.quarantined_at is not None, documents.exists(file.digest)) == (True, False)


@pytest.fixture(scope="module")
def clamd(tmp_path_factory):
    """A real clamd with one signature of our own: the EICAR test file, by its digest and size."""
    if not shutil.which("clamd"):
        pytest.skip("ClamAV is not installed")
    folder = tmp_path_factory.mktemp("clamd")
    folder.chmod(0o755)
    (folder / "signatures").mkdir()
    import hashlib

    line = f"{hashlib.sha256(EICAR).hexdigest()}:{len(EICAR)}:Eicar-Test-Signature:73\n"
    (folder / "signatures" / "own.hsb").write_text(line)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = (
        f"TCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {folder}/signatures\nForeground yes\nUser {_user()}\n"
    )
    (folder / "clamd.conf").write_text(settings + "StreamMaxLength 10M\n")
    process = subprocess.Popen(
        ["clamd", "-c", str(folder / "clamd.conf")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait(30)


def _user():
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


class TestClamd:
    @pytest.fixture(autouse=True)
    def _at_work(self, clamd, monkeypatch):
        for module in (keeping, looking):
            monkeypatch.setattr(module, "scanner", lambda: Clamd(clamd))

    def test_the_test_virus_is_refused(self):
        with pytest.raises(documents.Infected, match="Eicar"):
            documents.keep(EICAR, name="eicar.txt")

        assert not StoredFile.objects.exists()

    def test_a_clean_file_is_said_to_be(self):
        kept = documents.keep(b"nothing but text", name="a.txt")

        assert StoredFile.objects.get(pk=kept.digest).scan == "CLEAN"

    def test_what_is_beyond_its_limit_is_told_apart(self):
        kept = documents.keep(b"text " * 4_000_000, name="long.txt")

        assert StoredFile.objects.get(pk=kept.digest).scan in {"TOO_LARGE", "UNREACHABLE"}
        assert queries.store().exists(kept.digest)

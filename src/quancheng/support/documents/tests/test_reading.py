"""Text and pages read out of files in a process apart; what is made to do harm harms only that."""

import zipfile

import pytest
from django.utils import timezone
from PIL import Image

from quancheng.support.documents import public as documents
from quancheng.support.documents import rules
from quancheng.support.documents.actions import looking
from quancheng.support.documents.engine import ofd, office, sandbox
from quancheng.support.documents.engine.containers import Bomb, Container, Unreadable
from quancheng.support.documents.models import Extract, StoredFile
from quancheng.support.documents.queries.documents import passages
from quancheng.support.documents.tests import factories


@pytest.fixture
def file(tmp_path):
    def write(content, name="file"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


class TestPdf:
    def test_gives_its_text_and_its_first_pages(self, file, tmp_path):
        path = file(factories.pdf("趵突泉", pages=3))

        found = sandbox.read(path, media=rules.PDF, folder=tmp_path, text_pages=10, pictures=2, width=300)

        assert (found.pages, len(found.pictures), found.text.count("趵突泉")) == (3, 2, 3)
        assert Image.open(found.pictures[0]).width == 300

    @pytest.mark.parametrize("content", [b"%PDF-1.7\nnothing", b"%PDF-1.7\n" + b"\xff" * 5000])
    def test_that_is_damaged_is_said_to_be(self, file, tmp_path, content):
        with pytest.raises(Unreadable):
            sandbox.read(file(content), media=rules.PDF, folder=tmp_path, text_pages=1)


class TestOffice:
    def test_paragraphs_headers_and_breaks_of_a_document(self, file):
        path = file(factories.docx("第一段", "第二段", header="页眉"))

        assert list(office.word(path)) == ["页眉", "第一段", "第二段"]

    def test_rows_of_sheets(self, file):
        space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        parts = {
            "xl/workbook.xml": f"<workbook {space}/>",
            "xl/sharedStrings.xml": f"<sst {space}><si><t>名称</t></si><si><t>数量</t></si></sst>",
            "xl/worksheets/sheet1.xml": f'<worksheet {space}><sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c>'
            f'</row><row><c t="inlineStr"><is><t>茶</t></is></c><c><v>12</v></c><c t="s"><v>99</v></c></row>'
            "</sheetData></worksheet>",
        }

        assert list(office.sheet(file(factories.container(**parts)))) == ["名称\t数量", "茶\t12"]

    def test_slides_in_their_order(self, file):
        space = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
        parts = {"ppt/presentation.xml": "<p/>"} | {
            f"ppt/slides/slide{n}.xml": f"<s {space}><a:p><a:r><a:t>{n}</a:t></a:r></a:p></s>" for n in (2, 10, 1)
        }

        assert list(office.slides(file(factories.container(**parts)))) == ["1", "2", "10"]


class TestOfd:
    def test_pages_have_size_texts_and_lines(self, file):
        (page,) = ofd.pages(file(factories.ofd("济南市人民政府", "通知")))

        assert (page.width, page.height, page.text) == (210, 297, "济南市人民政府\n通知")
        assert (page.lines[0].x1, page.lines[0].x2, page.texts[0].steps) == (20, 180, (6.0,) * 7)

    def test_is_shown_as_a_page(self, file, tmp_path):
        path = file(factories.ofd("通知"))

        found = sandbox.read(path, media=rules.OFD, folder=tmp_path, text_pages=5, pictures=1, width=400)

        assert (found.text, found.pages, Image.open(found.pictures[0]).size) == ("通知", 1, (400, 566))

    @pytest.mark.parametrize("part", ["OFD.xml", "Doc_0/Document.xml"])
    def test_that_is_damaged_is_said_to_be(self, file, part):
        with pytest.raises(Unreadable):
            list(ofd.pages(file(factories.container(**{"OFD.xml": "<x/", part: "<broken"}))))


class TestHarm:
    def test_a_bomb_does_not_unfold(self, file):
        path = file(b"", "bomb.docx")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, made.open("word/document.xml", "w") as part:
            for _mb in range(80):
                part.write(b" " * 1024 * 1024)

        with pytest.raises(Bomb):
            list(office.word(path))

    @pytest.mark.django_db
    def test_a_bomb_is_not_kept(self, file):
        path = file(b"", "bomb.docx")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, made.open("word/document.xml", "w") as part:
            for _mb in range(80):
                part.write(b" " * 1024 * 1024)

        with pytest.raises(documents.Unfolds):
            documents.keep(path.read_bytes(), name="bomb.docx")

    def test_entities_are_not_resolved(self, file):
        text = '<!DOCTYPE d [<!ENTITY a "boom">]><d>&a;</d>'

        with pytest.raises(Unreadable):
            Container(file(factories.container(**{"OFD.xml": text}))).tree("OFD.xml")

    def test_an_oversized_picture_is_not_unfolded(self, file, tmp_path):
        path = tmp_path / "large.png"
        Image.new("1", (20_000, 20_000)).save(path)

        with pytest.raises(Unreadable):
            sandbox.read(path, media="image/png", folder=tmp_path, text_pages=0, pictures=1)

    @pytest.mark.django_db
    def test_a_container_that_is_something_else_is_refused(self):
        with pytest.raises(documents.UnknownType):
            documents.keep(factories.ofd("通知"), name="notice.docx")


@pytest.mark.django_db
class TestMarksInText:
    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (lambda: factories.pdf("机密★5年 关于某事的报告"), "report.pdf"),
            (lambda: factories.docx("关于某事的报告", header="机 密 ★ 5年"), "report.docx"),
            (lambda: factories.ofd("秘密★1年", "报告"), "report.ofd"),
        ],
        ids=["pdf", "docx", "ofd"],
    )
    def test_are_refused_in_every_format(self, content, name):
        with pytest.raises(documents.Classified):
            documents.keep(content(), name=name)

        assert not StoredFile.objects.exists()

    def test_on_a_later_page_lead_to_quarantine(self, offices):
        document_id = factories.document(
            factories.pdf("第一页\n#pagebreak()\n二\n#pagebreak()\n三\n#pagebreak()\n机密★5年"), name="a.pdf"
        )

        looking.look_into_new(at=timezone.now())

        with pytest.raises(documents.Quarantined, match="机密"):
            documents.download(actor=factories.person(), document_id=document_id, number=1)


@pytest.mark.django_db
class TestLooking:
    def test_finds_text_and_pages_once(self, offices):
        document_id = factories.document(factories.pdf("泉水人家", pages=2), name="a.pdf")

        done = [looking.look_into_new(at=timezone.now()) for _round in range(2)]

        page = documents.look(actor=factories.person(), document_id=document_id, search="水人")
        assert done == [1, 0]
        assert (page.current.pages, page.current.pictures, page.current.read) == (2, (1, 2), "DONE")
        assert [words for _before, words, _after in page.passages] == ["水人", "水人"]

    def test_notes_what_cannot_be_read(self, offices):
        factories.document(b"%PDF-1.7\nnothing here", name="a.pdf")

        looking.look_into_new(at=timezone.now())

        assert Extract.objects.get().state == "FAILED"

    def test_takes_from_a_photograph_only_its_pixels(self, offices, tmp_path):
        path = tmp_path / "photo.jpg"
        exif = Image.Exif()
        exif[0x010F] = "Secret camera"
        Image.new("RGB", (1600, 900), "white").save(path, exif=exif)
        document_id = factories.document(path.read_bytes(), name="photo.jpg")

        looking.look_into_new(at=timezone.now())

        from quancheng.support.documents.queries.documents import picture

        with picture(actor=factories.person(), document_id=document_id, number=1, page=1).stream as stream:
            shown = stream.read()
        assert b"Secret camera" not in shown
        assert shown.startswith(b"\x89PNG")


def test_passages_show_what_stands_around():
    assert passages("一二三四五六", "三四") == (("一二", "三四", "五六"),)
    assert passages("a.b", ".") == (("a", ".", "b"),)
    assert passages("abc", "  ") == ()

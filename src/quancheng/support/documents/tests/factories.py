"""People, files and documents to test with."""

import io
import zipfile
from functools import cache
from uuid import NAMESPACE_URL, uuid4, uuid5

import typst
from django.test import RequestFactory
from django.utils import timezone

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.documents.actions import documents, keeping
from quancheng.support.documents.engine import typesetting
from quancheng.support.documents.models import Version

PLACE, ELSEWHERE = "370100/370100-spfw/", "370100/370100-scjg/"
EVERY = (
    "document.read", "version.download", "upload.begin", "document.create", "version.add", "version.restore",
    "document.check-out", "document.check-in", "lock.break", "retention.set", "hold.place", "hold.lift",
    "document.destroy",
)  # fmt: skip


def person(name="李建国", place=PLACE, verbs=EVERY):
    grants = tuple(pmi.Grant(f"documents.{verb}", place) for verb in verbs)
    return pmi.Actor(
        id=f"account:{uuid5(NAMESPACE_URL, name)}",
        name=name,
        kind="staff",
        organisation=place,
        grants=grants,
        proven_at=timezone.now(),
    )


def offices():
    identity.ensure_organisation(code="370100", name="济南市", kind="GOVERNMENT")
    for code, name in (("370100-spfw", "行政审批服务局"), ("370100-scjg", "市场监督管理局")):
        identity.ensure_organisation(code=code, name=name, kind="DEPARTMENT", parent="370100")


@cache
def pdf(text="泉城", *, pages=1):
    sheets = "\n#pagebreak()\n".join([text] * pages)
    return typst.compile(
        f'#set page(paper: "a5")\n#set text(font: "Noto Serif CJK SC")\n{sheets}'.encode(),
        font_paths=typesetting.fonts(),
    )


def container(**parts):
    """Return a ZIP with parts by name; `__` stands for `/`, and `_xml` ends as `.xml`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(*paragraphs, header=""):
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    parts = {"word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>"}
    if header:
        parts["word/header1.xml"] = f"<w:hdr {W}><w:p><w:r><w:t>{header}</w:t></w:r></w:p></w:hdr>"
    return container(**parts)


O = 'xmlns:ofd="http://www.ofdspec.org/2016"'  # noqa: E741


def ofd(*texts):
    objects = "".join(
        f'<ofd:TextObject ID="{10 + n}" Boundary="20 {30 + 12 * n} 160 8" Font="1" Size="6">'
        f'<ofd:TextCode X="0" Y="6" DeltaX="g {len(text)} 6">{text}</ofd:TextCode></ofd:TextObject>'
        for n, text in enumerate(texts)
    )
    line = (
        '<ofd:PathObject ID="9" Boundary="20 25 160 1" LineWidth="0.5">'
        "<ofd:AbbreviatedData>M 0 0 L 160 0</ofd:AbbreviatedData></ofd:PathObject>"
    )
    return container(
        **{
            "OFD.xml": f"<ofd:OFD {O}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>"
            "</ofd:OFD>",
            "Doc_0/Document.xml": f"<ofd:Document {O}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297"
            '</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages><ofd:Page ID="1" '
            'BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
            "Doc_0/Pages/Page_0/Content.xml": f"<ofd:Page {O}><ofd:Content><ofd:Layer>{line}{objects}"
            "</ofd:Layer></ofd:Content></ofd:Page>",
        }
    )


def document(content=b"one line of text", *, actor=None, title="会议纪要", name="minutes.txt", place=PLACE):
    actor = actor or person()
    kept = keeping.keep(content, name=name, actor=actor.id, shared=False)
    return documents.create(actor=actor, key=uuid4(), title=title, organisation=place, kept=kept, at=timezone.now())


def digest_of(document_id):
    return Version.objects.get(document=document_id).file_id


def ask(view, actor, *, method="get", data=None, query="", body=None, headers=None, **parts):
    """Send a request to a view in somebody's name, past the sign-in."""
    factory = RequestFactory()
    if body is not None:
        request = factory.generic(
            method.upper(), "/" + query, body, headers=headers, CONTENT_TYPE=parts.pop("kind", "")
        )
    else:
        request = getattr(factory, method)("/" + query, data or {}, headers=headers)
    request.actor, request.session = actor, {}
    request.user = type("User", (), {"is_authenticated": False})()
    request._messages = type("Messages", (), {"add": lambda *args: None, "__iter__": lambda self: iter(())})()
    return view.as_view()(request, **parts)

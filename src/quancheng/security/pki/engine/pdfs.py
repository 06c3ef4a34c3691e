"""Seals on PDF: PAdES B-LTA (ETSI EN 319 142) with a visible seal and timestamps.

The timestamp over the whole document at the end covers what a signature leaves open: its own padding, and the
revocation lists added after it. So one changed bit anywhere in the file is found.
"""

import io
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from asn1crypto import tsp
from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from quancheng.security.pki.engine import drawing, guomi_pdfs, signing
from quancheng.security.pki.engine.suites import GUOMI
from quancheng.security.pki.engine.verdicts import Box, Trust, Unsealable

# pyHanko logs every flaw of a file that somebody brings, with tracebacks; here a flaw is a verdict, not an accident.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)

MM = 72 / 25.4
DEFAULT_RIGHT, DEFAULT_BOTTOM = 25 * MM, 30 * MM


class OwnTimestamps(TimeStamper):
    """Asks a timestamp service in this process: request bytes in, response bytes out."""

    def __init__(self, serve: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._serve = serve

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._serve(req.dump()))


def seal(
    pdf: bytes,
    *,
    signer: signing.Signer,
    trust: Trust,
    reason: str,
    box: Box | None,
    serve_timestamp: Callable[[bytes], bytes],
) -> bytes:
    """Return `pdf` with the signer's seal appended as an incremental update.

    :raises Unsealable: when the file is no PDF that can take a seal.
    """
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
        if writer.prev.encrypted:
            raise Unsealable(_("the PDF is encrypted"))
        page, *corners = box or _default_box(writer)
        name = _free_name(writer, f"seal-{signer.holder.organisation}")
        left, bottom, right, top = (round(value) for value in corners)
        field = fields.SigFieldSpec(name, on_page=page, box=(left, bottom, right, top))
        style = StaticStampStyle(
            border_width=0,
            background=_Picture(drawing.seal(signer.holder.name)),
            background_opacity=1,
            background_layout=SimpleBoxLayoutRule(
                AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, margins=Margins(0, 0, 0, 0)
            ),
        )
        if signer.suite is GUOMI:
            return guomi_pdfs.seal(
                writer,
                signer=signer,
                field=field,
                style=style,
                reason=reason,
                at=datetime.now(UTC),
                roots=trust.roots,
                crls=trust.crls,
                serve_timestamp=serve_timestamp,
            )
        store = SimpleCertificateStore()
        store.register_multiple(signing.to_asn1(item) for item in (*signer.chain, *trust.roots))
        cms_signer = _Hand(signer, store)
        meta = signers.PdfSignatureMetadata(
            field_name=name,
            md_algorithm="sha256",
            reason=reason,
            name=signer.holder.name,
            subfilter=fields.SigSeedSubFilter.PADES,
            embed_validation_info=True,
            use_pades_lta=True,
            # Everything that is added goes before the last timestamp, so that nothing stands behind it.
            dss_settings=DSSContentSettings(
                include_vri=False,
                placement=SigDSSPlacementPreference.TOGETHER_WITH_NEXT_TS,
                next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
            ),
            validation_context=trust.context(),
        )
        made = signers.PdfSigner(
            meta,
            cms_signer,
            timestamper=OwnTimestamps(serve_timestamp),
            stamp_style=style,
            new_field_spec=field,
        ).sign_pdf(writer)
    except (PdfError, SigningError, IndexError) as error:
        raise Unsealable(str(error)) from error
    return made.getvalue()


class _Hand(signers.Signer):
    """Signs with one of our signers, wherever its key is kept."""

    def __init__(self, signer: signing.Signer, store: SimpleCertificateStore) -> None:
        super().__init__(signing_cert=signing.to_asn1(signer.certificate), cert_registry=store, embed_roots=False)
        self._signer = signer

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        # The longest DER of two 32-byte numbers.
        return bytes(72) if dry_run else self._signer.sign(data)


class _Picture(PdfContent):
    """The drawn seal as the content of a stamp."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn = drawn
        super().__init__()

    def render(self) -> bytes:
        drawn = self._ensure_writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self._drawn)))
        self.resources.xobject["/Seal"] = drawn
        left, bottom, right, top = (float(value) for value in drawn.get_object()["/BBox"])
        self.box = BoxConstraints(width=right - left, height=top - bottom)
        return b"/Seal Do"


def _default_box(writer: IncrementalPdfFileWriter) -> Box:
    """Return where a seal stands unless told otherwise: at its true size, lower right on the last page."""
    page, _resources = writer.find_page_for_modification(-1)
    media = page.get_object()
    while "/MediaBox" not in media:
        media = media["/Parent"]
    _left, bottom, right, _top = (float(value) for value in media["/MediaBox"])
    side = drawing.SIZE_MM * MM
    left, low = right - DEFAULT_RIGHT - side, bottom + DEFAULT_BOTTOM
    return (-1, left, low, left + side, low + side)


def _free_name(writer: IncrementalPdfFileWriter, wish: str) -> str:
    taken = {name for name, _value, _field in fields.enumerate_sig_fields(writer.prev)}
    wish = wish.replace(".", "-")
    return next(name for name in (wish, *(f"{wish}-{at}" for at in range(2, 1000))) if name not in taken)

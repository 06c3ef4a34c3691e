"""Bundles: one ZIP with texts, a manifest of their digests, and the signature of this site over the manifest."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import public as pki
from quancheng.support.designer import rules
from quancheng.support.designer.engine import texts
from quancheng.support.designer.models import Design

FORMAT = "quancheng-designs/1"
MANIFEST, SEAL = "manifest.json", "manifest.jws"
SUFFIXES = {"process": "bpmn", "decision": "dmn", "form": "form"}
SITE = "zone:"  # whom the certificate of a site is for
MOST_DESIGNS, LARGEST = 198, 20_000_000
MOST_FILES = MOST_DESIGNS + 2  # the manifest and its signature
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class BadBundle(Refusal):
    """A bundle that is refused whole; `file` names what is wrong with it."""

    code = "designer.bad-bundle"
    message = _("The bundle is not taken: “%(file)s” %(why)s.")
    status = 422


@dataclass(frozen=True, slots=True)
class Item:
    """A design in a bundle."""

    kind: str
    key: str
    title: str
    content: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was in a genuine bundle, and who vouches for it."""

    items: tuple[Item, ...]
    sealed_by: str
    made_at: str


def pack(items: Sequence[Item], *, organisation: str, name: str, at: datetime) -> bytes:
    """Return a bundle of the organisation with this code, signed by this site.

    A message between machines is no act of the organisation: its seal, which may need two officers, stays out of it.
    """
    files = {f"{item.kind}/{item.key}.{SUFFIXES[item.kind]}": item for item in items}
    manifest = {
        "format": FORMAT,
        "made_at": at.isoformat(timespec="seconds"),
        "organisation": organisation,
        "organisation_name": name,
        "items": [
            {"kind": item.kind, "key": item.key, "title": item.title, "file": file, "sha256": _digest(item.content)}
            for file, item in files.items()
        ],
    }
    written = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file, content in [
            (MANIFEST, written),
            (SEAL, pki.zone_signer().jws(written).encode()),
            *((file, item.content.encode()) for file, item in files.items()),
        ]:
            # One moment for all, so that the same designs make the same files.
            bundle.writestr(zipfile.ZipInfo(file, at.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpack(content: bytes) -> Bundle:
    """Return what is in a bundle whose signature and digests are right. :raises BadBundle: naming the file.

    A site signs for any of its organisations. Bundles of before have the seal of the organisation itself.
    """
    found = _files(content)
    for name in (MANIFEST, SEAL):
        if name not in found:
            raise BadBundle(file=name, why=_("is missing"))
    try:
        verified = pki.verify_jws(found[MANIFEST], found[SEAL].decode("ascii"))
    except (pki.BadSignature, UnicodeDecodeError) as error:
        raise BadBundle(file=MANIFEST, why=_("is not what was signed: %s") % error) from None
    try:
        manifest = json.loads(found[MANIFEST])
        wanted = [
            {name: str(item[name]) for name in ("kind", "key", "title", "file", "sha256")} for item in manifest["items"]
        ]
        made_at, sender = str(manifest["made_at"])[:40], " ".join(str(manifest["organisation_name"]).split())[:100]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadBundle(file=MANIFEST, why=_("cannot be read")) from None
    if manifest.get("format") != FORMAT:
        raise BadBundle(file=MANIFEST, why=_("is of another format"))
    if extra := sorted(set(found) - {MANIFEST, SEAL} - {item["file"] for item in wanted}):
        raise BadBundle(file=extra[0], why=_("is not in the manifest"))
    items = [_item(item, found) for item in wanted]
    if not items or len({(item.kind, item.key) for item in items}) < len(items):
        raise BadBundle(file=MANIFEST, why=_("names nothing, or something twice"))
    if verified.organisation.startswith(SITE):
        return Bundle(tuple(items), f"{sender} ({verified.name or verified.organisation})", made_at)
    return Bundle(tuple(items), verified.name or verified.organisation, made_at)


def _item(item: dict[str, str], found: dict[str, bytes]) -> Item:
    file = item["file"]
    if file not in found:
        raise BadBundle(file=file, why=_("is missing"))
    if hashlib.sha256(found[file]).hexdigest() != item["sha256"]:
        raise BadBundle(file=file, why=_("is not what was signed"))
    if item["kind"] not in Design.Kind.values or not rules.is_key(item["key"]):
        raise BadBundle(file=file, why=_("is of a kind that is not known here"))
    try:
        content = texts.fitting(item["kind"], item["key"], found[file].decode())
    except (UnicodeDecodeError, Refusal) as error:
        raise BadBundle(file=file, why=_("cannot be read: %s") % error) from None
    return Item(item["kind"], item["key"], " ".join(item["title"].split())[:200] or item["key"], content)


def _files(content: bytes) -> dict[str, bytes]:
    """Return the files of a ZIP, none outside of it, none larger than it says, all together within bounds."""
    found: dict[str, bytes] = {}
    left = LARGEST
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            entries = bundle.infolist()
            if len(entries) > MOST_FILES:
                raise BadBundle(file=f"({len(entries)})", why=_("are more files than a bundle has"))
            for entry in entries:
                name = entry.filename
                if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/") or entry.is_dir():
                    raise BadBundle(file=name[:100], why=_("leads out of the bundle"))
                if name in found:
                    raise BadBundle(file=name[:100], why=_("stands in it twice"))
                if entry.flag_bits & 1:
                    raise BadBundle(file=name[:100], why=_("is locked by a password"))
                if entry.compress_type not in METHODS:
                    raise BadBundle(file=name[:100], why=_("is packed in a way that is not read here"))
                with bundle.open(entry) as opened:
                    # What a file says of its own size is not believed: reading stops one octet beyond what is left.
                    found[name] = opened.read(left + 1)
                left -= len(found[name])
                if left < 0:
                    raise BadBundle(file=name[:100], why=_("is too large unpacked"))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError) as error:
        raise BadBundle(file="ZIP", why=_("cannot be read: %s") % error) from None
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

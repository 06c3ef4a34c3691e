"""Puts decision models to work: reads and checks them, gives them versions. The same model stays the same version."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery
from quancheng.kernel.refusal import Refusal
from quancheng.support.dmn.engine import checks, reader
from quancheng.support.dmn.engine.evaluation import Prepared
from quancheng.support.dmn.engine.refusals import NotDmn
from quancheng.support.dmn.models import Definition

log = logging.getLogger(__name__)
LONGEST_KEY = 100
# Who knows of versions that people published, each asked by the key of a model for their numbers.
_publishers: list[Callable[[str], frozenset[int]]] = []


def publishes(versions_of: Callable[[str], frozenset[int]]) -> Callable[[str], frozenset[int]]:
    """Say which versions of a model people published: an unchanged file of an app does not go back behind them."""
    if versions_of not in _publishers:
        _publishers.append(versions_of)
    return versions_of


def _stands_back(key: str, text: str) -> bool:
    """Whether the file of an app was put to work before, and what people published stands since."""
    newest = Definition.objects.filter(key=key).order_by("-version").values_list("version", flat=True).first()
    if newest is None or not any(newest in versions_of(key) for versions_of in _publishers):
        return False
    published = frozenset[int]().union(*(versions_of(key) for versions_of in _publishers))
    own = Definition.objects.filter(key=key).exclude(version__in=published).order_by("-version").first()
    return own is not None and own.xml == text


class NoSuchDecision(Refusal):
    """No decision model, or no decision in it, has this name here."""

    code = "dmn.no-such-decision"
    message = _("There is no decision “%(name)s”.")
    status = 404


@dataclass(frozen=True, slots=True)
class Deployed:
    """A version of a decision model and the remarks the check of its tables made."""

    id: int
    key: str
    version: int
    name: str
    findings: tuple[checks.Finding, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A model of an app that was refused, and why."""

    app_label: str
    file: str
    refusal: Refusal


@transaction.atomic
def deploy(app_label: str, xml: str | bytes, *, imported: Mapping[str, str] | None = None) -> Deployed:
    """Read, check and version a decision model; `imported` are the models it may import, XML by namespace.

    :raises NotDmn, UnsupportedElement, BrokenModel: if it cannot be worked with.
    """
    text = _text(xml)
    found = reader.read(text, imported)
    prepared = Prepared(found)
    checks.check_texts(prepared)
    if not found.id or len(found.id) > LONGEST_KEY:
        raise NotDmn(why=_("its id is missing or too long"))
    used = {namespace: text for namespace, text in (imported or {}).items() if namespace in found.items}
    used.pop(found.namespace, None)
    digest = hashlib.sha256("\n".join([text, *(used[name] for name in sorted(used))]).encode()).hexdigest()
    row = Definition.objects.filter(key=found.id).order_by("-version").defer("xml").first()
    if row is None or row.digest != digest:
        row = Definition.objects.create(
            key=found.id,
            version=row.version + 1 if row else 1,
            name=(found.name or found.id)[:200],
            app_label=app_label,
            xml=text,
            imported=used,
            digest=digest,
            deployed_at=timezone.now(),
        )
    return Deployed(row.pk, row.key, row.version, row.name, checks.findings(prepared))


def _text(xml: str | bytes) -> str:
    if isinstance(xml, str):
        return xml
    try:
        return xml.decode()
    except UnicodeDecodeError:
        raise NotDmn(why=_("it is not written in UTF-8")) from None


def deploy_all() -> tuple[tuple[Deployed, ...], tuple[Rejected, ...]]:
    """Deploy decisions/*.dmn of all installed apps; one refused model does not stop the others."""
    deployed, rejected = [], []
    for app in discovery.all_apps():
        files = app.files("decisions/*.dmn")
        beside: dict[str, str] = {}
        for file in files:
            try:
                beside[reader.namespace_of(file.read_bytes())] = _text(file.read_bytes())
            except Refusal as refusal:
                log.error("%s/%s is no decision model: %s", app.label, file.name, refusal)
        for file in files:
            try:
                content = file.read_bytes()
                if not _stands_back(reader.id_of(content), _text(content)):
                    deployed.append(deploy(app.label, content, imported=beside))
            except Refusal as refusal:
                log.error("%s/%s cannot be put to work: %s", app.label, file.name, refusal)
                rejected.append(Rejected(app.label, file.name, refusal))
    return tuple(deployed), tuple(rejected)


def definition(key: str, *, version: int | None = None) -> Definition:
    """Return a version of a model, the newest by default. :raises NoSuchDecision:"""
    rows = Definition.objects.filter(key=key, **({"version": version} if version else {}))
    row = rows.order_by("-version").defer("xml", "imported").first()
    if row is None:
        raise NoSuchDecision(name=key)
    return row


@lru_cache(maxsize=128)
def prepared(digest: str) -> Prepared:
    """Return the model with this digest, read once: a model never changes under its digest."""
    row = Definition.objects.filter(digest=digest).order_by("pk").first()
    if row is None:
        raise NoSuchDecision(name=digest)
    return Prepared(reader.read(row.xml, row.imported))

"""The lists of documents and of what was destroyed."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.documents.actions import documents as acts
from quancheng.support.documents.models import Destruction, Document
from quancheng.support.documents.queries import documents as asks
from quancheng.support.documents.queries.documents import Row
from quancheng.support.look import public as look

SHORT = 12  # characters of a digest


def _organisations(actor: pmi.Actor) -> Iterable[tuple[str, str]]:
    return asks.organisations(actor=actor, action=asks.READ)


def _below(rows: QuerySet[Any], path: str, _actor: pmi.Actor) -> QuerySet[Any]:
    return rows.filter(organisation__below=path)


def _title(row: Row) -> SafeString:
    asked = f"?{urlencode({'q': row.search})}" if row.search else ""
    link = format_html(
        '<a class="qc-row-link" href="{}{}">{}</a>', reverse("documents:document", args=[row.id]), asked, row.title
    )
    if not row.in_text:
        return link
    return format_html('{} <span class="qc-hint">{}</span>', link, _("found in the text"))


def _states(row: Row) -> list[tuple[str, str]]:
    """Return what holds a document back: the look of each badge and its words."""
    found = []
    if row.unsafe:
        found.append((" qc-badge--bad", pgettext("documents", "quarantine")))
    if row.held:
        found.append((" qc-badge--warn", pgettext("documents", "legal hold")))
    if row.locked_by_name:
        found.append(("", pgettext("documents", "with %(name)s") % {"name": row.locked_by_name}))
    return found


def _badges(row: Row) -> SafeString:
    badges = format_html_join(" ", '<span class="qc-badge{}">{}</span>', _states(row))
    return badges or format_html('<span class="qc-quiet">{}</span>', pgettext("documents", "free"))


def _check_out(actor: pmi.Actor, row: Document) -> Any:
    acts.check_out(actor=actor, document_id=row.pk, at=timezone.now())
    return _("You have checked the document out: only you add versions now.")


def _check_in(actor: pmi.Actor, row: Document) -> Any:
    acts.check_in(actor=actor, document_id=row.pk, at=timezone.now())
    return _("You have checked the document in.")


class Documents(look.Table):
    """The documents of the reader's organisations, changed last first."""

    name = "documents.documents"
    title = pgettext_lazy("documents", "Documents")
    columns = (
        look.Column("title", _("Title"), sort="title", html=_title),
        look.Column("organisation", _("Organisation"), "organisation_name", sort="organisation"),
        look.Column("kind", pgettext_lazy("documents", "Kind"), sort="current__file__media_type"),
        look.Column("size", pgettext_lazy("documents", "Size"), kind="size", sort="current__file__size"),
        look.Column("version", _("Version"), "number", "number", sort="current__number"),
        look.Column("changed", pgettext_lazy("documents", "Changed"), "changed_at", "moment", sort="changed_at"),
        look.Column(
            "state",
            pgettext_lazy("documents", "State"),
            lambda row: "；".join(words for _badge, words in _states(row)),
            html=_badges,
        ),
        look.Column("name", _("File name"), sort="current__name", shown=False),
        look.Column("owner", _("Made by"), "owner_name", sort="owner_name", shown=False),
        look.Column(
            "created", pgettext_lazy("documents", "Made at"), "created_at", "moment", sort="created_at", shown=False
        ),
    )
    filters = (
        look.Choice("organisation", _("Organisation"), _organisations, apply=_below),
        look.Choice(
            "state",
            pgettext_lazy("documents", "Which"),
            (
                ("own", _("Made by me")),
                ("locked", _("Checked out")),
                ("held", _("Under legal hold")),
                ("due", _("Due for appraisal")),
                ("unsafe", _("In quarantine")),
            ),
            apply=asks.in_state,
        ),
        look.Period("changed", pgettext_lazy("documents", "Changed"), "changed_at"),
    )
    batches = (
        look.Batch("check-out", _("Check out"), _check_out, icon="lock", privilege="documents.document.check-out"),
        look.Batch("check-in", _("Check in"), _check_in, icon="return", privilege="documents.document.check-out"),
    )
    order = "-changed"
    search_title = _("Title, file name or text")
    empty_title = _("No documents")
    empty_hint = _("Nothing has been put here that you may see.")

    def rows(self) -> QuerySet[Document]:
        return asks.documents(actor=self.actor)

    def find(self, rows: QuerySet[Document], text: str) -> QuerySet[Document]:
        return asks.speaking_of(rows, text)

    def lines(self, rows: list[Any]) -> tuple[Row, ...]:
        return asks.lines(rows, self.text)


def _digests(row: Any) -> SafeString:
    shown = [(digest, digest[:SHORT]) for digest in row.digests]
    return format_html_join(" ", '<code title="{}">{}…</code>', shown)


class Destroyed(look.Table):
    """The register of destruction, the newest line first."""

    name = "documents.destroyed"
    title = _("Register of destruction")
    columns = (
        look.Column("title", _("Title"), sort="title"),
        look.Column("organisation", _("Organisation"), "organisation_name", sort="organisation", shown=False),
        look.Column("reason", _("Reason")),
        look.Column("by", pgettext_lazy("documents", "Destroyed by"), "destroyed_by_name", sort="destroyed_by_name"),
        look.Column("when", pgettext_lazy("documents", "When"), "destroyed_at", "moment", sort="destroyed_at"),
        look.Column("digests", "SHA-256", html=_digests, export=lambda row: " ".join(row.digests)),
    )
    filters = (
        look.Choice("organisation", _("Organisation"), _organisations, apply=_below),
        look.Period("when", pgettext_lazy("documents", "When"), "destroyed_at"),
    )
    order = "-when"
    search = ("title", "reason")
    search_title = _("Title or reason")
    empty_title = _("Nothing has been destroyed")
    empty_hint = _("Each destroyed document leaves its title, its digests, who, when and why.")

    def rows(self) -> QuerySet[Destruction]:
        return asks.destroyed(actor=self.actor)

    def lines(self, rows: list[Any]) -> list[Any]:
        names = identity.names_of(row.organisation for row in rows)
        for row in rows:
            row.organisation_name = names.get(row.organisation, row.organisation)
        return rows

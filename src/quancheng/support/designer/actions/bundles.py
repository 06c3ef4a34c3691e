"""Designs as bundles: signed on the way out, verified, shown and taken over as drafts on the way in."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.designer import queries
from quancheng.support.designer.actions.designs import append, begun
from quancheng.support.designer.engine import bundles
from quancheng.support.designer.models import Design, Incoming
from quancheng.support.designer.queries.incoming import NoIncoming
from quancheng.support.designer.queries.incoming import target as incoming_target

READ = queries.READ


class NothingChosen(Refusal):
    code = "designer.nothing-chosen"
    status = 422
    message = _("Choose at least one design.")


class TooMany(Refusal):
    code = "designer.too-many"
    status = 422
    message = _("A bundle holds %(most)s designs at most. Choose fewer.")


class TakenAlready(Refusal):
    code = "designer.taken-already"
    message = _("This bundle has been taken over already.")


def _there(*, organisation: str, **_wishes: Any) -> pmi.Target:
    return pmi.Target(organisation)


@pmi.action("designer.bundle.export", scope=_there)
def export(*, actor: pmi.Actor, organisation: str, design_ids: Iterable[int], at: datetime) -> bytes:
    """Return a bundle of designs in their current revision, with what processes refer to, in the organisation's name.

    This site signs it, for whoever may use this action at the organisation. :raises NothingChosen: :raises TooMany:
    """
    readable = Design.objects.filter(pmi.visible(actor, READ, organisation="organisation"), current__isnull=False)
    chosen = list(readable.filter(pk__in=set(design_ids)).select_related("current").order_by("kind", "key"))
    if not chosen:
        raise NothingChosen
    chosen += _referred(chosen, readable)
    if len(chosen) > bundles.MOST_DESIGNS:
        raise TooMany(most=bundles.MOST_DESIGNS)
    items = [
        bundles.Item(row.kind, row.key, row.title, row.current.content)
        for row in sorted(chosen, key=lambda row: (row.kind, row.key))
        if row.current is not None
    ]
    code, name = organisation.rstrip("/").rpartition("/")[2], identity.name_of(organisation)
    return bundles.pack(items, organisation=code, name=name, at=at)


def _referred(chosen: list[Design], readable: QuerySet[Design]) -> list[Design]:
    """Return the forms, decisions and processes that chosen processes name and that are designed here.

    One query for each step from process to called process.
    """
    found: dict[int, Design] = {}
    known = {row.pk for row in chosen}
    pending = chosen
    while named := _named(pending):
        pending = list(readable.filter(named).exclude(pk__in=known).select_related("current")[: bundles.MOST_DESIGNS])
        known |= {row.pk for row in pending}
        found |= {row.pk: row for row in pending}
        if len(found) > bundles.MOST_DESIGNS:
            break
    return list(found.values())


def _named(rows: list[Design]) -> Q:
    """Test for the designs that processes among `rows` name; empty where they name none."""
    named = Q()
    for text in (row.current.content for row in rows if row.kind == Design.Kind.PROCESS and row.current):
        for kind, keys in (
            (Design.Kind.FORM, set(re.findall(r'\w+:form="([^"]+)"', text))),
            (Design.Kind.DECISION, {one.partition("/")[0] for one in re.findall(r'\w+:decision="([^"]+)"', text)}),
            (Design.Kind.PROCESS, {one.rpartition(":")[2] for one in re.findall(r'calledElement="([^"]+)"', text)}),
        ):
            if keys:
                named |= Q(kind=kind, key__in=keys)
    return named


@pmi.action("designer.bundle.import", scope=_there)
def bring(*, actor: pmi.Actor, organisation: str, name: str, content: bytes, at: datetime) -> int:
    """Verify a bundle and keep it, to be looked at and taken over; return its number. :raises BadBundle:"""
    bundle = bundles.unpack(content)
    items = [
        {"kind": item.kind, "key": item.key, "title": item.title, "content": item.content} for item in bundle.items
    ]
    return Incoming.objects.create(
        name=name[:200], organisation=organisation, sealed_by=bundle.sealed_by[:200], made_at=bundle.made_at,
        items=items, brought_by=actor.id, brought_by_name=actor.name[:100], brought_at=at,
    ).pk  # fmt: skip


def _of(*, incoming_id: int, **_wishes: Any) -> pmi.Target:
    return incoming_target(incoming_id)


@pmi.action("designer.bundle.import", scope=_of)
def take(*, actor: pmi.Actor, incoming_id: int, keys: Iterable[str], at: datetime) -> tuple[int, ...]:
    """Take parts of a bundle (`kind/key`) over as drafts and return the designs; all of them or none.

    What somebody here is working on gets the bundle's text as its next revision: theirs stays, as the one before.

    :raises NoIncoming: :raises TakenAlready: :raises NothingChosen: :raises InUse: for what is in review here.
    """
    row = Incoming.objects.select_for_update().filter(pk=incoming_id).first()
    if row is None:
        raise NoIncoming
    if row.taken_at is not None:
        raise TakenAlready
    wanted = set(keys)
    chosen = [item for item in row.items if f"{item['kind']}/{item['key']}" in wanted]
    if not chosen:
        raise NothingChosen
    made = tuple(_draft(actor, row, item, at) for item in chosen)
    row.taken_at = at
    row.save(update_fields=["taken_at"])
    return made


class InUse(Refusal):
    code = "designer.in-use"
    message = _(
        "“%(title)s” is being reviewed here, or belongs to another organisation. Leave it out, or take it back first."
    )


def _draft(actor: pmi.Actor, row: Incoming, item: dict[str, str], at: datetime) -> int:
    comment = str(_("From the bundle “%(name)s” of %(who)s") % {"name": row.name, "who": row.sealed_by})
    there = Design.objects.select_for_update().filter(kind=item["kind"], key=item["key"]).first()
    if there is None:
        return begun(
            actor=actor, kind=item["kind"], key=item["key"], title=item["title"], organisation=row.organisation, at=at,
            content=item["content"], comment=comment,
        ).pk  # fmt: skip
    may = actor.may("designer.design.write", organisation=there.organisation)
    if not may or there.state in (Design.State.REVIEW, Design.State.APPROVED):
        raise InUse(title=there.title)
    base = there.current.number if there.current else 0
    if there.current is None or there.current.content != item["content"]:
        append(there, actor, item["content"], base=base, comment=comment, at=at)
    return there.pk

"""Writes about organisations through time: deciding a change, and carrying it out on its day."""

import uuid
from collections import defaultdict
from datetime import date, datetime
from functools import singledispatch
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries, rules
from quancheng.security.identity.actions.announcing import announce
from quancheng.security.identity.actions.places import new_organisation
from quancheng.security.identity.models import (
    Appointment,
    Delegation,
    Organisation,
    OrganisationName,
    OrganisationPlace,
    Post,
    Restructuring,
)
from quancheng.security.identity.queries import planning
from quancheng.security.identity.queries.planning import ONE_DAY, Plan
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

Kind = Restructuring.Kind
# The place of what belongs to no single part of the city: only who holds a privilege for all of it reaches there.
EVERYWHERE = "/"


class BadDocument(Refusal):
    code = "identity.bad-document"
    message = _("A document number is written like 济政发〔2026〕12号.")


class ChangeOver(Refusal):
    code = "identity.change-over"
    message = _("This change has been carried out or withdrawn already.")


def _of_plan(plan: Plan) -> pmi.Target:
    path, codes = queries.places_touched(plan)
    return pmi.Target(
        organisation=path or EVERYWHERE, subjects=tuple(f"organisation:{code}" for code in dict.fromkeys(codes.split()))
    )


def _of_change(*, restructuring_id: uuid.UUID, **_rest: object) -> pmi.Target:
    item = Restructuring.objects.select_related("organisation").filter(pk=restructuring_id).first()
    if item is None:
        raise queries.UnknownRestructuring
    return _of_plan(queries.plan_of(item))


def _scope(kind: str) -> Any:
    def of_plan(*, organisation: str, effective_on: date, details: dict[str, Any], **_rest: object) -> pmi.Target:
        return _of_plan(Plan(kind=kind, organisation=organisation, effective_on=effective_on, details=details))

    return of_plan


def _action(name: str, kind: str) -> Any:
    @pmi.action(name, scope=_scope(kind), step_up=True)
    def decide(
        *,
        actor: pmi.Actor,
        organisation: str,
        effective_on: date,
        details: dict[str, Any],
        document: str,
        reason: str,
        at: datetime,
    ) -> uuid.UUID:
        plan = Plan(kind=kind, organisation=organisation, effective_on=effective_on, details=details)
        return record_change(plan, document=document, reason=reason, actor=actor, at=at)

    return decide


merge_organisations = _action("identity.organisation.merge", Kind.MERGE)
merge_organisations.__doc__ = """Let an organisation take over others ({"sources": codes}), which end the day before."""
split_organisation = _action("identity.organisation.split", Kind.SPLIT)
split_organisation.__doc__ = """Found an organisation from part of another ({"code", "name", "posts", "parts"})."""
move_organisation = _action("identity.organisation.move", Kind.MOVE)
move_organisation.__doc__ = """Put an organisation with all below it under another one ({"parent": code})."""
close_organisation = _action("identity.organisation.close", Kind.CLOSE)
close_organisation.__doc__ = """End an organisation and its posts ({"successor": code or ""})."""
rename_organisation = _action("identity.organisation.rename", Kind.RENAME)
rename_organisation.__doc__ = """Give an organisation another name from a day on ({"name", "short_name"})."""


@pmi.action("identity.organisation.withdraw-change", scope=_of_change, step_up=True)
def withdraw_change(*, actor: pmi.Actor, restructuring_id: uuid.UUID, at: datetime) -> None:
    """Give up a change before its day. :raises ChangeOver: if it was carried out or withdrawn."""
    found = Restructuring.objects.select_for_update().get(pk=restructuring_id)
    if found.applied_at or found.withdrawn_at:
        raise ChangeOver
    found.withdrawn_at = at
    found.save(update_fields=["withdrawn_at"])


def record_change(
    plan: Plan,
    *,
    document: str,
    reason: str,
    actor: pmi.Actor,
    at: datetime,
    change_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Store a change, and carry it out when its day has come. :raises BadDocument: and what `steps` raises."""
    if document and not (document := rules.document_number(document)):
        raise BadDocument
    # A plan that cannot be carried out today is refused today, not on its day.
    queries.steps(plan)
    item = Restructuring.objects.create(
        **({"pk": change_id} if change_id else {}),
        kind=plan.kind,
        organisation=Organisation.objects.get(code=plan.organisation),
        effective_on=plan.effective_on,
        document=document,
        reason=reason,
        plan=dict(plan.details),
        decided_by=actor.id,
        decided_by_name=actor.name,
        decided_at=at,
    )
    codes = queries.places_touched(plan)[1].split()
    item.involved.set(Organisation.objects.filter(code__in=codes))
    if plan.effective_on <= timezone.localdate(at):
        _carry_out(item, at=at)
    return item.pk


def carry_out_due(*, at: datetime) -> int:
    """Carry out the changes whose day has come, the earliest first; return how many. One that fails says why."""
    done = 0
    due = Restructuring.objects.filter(applied_at=None, withdrawn_at=None, problem="")
    for key in (
        due.filter(effective_on__lte=timezone.localdate(at))
        .order_by("effective_on", "decided_at")
        .values_list("pk", flat=True)
    ):
        outcome, codes = "done", ""
        try:
            with transaction.atomic():
                item = due.select_for_update().select_related("organisation").filter(pk=key).first()
                if item is None:
                    continue
                codes = queries.places_touched(queries.plan_of(item))[1]
                _carry_out(item, at=at)
        except Refusal as refusal:
            outcome = refusal.code
            Restructuring.objects.filter(pk=key).update(problem=str(refusal)[:300])
        trail.record(
            action="identity.organisation.take-effect",
            actor_id="service:identity",
            actor_name="identity",
            outcome=outcome,
            subjects=tuple(f"organisation:{code}" for code in codes.split()),
            detail={"change": str(key)},
        )
        done += 1
    return done


def follow(message: events.Message) -> None:
    """Do in this zone what was carried out in the other; once, whatever is delivered again."""
    data = message.data
    day = date.fromisoformat(data["effective_on"])
    if data["kind"] == "CREATE":
        if not Organisation.objects.filter(code=data["organisation"]).exists():
            new_organisation(code=data["organisation"], valid_from=day, **data["plan"])
        return
    change_id = uuid.UUID(data["change_id"])
    if Restructuring.objects.filter(pk=change_id).exists():
        return
    plan = Plan(kind=data["kind"], organisation=data["organisation"], effective_on=day, details=data["plan"])
    actor = pmi.Actor(id="service:identity", name=data["decided_by_name"], kind="service")
    record_change(
        plan, document=data["document"], reason=data["reason"], actor=actor, at=message.time, change_id=change_id
    )


def _carry_out(item: Restructuring, *, at: datetime) -> None:
    plan = queries.plan_of(item)
    for step in queries.steps(plan):
        _do(step, plan.effective_on)
    if plan.kind == Kind.SPLIT:
        item.involved.add(Organisation.objects.get(code=plan.details["code"]))
    item.applied_at = at
    item.save(update_fields=["applied_at"])
    note_former_paths()
    announce(
        str(item.pk), plan.kind, plan.organisation, plan.effective_on, dict(plan.details),
        document=item.document, reason=item.reason, decided_by_name=item.decided_by_name,
    )  # fmt: skip


def note_former_paths() -> None:
    """Work out anew which former paths each organisation looks after: its own, those of what it took over, and those
    of what lies below it, as far as its present path does not cover them."""
    places = {item.pk: item for item in Organisation.objects.all()}
    today_of: dict[uuid.UUID, set[str]] = defaultdict(set)
    for key, path in OrganisationPlace.objects.values_list("organisation_id", "path"):
        today_of[_heir(places, key).pk].add(path)
    changed = []
    for item in places.values():
        below = (place for place in places.values() if place.path.startswith(item.path))
        found = rules.lowest_cover((path for place in below for path in today_of.get(place.pk, ())), without=item.path)
        if found != item.former_paths:
            item.former_paths = found
            changed.append(item)
    Organisation.objects.bulk_update(changed, ["former_paths"])


def _heir(places: dict[uuid.UUID, Organisation], key: uuid.UUID) -> Organisation:
    found = places[key]
    # Successors can form no circle: only what is alive becomes one, and what has ended takes nothing over.
    while found.successor_id:
        found = places[found.successor_id]
    return found


@singledispatch
def _do(step: Any, _day: date) -> None:
    raise TypeError(step)


@_do.register
def _rename(step: planning.Renamed, day: date) -> None:
    place = Organisation.objects.get(code=step.code)
    OrganisationName.objects.create(organisation=place, name=step.name, short_name=step.short_name, valid_from=day)
    place.name, place.short_name = step.name, step.short_name
    place.save(update_fields=["name", "short_name"])


@_do.register
def _move(step: planning.Moved, day: date) -> None:
    place = Organisation.objects.get(code=step.code)
    place.path = step.path
    if step.parent:
        place.parent = Organisation.objects.get(code=step.parent)
    place.save(update_fields=["path", "parent"])
    OrganisationPlace.objects.update_or_create(organisation=place, valid_from=day, defaults={"path": step.path})


@_do.register
def _found(step: planning.Created, day: date) -> None:
    new_organisation(
        code=step.code, name=step.name, short_name=step.short_name, kind=step.kind, parent=step.parent, valid_from=day
    )


@_do.register
def _end(step: planning.Ended, day: date) -> None:
    heir = Organisation.objects.get(code=step.successor) if step.successor else None
    Organisation.objects.filter(code=step.code).update(valid_until=day - ONE_DAY, successor=heir)


@_do.register
def _move_post(step: planning.PostMoved, day: date) -> None:
    old = Post.objects.get(pk=step.post_id)
    # A new post, so that the old one still says who held it where.
    new, _created = Post.objects.get_or_create(organisation=Organisation.objects.get(code=step.code), title=step.title)
    new.roles.set(old.roles.all())
    for model in (Appointment, Delegation):
        hand_over(model, old, new, day)


@_do.register
def _end_post(step: planning.PostEnded, day: date) -> None:
    for model in (Appointment, Delegation):
        kept = _kept(model, step.post_id, day)
        kept.filter(valid_from__gte=day).delete()
        kept.update(valid_until=day - ONE_DAY)


def hand_over(model: Any, old: Post, new: Post, day: date) -> None:
    """Let what runs in the post `old` on `day` or later run in `new` from then on."""
    for item in _kept(model, old.pk, day):
        if item.valid_from >= day:
            item.post = new
            item.save(update_fields=["post"])
            continue
        until, item.valid_until = item.valid_until, day - ONE_DAY
        item.save(update_fields=["valid_until"])
        item.pk, item.post, item.valid_from, item.valid_until = uuid.uuid4(), new, day, until
        item.save(force_insert=True)


def _kept(model: Any, post_id: uuid.UUID, day: date) -> Any:
    found = model.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), post_id=post_id)
    return found.filter(ended_at=None) if model is Delegation else found

"""What a change of organisations would bring, step by step: shown before it is decided, carried out on its day."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import singledispatch
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import rules
from quancheng.security.identity.models import Appointment, Organisation, Post, Restructuring
from quancheng.security.identity.queries.places import NotThen, UnknownOrganisation

Kind = Restructuring.Kind
ONE_DAY = timedelta(days=1)


class NotLater(Refusal):
    code = "identity.not-later"
    message = _("%(name)s changed on %(since)s last. A further change must come after that day.")


class IntoItself(Refusal):
    code = "identity.into-itself"
    message = _("%(name)s cannot go into itself or into what lies below it.")


class NothingChanges(Refusal):
    code = "identity.nothing-changes"
    message = _("Nothing would change.")


class PartsLeft(Refusal):
    code = "identity.parts-left"
    message = _("%(name)s cannot close while %(part)s lies below it. Move or close that first.")


class BadPlanCode(Refusal):
    code = "identity.bad-plan-code"
    message = _("The code %(code)s is taken, or has other characters than small letters, digits and hyphens.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A change of organisations.

    `details` by kind: RENAME {name, short_name}; MOVE {parent}; MERGE {sources} into `organisation`; SPLIT {code, name,
    short_name, posts, parts} off `organisation`; CLOSE {successor}. Organisations by code, posts by id.
    """

    kind: str
    organisation: str
    effective_on: date
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Consequence:
    """One line of a preview. `kind` is new, change, end, note or none."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Renamed:
    code: str
    old: str
    name: str
    short_name: str


@dataclass(frozen=True, slots=True)
class Moved:
    """`parent` is the code of the one above; empty for what only travels along."""

    code: str
    name: str
    parent: str
    old_path: str
    path: str


@dataclass(frozen=True, slots=True)
class Created:
    code: str
    name: str
    short_name: str
    kind: str
    parent: str
    path: str


@dataclass(frozen=True, slots=True)
class Ended:
    code: str
    name: str
    successor: str
    successor_name: str


@dataclass(frozen=True, slots=True)
class PostMoved:
    """`title` is the post's in its new place, where another one may have its old title."""

    post_id: uuid.UUID
    old_title: str
    old_place: str
    title: str
    code: str
    place: str
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PostEnded:
    post_id: uuid.UUID
    title: str
    place: str
    holders: tuple[str, ...]


Step = Renamed | Moved | Created | Ended | PostMoved | PostEnded


def steps(plan: Plan) -> tuple[Step, ...]:
    """Return what `plan` does, in order, as things stand now.

    :raises UnknownOrganisation: :raises NotLater: :raises NotThen: :raises IntoItself: :raises NothingChanges:
    :raises PartsLeft: :raises BadPlanCode:
    """
    found = tuple(_WAYS[plan.kind](_alive(plan.organisation, plan.effective_on), plan))
    if not found:
        raise NothingChanges
    return found


def consequences(plan: Plan) -> tuple[Consequence, ...]:
    """Return the steps in words, in the language of the moment. Raises what `steps` raises."""
    return tuple(_told(step, plan.effective_on) for step in steps(plan))


def _rename(place: Organisation, plan: Plan) -> Iterator[Step]:
    name, short = plan.details["name"], plan.details.get("short_name", "")
    if (name, short) == (place.name, place.short_name):
        return
    _after(place, place.names.order_by("-valid_from"), plan.effective_on)
    yield Renamed(place.code, place.name, name, short)


def _move(place: Organisation, plan: Plan) -> Iterator[Step]:
    above = _alive(plan.details["parent"], plan.effective_on)
    if above.path.startswith(place.path):
        raise IntoItself(name=place.name)
    if place.parent_id != above.pk:
        yield from _travel(place, above.path, above.code, plan.effective_on)


def _merge(place: Organisation, plan: Plan) -> Iterator[Step]:
    taken = set(Post.objects.filter(organisation=place).values_list("title", flat=True))
    for code in plan.details["sources"]:
        source = _alive(code, plan.effective_on)
        if place.path.startswith(source.path):
            raise IntoItself(name=source.name)
        for part in _below(source, plan.effective_on):
            yield from _travel(part, place.path, place.code, plan.effective_on)
        for post in source.posts.order_by("title"):
            yield _post_moved(post, place.code, place.name, taken=taken, day=plan.effective_on)
        yield Ended(source.code, source.name, place.code, place.name)


def _split(place: Organisation, plan: Plan) -> Iterator[Step]:
    wish = plan.details
    if not rules.is_code(wish["code"]) or Organisation.objects.filter(code=wish["code"]).exists():
        raise BadPlanCode(code=wish["code"])
    parent = place.parent
    path = rules.path_of(wish["code"], parent=parent.path if parent else "")
    yield Created(
        wish["code"], wish["name"], wish.get("short_name", ""), place.kind, parent.code if parent else "", path
    )
    for part in _below(place, plan.effective_on):
        if part.code in wish.get("parts", ()):
            yield from _travel(part, path, wish["code"], plan.effective_on)
    taken: set[str] = set()
    # A post that has gone meanwhile, or that the other zone does not know, cannot be taken along.
    for post in place.posts.filter(pk__in=wish.get("posts", ())).order_by("title"):
        yield _post_moved(post, wish["code"], wish["name"], taken=taken, day=plan.effective_on)


def _close(place: Organisation, plan: Plan) -> Iterator[Step]:
    if part := next(iter(_below(place, plan.effective_on)), None):
        raise PartsLeft(name=place.name, part=part.name)
    code = plan.details.get("successor", "")
    heir = _alive(code, plan.effective_on) if code else None
    if heir and heir.pk == place.pk:
        raise IntoItself(name=place.name)
    for post in place.posts.order_by("title"):
        yield PostEnded(post.pk, post.title, place.name, _holders(post, plan.effective_on))
    yield Ended(place.code, place.name, heir.code if heir else "", heir.name if heir else "")


_WAYS: dict[str, Any] = {
    Kind.RENAME: _rename,
    Kind.MOVE: _move,
    Kind.MERGE: _merge,
    Kind.SPLIT: _split,
    Kind.CLOSE: _close,
}


def _alive(code: str, day: date) -> Organisation:
    found = Organisation.objects.select_related("parent").filter(code=code).first()
    if found is None:
        raise UnknownOrganisation(code=code)
    if found.valid_until and found.valid_until < day:
        raise NotThen(name=found.name)
    if found.valid_from >= day:
        raise NotLater(name=found.name, since=_day_text(found.valid_from))
    return found


def _after(place: Organisation, history: Any, day: date) -> None:
    since = history.values_list("valid_from", flat=True).first()
    if since and since >= day:
        raise NotLater(name=place.name, since=_day_text(since))


def _below(place: Organisation, day: date) -> Iterator[Organisation]:
    """Yield what lies directly below `place` and exists on `day`."""
    yield from Organisation.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), parent=place).order_by("path")


def _travel(place: Organisation, above: str, parent: str, day: date) -> Iterator[Step]:
    new = rules.path_of(place.code, parent=above)
    for item in Organisation.objects.filter(path__startswith=place.path).order_by("path"):
        _after(item, item.places.order_by("-valid_from"), day)
        top = item.pk == place.pk
        yield Moved(item.code, item.name, parent if top else "", item.path, new + item.path.removeprefix(place.path))


def _post_moved(post: Post, code: str, place: str, *, taken: set[str], day: date) -> PostMoved:
    source, title = post.organisation, post.title
    if title in taken:
        # Never one post of two: the roles of the one would come to the holders of the other.
        title = f"{post.title}（{source.short_name or source.name}）"[:60]
    taken.add(title)
    return PostMoved(post.pk, post.title, source.name, title, code, place, _holders(post, day))


def _holders(post: Post, day: date) -> tuple[str, ...]:
    kept = Appointment.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), post=post)
    return tuple(kept.order_by("valid_from", "account__name").values_list("account__name", flat=True))


@singledispatch
def _told(step: Any, _day: date) -> Consequence:
    raise TypeError(step)


@_told.register
def _renamed(step: Renamed, _day: date) -> Consequence:
    return Consequence(
        "change", gettext("%(old)s is called %(name)s from that day.") % {"old": step.old, "name": step.name}
    )


@_told.register
def _moved(step: Moved, _day: date) -> Consequence:
    facts = {"name": step.name, "parent": _name_of(step.parent)}
    if not facts["parent"]:  # it travels with the one above it, or goes below one that is only being founded
        return Consequence("change", gettext("%(name)s goes along.") % facts)
    return Consequence("change", gettext("%(name)s goes below %(parent)s.") % facts)


@_told.register
def _created(step: Created, _day: date) -> Consequence:
    facts = {"name": step.name, "parent": _name_of(step.parent)}
    return Consequence("new", gettext("%(name)s is founded below %(parent)s.") % facts)


@_told.register
def _ended(step: Ended, day: date) -> Consequence:
    facts = {"name": step.name, "day": _day_text(day - ONE_DAY), "heir": step.successor_name}
    if step.successor:
        return Consequence("end", gettext("%(name)s ends on %(day)s; %(heir)s takes over its affairs.") % facts)
    return Consequence("end", gettext("%(name)s ends on %(day)s; nobody takes over its affairs.") % facts)


@_told.register
def _post_has_moved(step: PostMoved, _day: date) -> Consequence:
    facts = {"post": step.old_title, "old": step.old_place, "place": step.place, "title": step.title}
    facts["holders"] = "、".join(step.holders) or gettext("vacant")
    return Consequence(
        "change", gettext("Post %(post)s of %(old)s goes to %(place)s as %(title)s; held by: %(holders)s.") % facts
    )


@_told.register
def _post_has_ended(step: PostEnded, day: date) -> Consequence:
    facts = {"post": step.title, "place": step.place, "holders": "、".join(step.holders) or gettext("vacant")}
    facts["day"] = _day_text(day - ONE_DAY)
    return Consequence("end", gettext("Post %(post)s of %(place)s ends on %(day)s; held by: %(holders)s.") % facts)


def _name_of(code: str) -> str:
    return Organisation.objects.filter(code=code).values_list("name", flat=True).first() or ""


def _day_text(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


@dataclass(frozen=True, slots=True)
class RestructuringView:
    """A decided change. `state` is planned, done, withdrawn or failed."""

    id: uuid.UUID
    kind: str
    kind_title: str
    organisation: str
    organisation_name: str
    effective_on: date
    document: str
    reason: str
    decided_by_name: str
    state: str
    problem: str
    sources: tuple[str, ...]


class UnknownRestructuring(Refusal):
    code = "identity.unknown-restructuring"
    message = _("There is no such change of organisations.")
    status = 404


def restructurings(*, code: str = "", planned_only: bool = False) -> tuple[RestructuringView, ...]:
    """Return the decided changes, of one organisation when `code` is given, the latest first."""
    found = Restructuring.objects.select_related("organisation").order_by("-effective_on", "-decided_at")
    if code:
        found = found.filter(involved__code=code)
    if planned_only:
        found = found.filter(applied_at=None, withdrawn_at=None).order_by("effective_on", "decided_at")
    return tuple(_view(item) for item in found[:200])


def restructuring(restructuring_id: uuid.UUID) -> RestructuringView:
    """Return one decided change. :raises UnknownRestructuring:"""
    found = Restructuring.objects.select_related("organisation").filter(pk=restructuring_id).first()
    if found is None:
        raise UnknownRestructuring
    return _view(found)


def plan_of(item: Restructuring) -> Plan:
    """Return the plan of a stored change."""
    return Plan(kind=item.kind, organisation=item.organisation.code, effective_on=item.effective_on, details=item.plan)


def places_touched(plan: Plan) -> tuple[str, str]:
    """Return the lowest path above everything that `plan` touches, and the codes, joined by blanks."""
    codes = [plan.organisation, *plan.details.get("sources", ())]
    codes += [plan.details[key] for key in ("parent", "successor") if plan.details.get(key)]
    paths = dict(Organisation.objects.filter(code__in=codes).values_list("code", "path"))
    if missing := [code for code in codes if code not in paths]:
        raise UnknownOrganisation(code=missing[0])
    if plan.kind == Kind.SPLIT:
        # The new one stands beside the old one, so the place of both is the one above.
        paths[""] = paths[plan.organisation].removesuffix(f"{plan.organisation}/") or paths[plan.organisation]
    return rules.common_path(paths.values()), " ".join(codes)


def _view(item: Restructuring) -> RestructuringView:
    state = "planned"
    if item.applied_at:
        state = "done"
    elif item.withdrawn_at:
        state = "withdrawn"
    elif item.problem:
        state = "failed"
    return RestructuringView(
        item.pk, item.kind, item.get_kind_display(), item.organisation.code, item.organisation.name,
        item.effective_on, item.document, item.reason, item.decided_by_name, state, item.problem,
        tuple(item.plan.get("sources", ())),
    )  # fmt: skip

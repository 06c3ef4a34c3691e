"""What is wanting about privileges: roles nobody has, privileges of one person alone, posts that break the rules."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import posture
from quancheng.kernel.posture import Finding, Severity
from quancheng.security.pmi import adapters, queries
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

NAMED = 5


@posture.check("pmi.empty-role", title=_("Roles without members"))
def empty_roles(_at: datetime) -> Iterator[Finding]:
    """Find roles that nobody has today."""
    empty = queries.role_sheet().empty
    if empty:
        yield Finding(
            Severity.NOTICE,
            _("Roles without a member: %(count)s (%(names)s).")
            % {"count": len(empty), "names": _some([line.role.title for line in empty])},
            remedy=_("Appoint somebody to a post that carries them, or clear them away."),
            url=f"{reverse('pmi:roles')}?empty",
        )


@posture.check("pmi.single-holder", title=_("Privileges of one person alone"))
def single_holders(_at: datetime) -> Iterator[Finding]:
    """Find privileges that nobody can use while one person is away."""
    held = _holders()
    alone: dict[str, int] = defaultdict(int)
    for people in held.values():
        if len(people) == 1:
            alone[next(iter(people))] += 1
    if alone:
        ranked = sorted(alone.items(), key=lambda item: (-item[1], item[0]))
        yield Finding(
            Severity.NOTICE,
            _("Privileges held by one person alone: %(count)s (%(names)s).")
            % {"count": sum(alone.values()), "names": _some([f"{name} {count}" for name, count in ranked])},
            remedy=_("Appoint a deputy, or let the holder delegate the post for absences."),
            url=reverse("pmi:roles"),
        )


@posture.check("pmi.unheld", title=_("Privileges that nobody holds"))
def unheld(_at: datetime) -> Iterator[Finding]:
    """Find privileges that roles carry and nobody has today, and actions that no role carries."""
    held, known = _holders(), set(queries.known_privileges())
    lost = sorted(known - held.keys())
    if lost:
        yield Finding(
            Severity.NOTICE,
            _("Privileges that roles carry and nobody holds: %(count)s (%(names)s).")
            % {"count": len(lost), "names": _some(_titles(lost))},
            key="lost",
            remedy=_("Appoint somebody to a post that carries them, or clear them away."),
            url=f"{reverse('pmi:roles')}?empty",
        )
    loose = sorted(
        name for name, function in pmi.actions().items() if name not in known and not getattr(function, "open_to", ())
    )
    if loose:
        yield Finding(
            Severity.NOTICE,
            _("Actions that no role carries, so the platform alone performs them: %(count)s (%(names)s).")
            % {"count": len(loose), "names": _some(_titles(loose))},
            key="loose",
            remedy=_("Nothing, unless people should perform them: then put them into a role."),
            url=reverse("pmi:roles"),
        )


@posture.check("pmi.post-breaks-rule", title=_("Posts that break a rule of separation"))
def breaking_posts(_at: datetime) -> Iterator[Finding]:
    """Find posts that carry both halves of a rule of separation."""
    rules = queries.conflicts()
    for place, title, privileges in _posts():
        for rule in rules:
            if {rule.first, rule.second} <= privileges:
                first, second = _titles([rule.first, rule.second])
                yield Finding(
                    Severity.NOTICE,
                    _("The post %(post)s of %(place)s carries both %(first)s and %(second)s.")
                    % {"post": title, "place": place, "first": first, "second": second},
                    key=f"{place} {title} {rule.id}"[:200],
                    remedy=_("Divide the roles between two posts; on one matter the rule holds in any case."),
                    url=reverse("pmi:separation"),
                )


@posture.check("pmi.emergency-unreviewed", title=_("Emergency authorisations without their review"))
def unreviewed(at: datetime) -> Iterator[Finding]:
    """Find what was taken in an emergency and nobody has reviewed in time."""
    late = queries.overdue(timezone.localdate(at))
    if late:
        yield Finding(
            Severity.SERIOUS,
            _("Emergency authorisations whose review is overdue: %(count)s (%(names)s).")
            % {"count": len(late), "names": _some([item.actor_name for item in late])},
            remedy=_("Review each: what was done under it stands on its page."),
            url=reverse("pmi:emergencies"),
            since=timezone.make_aware(datetime.combine(late[0].review_by + timedelta(days=1), time.min)),
        )


def _posts() -> list[tuple[str, str, set[str]]]:
    """Return place, title and privileges of each post that somebody holds."""
    carried = {role.code: set(role.privileges) for role in queries.roles()}
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for seat in adapters.directory().seats():
        if seat.holders:
            found[seat.organisation_name, seat.post] |= carried.get(seat.role, set())
    return [(place, title, privileges) for (place, title), privileges in sorted(found.items())]


def _holders() -> dict[str, set[str]]:
    """Return who holds each privilege today, by place, post and name."""
    carried = {role.code: role.privileges for role in queries.roles()}
    found: dict[str, set[str]] = defaultdict(set)
    for seat in adapters.directory().seats():
        for privilege in carried.get(seat.role, ()):
            found[privilege] |= set(seat.holders)
    return {privilege: people for privilege, people in found.items() if people}


def _titles(privileges: list[str]) -> list[str]:
    return [trail.action_title(name) for name in privileges]


def _some(names: list[str]) -> str:
    return "、".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")

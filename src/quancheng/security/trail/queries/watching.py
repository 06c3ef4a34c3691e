"""What the trail shows of unusual access: sums over its last days, each found from an id on (walking.first_id)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone

from quancheng.security.trail import config, rules
from quancheng.security.trail.models import Entry, EntryName
from quancheng.security.trail.queries.entries import opened
from quancheng.security.trail.queries.walking import first_id

EXPORT = "look.table.export"
HOUR, USUAL_OF = timedelta(hours=1), timedelta(days=28)
AT_ONCE, CANDIDATES, LONGEST = 400, 50, 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """How often an account looked within the hour from `start`; `exports` of the looks took rows away as a file."""

    actor: str
    name: str
    start: datetime
    looks: int
    exports: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """How many refusals an account met one after the other, from the moment `since` on."""

    actor: str
    name: str
    count: int
    since: datetime


def looks(since: datetime, until: datetime | None = None, *, start: int | None = None) -> QuerySet[Entry]:
    """Return the looks of accounts into protected data, exports of lists among them; `start` is first_id(since)."""
    first = first_id(since) if start is None else start
    found = Entry.objects.filter(id__gte=first, at__gte=since, outcome="done")
    if until is not None:
        found = found.filter(at__lt=until)
    found = found.filter(Q(action__endswith=".read") | Q(action=EXPORT), actor_id__startswith="account:")
    return found.exclude(action__in=config.settings().watch_spared)


def hours(since: datetime, *, without: Collection[str] = ()) -> tuple[Hour, ...]:
    """Return how often each account looked in each hour since then; places below the paths `without` do not count."""
    found = looks(since)
    for path in without:
        found = found.exclude(organisation__startswith=path)
    rows = found.annotate(hour=TruncHour("at")).values("actor_id", "hour")
    rows = rows.annotate(
        name=Max("actor_name"), looks=Count("id"), exports=Count("id", filter=Q(action=EXPORT)), last=Max("id")
    )
    return tuple(
        Hour(
            actor=row["actor_id"],
            name=row["name"],
            start=row["hour"],
            looks=row["looks"],
            exports=row["exports"],
            last=row["last"],
        )
        for row in rows.order_by("actor_id", "hour")
    )


def bulk(since: datetime) -> tuple[tuple[Hour, int], ...]:
    """Return the hours in which somebody looked at unusually many different things, and at how many; most first."""
    wanted = config.settings()
    # Without an export nobody sees more things than they take looks, so hardly an hour needs to be counted out.
    found = [item for item in hours(since) if item.looks >= wanted.watch_things or item.exports]
    told, start = [], first_id(since) if found else 0
    month = first_id(since - USUAL_OF - timedelta(days=1)) if found else 0
    for item in sorted(found, key=lambda item: (-item.looks, item.actor, item.start))[:CANDIDATES]:
        count = things(item.actor, item.start, item.start + HOUR, start=start)
        if count < wanted.watch_things:
            continue
        earlier = usual(item.actor, item.start, start=month) if count < wanted.watch_always else ()
        if rules.unusual(
            count, earlier, least=wanted.watch_things, times=wanted.watch_usual, always=wanted.watch_always
        ):
            told.append((item, count))
    return tuple(sorted(told, key=lambda pair: -pair[1]))


def things(actor: str, since: datetime, until: datetime, *, start: int | None = None) -> int:
    """Return at how many different things an account looked."""
    found = looks(since, until, start=start).filter(actor_id=actor)
    keys = {bytes(key) for key in EntryName.objects.filter(entry__in=found).values_list("key", flat=True).distinct()}
    # What waits for its place is under no name yet.
    for joined in found.filter(index=None).order_by("id").values_list("keys", flat=True)[:LONGEST]:
        keys.update(rules.apart(bytes(joined or b"")))
    return len(keys - {rules.key(rules.BY, actor)})


def usual(actor: str, until: datetime, *, start: int | None = None) -> tuple[int, ...]:
    """Return the different things of the busiest hour of each earlier day, of four weeks, on which somebody looked."""
    today = timezone.localtime(until).replace(hour=0, minute=0, second=0, microsecond=0)
    found = looks(today - USUAL_OF, today, start=start).filter(actor_id=actor)
    names = EntryName.objects.filter(entry__in=found)
    names = names.exclude(key=rules.key(rules.BY, actor)).annotate(hour=TruncHour("entry__at"))
    rows = names.values("hour").annotate(things=Count("key", distinct=True))
    busiest: dict[date, int] = defaultdict(int)
    for hour, count in rows.values_list("hour", "things"):
        busiest[hour.date()] = max(busiest[hour.date()], count)
    return tuple(busiest.values())


def sought(since: datetime) -> tuple[tuple[str, int], ...]:
    """Return the people into whose data unusually many accounts looked, and how many these were; most first."""
    wanted, counted = config.settings(), looks(since)
    rows = EntryName.objects.filter(entry__in=counted).values("key")
    rows = rows.annotate(people=Count("entry__actor_id", distinct=True), last=Max("entry_id"))
    rows = rows.filter(people__gte=wanted.watch_curious).order_by("-people", "-last")[:AT_ONCE]
    found = {bytes(row["key"]): (row["people"], row["last"]) for row in rows}
    fresh: dict[bytes, dict[str, int]] = defaultdict(dict)
    for pk, keys, actor in counted.filter(index=None).order_by("id").values_list("pk", "keys", "actor_id")[:1000]:
        for key in rules.apart(bytes(keys or b"")):
            fresh[key][actor] = pk
    for key, actors in fresh.items():
        known = EntryName.objects.filter(key=key, entry__in=counted).values_list("entry__actor_id", flat=True)
        people = len(actors.keys() | set(known.distinct()))
        if people >= wanted.watch_curious:
            found[key] = people, max(actors.values())
    # The register keeps the names as digests; the entry's own body says whose it is, until it is erased.
    said = bodies(last for _people, last in found.values())
    return tuple(
        (name, people)
        for key, (people, last) in sorted(found.items(), key=lambda item: -item[1][0])
        for name in said.get(last, {}).get("subjects", ())
        if name.startswith(wanted.watch_people) and rules.key(rules.ABOUT, name) == key
    )


def bodies(numbers: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return what the bodies of these entries say; nothing of an erased one."""
    wanted, found = sorted(set(numbers)), {}
    for at in range(0, len(wanted), AT_ONCE):
        rows = Entry.objects.filter(pk__in=wanted[at : at + AT_ONCE]).select_related("body_key")
        found.update({row.pk: opened(row) for row in rows})
    return found


def refusals(since: datetime) -> tuple[Refusals, ...]:
    """Return the accounts and systems that met many refusals in a row since then; most first."""
    least = config.settings().watch_refusals
    recent = Entry.objects.filter(id__gte=first_id(since), at__gte=since)
    # What the platform does by itself is tried again by itself, and whoever is not signed in is not one and the same.
    refused = recent.exclude(outcome="done").exclude(actor_id__in=("", "anonymous"))
    refused = refused.exclude(actor_id__startswith="service:")
    rows = refused.values("actor_id").annotate(name=Max("actor_name"), times=Count("id")).filter(times__gte=least)
    found = []
    for actor, name in rows.order_by("-times", "actor_id").values_list("actor_id", "name")[:CANDIDATES]:
        newest = recent.filter(actor_id=actor).order_by("-id").values_list("outcome", "at")[:LONGEST]
        count, first = rules.longest_refusals(reversed(newest))
        if first and count >= least:
            found.append(Refusals(actor=actor, name=name, count=count, since=first))
    return tuple(sorted(found, key=lambda item: -item.count))

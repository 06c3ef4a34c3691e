"""What is wanting about the trail itself, and what it shows of unusual looks into people's data."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncHour
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import posture, zone
from quancheng.kernel.posture import Finding, Severity
from quancheng.security.trail import queries, rules
from quancheng.security.trail.models import Checkpoint, Entry, EntryName
from quancheng.security.trail.queries import opened

PATIENCE, STAMPED_WITHIN, WITNESSED_WITHIN = timedelta(minutes=10), timedelta(minutes=15), timedelta(hours=24)
# Looks that are told: so many by one person in an hour, into one person's data by so many people in a week, and any
# outside these hours of a working day.
BULK, CURIOUS, WEEK, DAY = 200, 8, timedelta(days=7), timedelta(days=1)
OPENS, CLOSES, WEEKEND = 7, 21, 5


@posture.check("trail.waiting", title=_("Entries without their place in the log"))
def waiting(at: datetime) -> Iterator[Finding]:
    """Find entries that no worker has integrated: until then they could vanish unseen."""
    rows = Entry.objects.filter(index__isnull=True, at__lt=at - PATIENCE)
    first = rows.aggregate(first=Min("at"))["first"]
    if first:
        yield Finding(
            Severity.CRITICAL,
            _("Entries that have waited for their place in the log for more than ten minutes: %(count)s.")
            % {"count": rows.count()},
            remedy=_("See whether the worker runs (quancheng worker), and what it says."),
            url=reverse("trail:entries"),
            since=first,
        )


@posture.check("trail.timestamp", title=_("Checkpoints without a timestamp"))
def untimestamped(at: datetime) -> Iterator[Finding]:
    """Find that the log has not been anchored in time lately."""
    last = Checkpoint.objects.filter(token__isnull=False).order_by("-size").first()
    since = _first_after(last)
    if since and since < at - STAMPED_WITHIN:
        yield Finding(
            Severity.SERIOUS,
            _("No checkpoint since then carries a timestamp."),
            remedy=_("See whether the worker runs and this site has its authority (quancheng pki show)."),
            url=reverse("trail:entries"),
            since=since,
        )


@posture.check("trail.witness", title=_("Checkpoints without a witness"))
def unwitnessed(at: datetime) -> Iterator[Finding]:
    """Find that the other zone has not cosigned the log lately. One process for both zones has no other."""
    if zone.other() is None:
        return
    last = Checkpoint.objects.filter(cosignatures__isnull=False).order_by("-size").first()
    since = _first_after(last)
    if since and since < at - WITNESSED_WITHIN:
        yield Finding(
            Severity.SERIOUS,
            _("The other zone has cosigned no checkpoint since then."),
            remedy=_("See whether bundles come and go: the ferry carries checkpoints and cosignatures."),
            url=reverse("trail:entries"),
            since=since,
        )


def _first_after(last: Checkpoint | None) -> datetime | None:
    """Return when the first checkpoint after `last` was made, None when there is none."""
    rows = Checkpoint.objects.filter(size__gt=last.size) if last else Checkpoint.objects.all()
    first: datetime | None = rows.aggregate(first=Min("at"))["first"]
    return first


@posture.check("trail.bulk-looks", title=_("Very many looks by one person"))
def bulk(at: datetime) -> Iterator[Finding]:
    """Find people who looked at very many things within one hour of the last day."""
    for row in _by_hour(at).filter(looks__gte=BULK).order_by("-looks")[:20]:
        yield Finding(
            Severity.SERIOUS,
            _("%(name)s looked at %(count)s things within the hour from %(hour)s.")
            % {"name": row["actor_name"], "count": row["looks"], "hour": f"{row['hour']:%H:%M}"},
            key=f"{row['actor_id']} {row['hour']:%Y%m%d%H}",
            remedy=_("Ask what it was for; the trail shows each look."),
            url=_trail(actor=row["actor_id"]),
            since=row["hour"],
        )


@posture.check("trail.looks-out-of-hours", title=_("Looks out of office hours"))
def out_of_hours(at: datetime) -> Iterator[Finding]:
    """Find people who looked at protected data at night or on a weekend of the last day."""
    found: dict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
    for row in _by_hour(at):
        hour = row["hour"]
        if hour.weekday() >= WEEKEND or not OPENS <= hour.hour < CLOSES:
            found[row["actor_id"], row["actor_name"]].append((hour, row["looks"]))
    for (actor, name), hours in sorted(found.items())[:20]:
        first = min(hour for hour, _looks in hours)
        yield Finding(
            Severity.NOTICE,
            _("Looks of %(name)s out of office hours: %(count)s, first in the hour from %(hour)s.")
            % {
                "name": name,
                "count": sum(looks for _hour, looks in hours),
                "hour": date_format(first, "DATETIME_FORMAT"),
            },
            key=f"{actor} {first:%Y%m%d}",
            remedy=_("Ask what it was for; the trail shows each look."),
            url=_trail(actor=actor),
            since=first,
        )


@posture.check("trail.curiosity", title=_("One person looked up by many"))
def curiosity(at: datetime) -> Iterator[Finding]:
    """Find people into whose data very many different people looked within a week, as happens to the well-known."""
    found = sorted(_sought(at - WEEK).items(), key=lambda item: item[1], reverse=True)
    for key, (people, last) in found[:20]:
        # The register keeps the names as digests; the entry's own body says whose it is, until it is erased.
        said = opened(Entry.objects.select_related("body_key").get(pk=last))
        names = [name for name in said.get("subjects", ()) if rules.key(rules.ABOUT, name) == key]
        for subject in names:
            if subject.startswith("person:"):
                yield Finding(
                    Severity.SERIOUS,
                    _("%(count)s different people looked up %(subject)s within a week.")
                    % {"count": people, "subject": subject},
                    key=subject,
                    remedy=_("Compare with the matters they handle; the trail shows each look."),
                    url=_trail(subject=subject),
                )


def _sought(since: datetime) -> dict[bytes, tuple[int, int]]:
    """Return the names into which many people looked: how many, and the number of the last look."""
    looks = _looks(since)
    rows = EntryName.objects.filter(entry__in=looks).values("key")
    rows = rows.annotate(people=Count("entry__actor_id", distinct=True), last=Max("entry_id"))
    rows = rows.filter(people__gte=CURIOUS).order_by("-people", "-last")[:20]
    found = {bytes(row["key"]): (row["people"], row["last"]) for row in rows}
    # What waits for its place is under no name yet.
    fresh: dict[bytes, dict[str, int]] = defaultdict(dict)
    for pk, keys, actor in looks.filter(index=None).order_by("id").values_list("pk", "keys", "actor_id")[:1000]:
        for key in rules.apart(bytes(keys or b"")):
            fresh[key][actor] = pk
    for key, actors in fresh.items():
        known = EntryName.objects.filter(key=key, entry__in=looks).values_list("entry__actor_id", flat=True)
        people = len(actors.keys() | set(known.distinct()))
        if people >= CURIOUS:
            found[key] = people, max(actors.values())
    return found


def _looks(since: datetime) -> QuerySet[Entry]:
    """Return the looks of people since then."""
    found = Entry.objects.filter(id__gte=queries.first_id(since), at__gte=since, outcome="done")
    return found.filter(action__endswith=".read", actor_id__startswith="account:")


def _by_hour(at: datetime) -> QuerySet:
    """Return how often each person looked in each hour of the last day."""
    rows = _looks(at - DAY).annotate(hour=TruncHour("at")).values("actor_id", "actor_name", "hour")
    return rows.annotate(looks=Count("id")).order_by("actor_id", "hour")


def _trail(**filters: str) -> str:
    return f"{reverse('trail:entries')}?{urlencode(filters)}"

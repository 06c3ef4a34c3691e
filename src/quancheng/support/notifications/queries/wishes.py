"""Questions about how people want to be told."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import ClassVar

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.notifications import rules
from quancheng.support.notifications.config import config
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.models import Channel, Choice, PushSubscription, Wishes


class NoSuchBrowser(Refusal):
    """The browser is not in the list, or was removed already."""

    code: ClassVar[str] = "notifications.no-such-browser"
    message = _("This browser is no longer in the list.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True)
class Plan:
    """How somebody is told: the language, the quiet hours (equal when there are none), the digest, the choices."""

    language: str
    quiet_from: time
    quiet_until: time
    digest: str
    choices: Mapping[tuple[str, str], bool]

    def wants(self, kind: kinds.NoticeKind, channel: str) -> bool:
        """Test whether a kind goes out on a channel: the person's choice, unless the kind is always sent there."""
        default = channel in kind.channels
        if default and kind.always:
            return True
        return self.choices.get((kind.code, channel), default)

    def due(self, kind: kinds.NoticeKind, channel: str, now: datetime) -> tuple[datetime, str]:
        """Return when it goes out and in which bundle ("" for none). Urgent kinds wait for nothing.

        What the law has people told is not kept back for a digest, only for the quiet hours.
        """
        local = timezone.localtime(now)
        if kind.urgent:
            return now, ""
        if channel == rules.EMAIL and self.digest and not kind.always:
            return rules.next_digest(local, period=self.digest, at=rules.read_time(config.digest_at)), self.digest
        if channel in rules.DISTURBING:
            return rules.next_loud(local, begins=self.quiet_from, ends=self.quiet_until), ""
        return now, ""


def plan(account_id: uuid.UUID) -> Plan:
    """Return how an account is told."""
    found = wishes(account_id)
    begins, ends = rules.read_time(config.quiet_from), rules.read_time(config.quiet_until)
    if found.quiet == Wishes.Quiet.OWN and found.quiet_from is not None and found.quiet_until is not None:
        begins, ends = found.quiet_from, found.quiet_until
    elif found.quiet == Wishes.Quiet.NONE:
        begins = ends
    return Plan(
        language=found.language if found.language in rules.LANGUAGES else settings.LANGUAGE_CODE,
        quiet_from=begins,
        quiet_until=ends,
        digest=found.digest,
        choices={
            (kind, channel): wanted
            for kind, channel, wanted in Choice.objects.filter(account_id=account_id).values_list(
                "kind", "channel", "wanted"
            )
        },
    )


def wishes(account_id: uuid.UUID) -> Wishes:
    """Return what somebody wishes, or what holds for who has said nothing; that one is not stored."""
    return Wishes.objects.filter(account_id=account_id).first() or Wishes(account_id=account_id)


def channels() -> tuple[str, ...]:
    """Return the ways outside that this site has."""
    return tuple(channel for channel in rules.CHANNELS if config.is_on(channel))


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind on one way: `locked` when it cannot be switched off, `offered` when the kind has words for it."""

    name: str
    channel: str
    title: str
    wanted: bool
    locked: bool
    offered: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One kind with its ways."""

    kind: kinds.NoticeKind
    cells: tuple[Cell, ...]


def table(account_id: uuid.UUID, *, audience: str) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """Return the kinds that such people are told of, by app, each with the ways of this site."""
    how, groups = plan(account_id), dict[str, list[Row]]()
    for kind in kinds.all_kinds().values():
        if audience in kind.audience:
            cells = tuple(
                Cell(
                    name=f"{kind.code}:{channel}",
                    channel=channel,
                    title=str(Channel(channel).label),
                    wanted=how.wants(kind, channel),
                    locked=bool(kind.always) and channel in kind.channels,
                    offered=has_words(kind, channel),
                )
                for channel in channels()
            )
            groups.setdefault(str(kind.app_title), []).append(Row(kind, cells))
    return tuple((title, tuple(rows)) for title, rows in groups.items())


def has_words(kind: kinds.NoticeKind, channel: str) -> bool:
    """Test whether a kind can be sent this way: text messages and calls need a text of their own."""
    return channel not in {rules.SMS, rules.VOICE} or bool(kind.texts[rules.LANGUAGES[0]].get(channel))


def browsers(account_id: uuid.UUID) -> tuple[PushSubscription, ...]:
    """Return the browsers that somebody lets us tell things."""
    return tuple(PushSubscription.objects.filter(account_id=account_id))


def owner_of_browser(subscription_id: int) -> str:
    """Return the id of the actor whose browser this is. :raises NoSuchBrowser: when there is none."""
    found = PushSubscription.objects.filter(pk=subscription_id).values_list("account_id", flat=True).first()
    if found is None:
        raise NoSuchBrowser
    return f"account:{found}"

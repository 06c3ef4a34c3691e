"""Giving and withdrawing consent to a use of one's own data, and hearing of it in the other zone.

PIPL (个人信息保护法) art. 14 and 15: given by the person, who was told what for; withdrawn as easily as given. What was
done while it counted stays lawful, so rows stay.
"""

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import adapters, queries, rules
from quancheng.security.pmi.actions.ways_in import action
from quancheng.security.pmi.events import ConsentGiven, ConsentWithdrawn
from quancheng.security.pmi.models import Consent
from quancheng.security.pmi.rules import Actor, Target


class NoSuchMatter(Refusal):
    code = "pmi.no-such-consent"
    message = _("There is nothing of this kind to agree to.")
    status = 404


class UnknownPerson(Refusal):
    code = "pmi.person-not-checked"
    message = _("Have your real name checked first: only then is it certain whose data this is about.")


class AlreadyAgreed(Refusal):
    code = "pmi.already-agreed"
    message = _("You have agreed to this already.")


class NotAgreed(Refusal):
    code = "pmi.not-agreed"
    message = _("There is no consent of yours to withdraw.")


class NotSoLong(Refusal):
    code = "pmi.consent-too-long"
    message = _("A consent of this kind lasts from one day to %(days)s days.")


class ReadOtherwise(Refusal):
    code = "pmi.consent-changed"
    message = _("What you would agree to has changed since you opened the page. Read it once more.")


def _of_matter(*, matter: str, **_rest: object) -> Target:
    return Target(subjects=(f"consent:{matter[:60]}",))


@action("pmi.consent.give", scope=_of_matter, open_to=("citizen",))
def give_consent(*, actor: Actor, matter: str, days: int, digest: str, at: datetime) -> uuid.UUID:
    """Agree to `matter` for so many days. `digest` is that of what the person read.

    :raises NoSuchMatter: :raises UnknownPerson: :raises AlreadyAgreed: :raises NotSoLong: :raises ReadOtherwise:
    """
    found = queries.matters().get(matter)
    if found is None:
        raise NoSuchMatter
    number = adapters.directory().checked_person(actor.id)
    if not number:
        raise UnknownPerson
    if found.digest() != digest:
        raise ReadOtherwise
    if not 1 <= days <= found.days:
        raise NotSoLong(days=found.days)
    person = rules.reference(number)
    for row in Consent.objects.select_for_update().filter(person=person, matter=matter, withdrawn_at=None):
        if row.until > at and row.digest == digest:
            raise AlreadyAgreed
        _end(row, min(row.until, at))
    until = at + timedelta(days=days)
    try:
        with transaction.atomic():
            row = Consent.objects.create(
                person=person, giver_id=actor.id, matter=matter, digest=digest, given_at=at, until=until
            )
    except IntegrityError:
        raise AlreadyAgreed from None
    events.publish(
        ConsentGiven(
            consent_id=str(row.pk),
            person=person,
            matter=matter,
            digest=digest,
            given_at=at.isoformat(),
            until=until.isoformat(),
        )
    )
    return row.pk


@action("pmi.consent.withdraw", scope=_of_matter, open_to=("citizen",))
def withdraw_consent(*, actor: Actor, matter: str, at: datetime) -> None:
    """Withdraw what the actor agreed to; it counts at once here, and there when the ferry has carried it.

    :raises NotAgreed: when nothing of the kind is in force.
    """
    row = Consent.objects.select_for_update().filter(queries.own(actor), matter=matter, withdrawn_at=None).first()
    if row is None or row.until <= at:
        raise NotAgreed
    _end(row, at)


def _end(row: Consent, at: datetime) -> None:
    row.withdrawn_at = max(at, row.given_at)
    row.save(update_fields=["withdrawn_at"])
    events.publish(
        ConsentWithdrawn(
            consent_id=str(row.pk), person=row.person, matter=row.matter, withdrawn_at=row.withdrawn_at.isoformat()
        )
    )


def hear_given(message: events.Message) -> None:
    """Keep the other zone's consent. Heard twice, or where it was given, it changes nothing."""
    data = message.data
    Consent.objects.get_or_create(
        pk=uuid.UUID(str(data["consent_id"])),
        defaults={
            "person": data["person"],
            "matter": data["matter"],
            "digest": data["digest"],
            "given_at": _moment(data["given_at"]),
            "until": _moment(data["until"]),
        },
    )


def hear_withdrawn(message: events.Message) -> None:
    """End a consent that was withdrawn in the other zone."""
    data = message.data
    Consent.objects.filter(pk=uuid.UUID(str(data["consent_id"])), withdrawn_at=None).update(
        withdrawn_at=_moment(data["withdrawn_at"])
    )


def _moment(text: object) -> datetime:
    found = parse_datetime(str(text))
    if found is None:
        raise ValueError(text)
    return found

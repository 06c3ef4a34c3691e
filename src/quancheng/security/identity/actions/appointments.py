"""Writes about who holds which post."""

import uuid
from datetime import date

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries
from quancheng.security.identity.actions.places import OfficersSeparate, post_of
from quancheng.security.identity.models import Account, Appointment, Post
from quancheng.security.pmi import public as pmi


class OwnAppointment(Refusal):
    code = "identity.own-appointment"
    message = _("Nobody appoints themselves. Ask another administrator.")


class AlreadyAppointed(Refusal):
    code = "identity.already-appointed"
    message = _("This account holds the post already.")


class NotForCitizens(Refusal):
    code = "identity.not-for-citizens"
    message = _("Only staff can hold a post.")


class AppointmentOver(Refusal):
    code = "identity.appointment-over"
    message = _("This appointment has ended already.")


class EndsBeforeItBegins(Refusal):
    code = "identity.ends-before-it-begins"
    message = _("The last day lies before the first.")


def _of_post(*, post_id: uuid.UUID, account_id: uuid.UUID, **_rest: object) -> pmi.Target:
    post = post_of(post_id)
    return pmi.Target(organisation=post.organisation.path, subjects=(f"account:{account_id}", f"post:{post.pk}"))


def _of_appointment(*, appointment_id: uuid.UUID, **_rest: object) -> pmi.Target:
    found = Appointment.objects.select_related("post__organisation").filter(pk=appointment_id).first()
    if found is None:
        raise AppointmentOver
    return pmi.Target(
        organisation=found.post.organisation.path, subjects=(f"account:{found.account_id}", f"post:{found.post_id}")
    )


@pmi.action("identity.appointment.make", scope=_of_post)
def make_appointment(
    *,
    actor: pmi.Actor,
    post_id: uuid.UUID,
    account_id: uuid.UUID,
    valid_from: date,
    valid_until: date | None = None,
) -> uuid.UUID:
    """Appoint an account to a post from a day on; return the appointment's id.

    :raises OwnAppointment: :raises NotForCitizens: :raises AlreadyAppointed: :raises EndsBeforeItBegins:
    :raises OfficersSeparate:
    """
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise queries.UnknownAccount
    if account.actor_id == actor.id:
        raise OwnAppointment
    if account.kind != Account.Kind.STAFF:
        raise NotForCitizens
    if valid_until and valid_until < valid_from:
        raise EndsBeforeItBegins
    if Appointment.objects.filter(account=account, post_id=post_id, valid_until=None).exists():
        raise AlreadyAppointed
    keep_officers_apart(account, post_id=post_id)
    return Appointment.objects.create(
        account=account, post_id=post_id, valid_from=valid_from, valid_until=valid_until
    ).pk


@pmi.action("identity.appointment.end", scope=_of_appointment)
def end_appointment(*, actor: pmi.Actor, appointment_id: uuid.UUID, valid_until: date) -> None:
    """Set the last day of an appointment. :raises AppointmentOver: :raises EndsBeforeItBegins:"""
    found = Appointment.objects.select_for_update().get(pk=appointment_id)
    if found.valid_until and found.valid_until <= valid_until:
        raise AppointmentOver
    if valid_until < found.valid_from:
        raise EndsBeforeItBegins
    found.valid_until = valid_until
    found.save(update_fields=["valid_until"])


def keep_officers_apart(account: Account, *, post_id: uuid.UUID) -> None:
    """Refuse when the post would make the account a second one of the three officers. :raises OfficersSeparate:"""
    added = Post.objects.filter(pk=post_id).values_list("roles__officer", "roles__privileges")
    new = {officer for role in added for officer in pmi.officers_by(*role)}
    if new and pmi.officers_clash(new | queries.officers_of(account.pk)):
        raise OfficersSeparate(name=account.name)

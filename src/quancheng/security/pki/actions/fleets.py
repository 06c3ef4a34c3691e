"""Certificates for many keys at once: the requests of a fleet of devices, judged one by one, issued together.

One transaction with one commit, whatever their number; each request has its own answer, and one that cannot be granted
does not keep back the others.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import cast

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.actions import enrolment, register, setup
from quancheng.security.pki.actions.enrolment import UnfitRequest
from quancheng.security.pki.engine import bundles, certificates, enrolling
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Authority, Certificate, Fleet
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

# How many keys are looked up in one query, and how many certificates one entry of the trail names.
TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Made:
    """What became of the requests: how many have a certificate, and why others have none, by file."""

    slug: str
    issued: int
    refused: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Row:
    """One request on its way: what it wishes, its certificate, or why it gets none."""

    file: str
    wish: enrolling.Wish | None = None
    why: str | Promise = ""
    serial: str = ""


def _of_holder(**wishes: object) -> pmi.Target:
    return pmi.Target(subjects=(f"certificate-holder:{wishes['code']}",))


@pmi.action("pki.enrolment.request-many", scope=_of_holder, step_up=True)
def request_many(
    *, actor: pmi.Actor, profile: str, code: str, name: str, requests: Sequence[bundles.Brought], at: datetime
) -> Made:
    """Issue certificates over the keys in many requests for devices of the organisation `name` with `code`.

    A key that has a valid certificate of this kind for this holder gets no second one, so that the same file brought
    twice, or after an interruption, does no harm.

    :raises UnfitRequest: if the profile asks for a second officer, or there are no requests, or too many.
    """
    chosen = certificates.PROFILES.get(profile)
    if chosen is None or not chosen.brought or chosen.approved:
        raise UnfitRequest(why=_("only certificates that need no second officer are issued many at once"))
    if not 0 < len(requests) <= bundles.MOST:
        raise UnfitRequest(why=_("at most %(most)s requests are taken at once") % {"most": bundles.MOST})
    here = sites.load(at=at)
    # Two who bring the same requests at once follow one another.
    authority = Authority.objects.select_for_update().get(pk=register.authority(here)).pk
    judged = enrolment.judged_many(here, (item.csr for item in requests), chosen)
    rows = [_row(item, found) for item, found in zip(requests, judged, strict=True)]
    _look_up(rows, profile=profile, code=code, at=at)
    made = [_issued(here, row, chosen, code=code, name=name, at=at) for row in rows if row.wish and not row.why]
    register.store_many(authority, made, at=at)
    refused = tuple((row.file, str(row.why)) for row in rows if not row.serial)
    fleet = Fleet.objects.create(
        slug=secrets.token_hex(8),
        profile=profile,
        subject_code=code,
        subject_name=name,
        requested_by=actor.id,
        requester_name=actor.name,
        requested_at=at,
        issued=len(made),
        answers=[*((row.file, row.serial) for row in rows if row.serial), *refused],
    )
    for first in range(0, len(made), TOGETHER):
        some = made[first : first + TOGETHER]
        trail.record(
            action="pki.certificate.issue",
            actor_id=actor.id,
            actor_name=actor.name,
            subjects=(f"certificate-holder:{code}", *(f"certificate:{item.printed.serial}" for item in some)),
            detail={"name": name, "profile": profile, "fleet": fleet.slug},
            at=at,
        )
    return Made(fleet.slug, fleet.issued, refused)


def _row(brought: bundles.Brought, found: enrolling.Wish | UnfitRequest) -> _Row:
    if isinstance(found, UnfitRequest):
        return _Row(brought.file, why=str(found.facts["why"]))
    return _Row(brought.file, found)


def _look_up(rows: list[_Row], *, profile: str, code: str, at: datetime) -> None:
    """Say why what is lost, or certified already, or stands in the file twice gets no certificate."""
    waiting: dict[str, _Row] = {}
    for row in rows:
        if row.wish is not None and (first := waiting.setdefault(row.wish.key_digest, row)) is not row:
            row.why = _("the same key stands in %(file)s") % {"file": first.file}
    digests = list(waiting)
    for start in range(0, len(digests), TOGETHER):
        known = Certificate.objects.filter(key_digest__in=digests[start : start + TOGETHER]).order_by("issued_at")
        for item in known.defer("der"):
            row = waiting[item.key_digest]
            of_this_kind = (item.profile, item.subject_code, item.revoked_at) == (profile, code, None)
            if item.revocation_reason == enrolment.COMPROMISED:
                row.why = enrolment.LOST
            elif not row.why and of_this_kind and item.not_after > at:
                row.why = _("this key has the valid certificate %(serial)s") % {"serial": item.serial}


def _issued(
    here: sites.Site, row: _Row, profile: certificates.Profile, *, code: str, name: str, at: datetime
) -> register.Issued:
    """Sign a certificate for what the request calls itself, else the file."""
    wish = cast("enrolling.Wish", row.wish)
    called = wish.common
    if not _speaks(called):
        called = PurePosixPath(row.file).stem or name
    called = called[: certificates.COMMON_NAME_LONGEST]
    made = setup.printed(here, profile, wish.public, code=code, name=called, organisation=name, at=at)
    row.serial = made.serial
    return register.Issued(made, register.Holder(profile.code, code, called), wish.key_digest)


def _speaks(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()

"""Answering a request for corrections."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.eforms import public as eforms
from quancheng.systems.hall import rules
from quancheng.systems.hall.actions import files
from quancheng.systems.hall.actions.submissions import Incomplete, described, of_submission
from quancheng.systems.hall.events import CorrectionLodged
from quancheng.systems.hall.models import CorrectionRound, Material, Submission


class NothingToCorrect(Refusal):
    """No correction is asked for, or it has been lodged already."""

    code: ClassVar[str] = "hall.nothing-to-correct"
    message = _("No correction is being asked for, or you have submitted it already.")


def _open_round(submission_id: UUID) -> CorrectionRound:
    row = (
        CorrectionRound.objects.select_for_update(of=("self",))
        .select_related("submission__service")
        .filter(submission=submission_id, answered_at=None)
        .order_by("round")
        .first()
    )
    if row is None:
        raise NothingToCorrect
    return row


def attach_correction(
    *,
    actor: pmi.Actor,
    submission_id: UUID,
    code: str,
    content: BinaryIO,
    name: str,
    media_type: str,
    size: int,
) -> str:
    """Keep a file for a material that must be corrected and return its digest.

    :raises NothingToCorrect: :raises files.UnknownMaterial: :raises files.WrongType: :raises files.TooLarge:
    """
    received = files.receive(actor=actor, content=content, name=name, media_type=media_type, size=size)
    return _attach_correction(actor=actor, submission_id=submission_id, code=code, received=received)


@pmi.action("hall.correction.attach", open_to=("citizen",), scope=of_submission)
def _attach_correction(*, actor: pmi.Actor, submission_id: UUID, code: str, received: files.Received) -> str:
    row = _open_round(submission_id)
    if code not in rules.asked_codes(row.items)[1]:
        raise files.UnknownMaterial
    file = files.take(received, code=code, held=row.files)
    row.files = files.with_file(row.files, file)
    row.save(update_fields=["files"])
    return file["digest"]


@pmi.action("hall.correction.detach", open_to=("citizen",), scope=of_submission)
def detach_correction(*, actor: pmi.Actor, submission_id: UUID, code: str, digest: str) -> None:
    """Take an uploaded file back before the correction is lodged. :raises NothingToCorrect:"""
    row = _open_round(submission_id)
    row.files = files.without_file(row.files, code=code, digest=digest)
    row.save(update_fields=["files"])


@pmi.action("hall.correction.lodge", open_to=("citizen",), scope=of_submission)
def lodge_correction(*, actor: pmi.Actor, submission_id: UUID, values: Mapping[str, Any], at: datetime) -> int:
    """Submit the corrections, all at once, and return the round. Only what was asked for is taken.

    :raises NothingToCorrect: if none is asked for, or it was lodged before.
    :raises Incomplete: if an asked material is missing or an asked field is wrong.
    """
    row = _open_round(submission_id)
    matter = row.submission
    fields, codes = rules.asked_codes(row.items)
    changed = {field: events.plain(values[field]) for field in fields if field in values}
    bound = eforms.load(matter.service.form).bind(
        {**matter.form, **changed}, initial=matter.form, context=matter.answers
    )
    errors = {} if bound.is_valid() else {key: text for key, text in bound.errors.items() if key in fields}
    titles = {item["code"]: item["title"] for item in matter.service.guide.get("materials") or ()}
    held = {item["code"] for item in row.files}
    missing = tuple(titles.get(code, code) for code in codes if code not in held)
    if errors or missing:
        raise Incomplete(errors=errors, missing=missing)
    cleaned = {field: bound.as_data[field] for field in changed if field in bound.as_data}
    materials = [
        Material(
            submission=matter,
            code=item["code"],
            title=titles.get(item["code"], item["code"]),
            name=item["name"],
            digest=item["digest"],
            media_type=item["media_type"],
            size=item["size"],
            round=row.round,
        )
        for item in row.files
    ]
    Material.objects.bulk_create(materials)
    row.form, row.answered_at = cleaned, at
    row.save(update_fields=["form", "answered_at"])
    matter.form, matter.state = {**matter.form, **cleaned}, Submission.State.LODGED
    matter.save(update_fields=["form", "state"])
    events.publish(
        CorrectionLodged(
            submission_id=str(matter.pk),
            round=row.round,
            form=cleaned,
            materials=[described(item) for item in materials],
            lodged_at=at.isoformat(),
            files=tuple(sorted({item.digest for item in materials})),
        )
    )
    return row.round

"""Taking in a delivery; a register calls this inside its own action, under its own privilege."""

import hashlib
from datetime import date, datetime
from typing import ClassVar, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.deliveries.engine import plans, storing
from quancheng.registries.deliveries.engine.register import Register


class Unreadable(Refusal):
    """The file is no CSV with the expected columns."""

    code: ClassVar[str] = "deliveries.unreadable"
    message = _("The file cannot be read: %(reason)s. Nothing was changed.")
    status: ClassVar[int] = 400


READING: Final[dict[str, Promise]] = {
    "columns": _("these columns are missing: %(detail)s"),
    "rows": _("more than %(detail)s rows"),
    "encoding": _("its characters are neither UTF-8 nor GB18030"),
}


def planned(register: Register, content: bytes, *, as_of: date) -> plans.Plan:
    """Return what a file would change, without changing it. :raises Unreadable:"""
    return _planned(register, register.shape(), content, as_of)


def _planned(register: Register, shape: plans.Shape, content: bytes, as_of: date) -> plans.Plan:
    try:
        rows = plans.read(content, shape)
    except plans.UnreadableFile as error:
        raise Unreadable(reason=str(READING[error.code]) % {"detail": error.detail}) from error
    known = storing.known(register.tables, shape, sorted(plans.keys_in(rows, shape)))
    return plans.plan(rows, shape, as_of=as_of, known=known)


def take_in(
    register: Register,
    *,
    content: bytes,
    name: str,
    source: str,
    source_name: str,
    as_of: date,
    at: datetime,
    by: str,
) -> int:
    """Take in a file inside the caller's transaction and return its delivery. The same file again changes nothing.

    :raises Unreadable: if it is no CSV with the expected columns; single wrong rows are rejected and reported.
    """
    digest = hashlib.sha256(content).hexdigest()
    before = register.tables.delivery._default_manager.filter(source=source, as_of=as_of, digest=digest).first()
    if before is not None:
        return int(before.pk)
    shape = register.shape()
    return storing.store(
        register.tables,
        shape,
        _planned(register, shape, content, as_of),
        source=source,
        source_name=source_name,
        as_of=as_of,
        digest=digest,
        name=name,
        at=at,
        by=by,
    )

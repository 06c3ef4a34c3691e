"""The table of certificates, written without Django's mapper, which would cost more than all cryptography together.

What is written is checked by the database's own constraints; the columns are those of the model.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, cast

from cryptography.x509.oid import NameOID
from django.db import connection
from django.db.models import CharField

from quancheng.kernel import plain_sql
from quancheng.kernel.statements import Parameter, Statement
from quancheng.security.pki.engine import certificates, printing
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Authority, Certificate

# In the order of the model's fields.
_INTO: Final = (
    "INSERT INTO pki_certificate (authority_id, serial, profile, subject_code, subject_name, not_before, not_after, "
    "der, names, key_digest, replaces_id, issued_at, revoked_at, revocation_reason, shard) "
)
_INSERT: Final = _INTO + "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, NULL, '', %s)"
# One statement for a single certificate: it finds its authority by itself, and stores nothing where that has no row.
_INSERT_BELOW: Final = _INTO + (  # noqa: S608 - of constants alone
    "SELECT id, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, NULL, '', %s FROM pki_authority WHERE serial = %s "
    "RETURNING id, authority_id"
)
_AUTHORITY: Final = Statement(
    lambda: Authority.objects.filter(serial=Parameter("serial", CharField())).values_list("pk")
)
_FIELDS: Final = tuple(field.attname for field in Certificate._meta.concrete_fields)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate is for, and in what profile (its code); `names` are DNS names."""

    profile: str
    code: str
    name: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issued:
    """A signed certificate on its way into the table; `replaces` is the row of the one before it."""

    printed: printing.Printed
    holder: Holder
    key_digest: str
    replaces: int | None = None


def authority(here: sites.Site) -> int:
    """Return the number of the row of this site's authority."""
    certificate = here.issuing.certificate
    serial = certificates.serial_text(certificate)
    if found := _AUTHORITY.rows(serial=serial):
        return int(found[0][0])
    row, _created = Authority.objects.get_or_create(
        serial=serial,
        defaults={
            "name": here.issuing.name,
            "title": str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value),
            "not_before": certificate.not_valid_before_utc,
            "not_after": certificate.not_valid_after_utc,
            "der": certificates.der(certificate),
        },
    )
    return row.pk


def store(here: sites.Site, issued: Issued, *, at: datetime) -> Certificate:
    """Store a certificate of this site's authority and return its row."""
    serial = certificates.serial_text(here.issuing.certificate)
    columns = (*_row(issued, at, connection.ops.adapt_datetimefield_value), serial)
    found = _stored(columns)
    if not found:
        authority(here)
        found = _stored(columns)
    ((number, authority_id),) = found
    made, holder = issued.printed, issued.holder
    values = (
        number, authority_id, made.serial, holder.profile, holder.code, holder.name, made.begins, made.ends, made.der,
        list(holder.names), issued.key_digest, issued.replaces, at, None, "",
        made.shard,
    )  # fmt: skip
    return Certificate.from_db(connection.alias, _FIELDS, values)


def _stored(columns: tuple[Any, ...]) -> list[tuple[int, int]]:
    return cast("list[tuple[int, int]]", plain_sql.fetch(_INSERT_BELOW, columns))


def store_many(authority_id: int, issued: Sequence[Issued], *, at: datetime) -> None:
    """Store certificates, all or none."""
    moment = lru_cache(maxsize=64)(connection.ops.adapt_datetimefield_value)
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, [(authority_id, *_row(item, at, moment)) for item in issued])


def _row(issued: Issued, at: datetime, moment: Callable[[datetime], Any]) -> tuple[Any, ...]:
    """Return the columns as the database takes them, without that of the authority."""
    made, holder = issued.printed, issued.holder
    names = json.dumps(holder.names) if holder.names else "[]"
    return (
        made.serial, holder.profile, holder.code, holder.name, moment(made.begins), moment(made.ends),
        made.der, names, issued.key_digest, issued.replaces, moment(at), made.shard,
    )  # fmt: skip

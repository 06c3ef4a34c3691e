"""What a file about firms looks like, and how it becomes rows."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.registries.deliveries import public as deliveries
from quancheng.registries.entities import rules
from quancheng.registries.entities.models import Change, Delivery, FieldSource, Firm


def clean(row: Mapping[str, str]) -> dict[str, str]:
    """Return a row's values. :raises WrongRow:"""
    try:
        code = rules.read(row["credit_code"])
    except rules.WrongCode as error:
        raise deliveries.WrongRow(str(error)) from error
    if not row.get("name"):
        raise deliveries.WrongRow("name-missing")
    status = rules.STATUS_WORDS.get(row.get("status") or "存续")
    if status is None:
        raise deliveries.WrongRow("status-unknown")
    registered = row.get("registered_on", "").replace("/", "-")
    try:
        registered = date.fromisoformat(registered).isoformat() if registered else ""
    except ValueError as error:
        raise deliveries.WrongRow("date-wrong") from error
    return {
        "credit_code": code,
        "name": row["name"],
        "representative": row.get("representative", ""),
        "address": row.get("address", ""),
        "status": status,
        "registered_on": registered,
    }


def build(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the columns of Firm."""
    day = values["registered_on"]
    return {**values, "registered_on": date.fromisoformat(day) if day else None}


def texts(row: Firm) -> dict[str, str]:
    """Return a firm's values as texts."""
    return {
        "credit_code": row.credit_code,
        "name": row.name,
        "representative": row.representative,
        "address": row.address,
        "status": row.status,
        "registered_on": row.registered_on.isoformat() if row.registered_on else "",
    }


SHAPE: Final = deliveries.Shape(
    columns={
        "统一社会信用代码": "credit_code",
        "名称": "name",
        "法定代表人": "representative",
        "住所": "address",
        "登记状态": "status",
        "成立日期": "registered_on",
    },
    key="credit_code",
    clean=clean,
    optional=frozenset({"法定代表人", "住所", "登记状态", "成立日期"}),
)

REASONS: Final[dict[str, Promise]] = {
    "code-characters": _("The credit code must have 18 characters of the standard's alphabet."),
    "code-check": _("A check character of the credit code is wrong."),
    "name-missing": _("The name is missing."),
    "status-unknown": _("The registration status is unknown."),
    "date-wrong": _("The date of registration is no date."),
    "duplicate": _("The record stands twice in the same file."),
}
"""What a clerk reads for the reason of a rejected row."""

TABLES: Final = deliveries.Tables(
    record=Firm,
    delivery=Delivery,
    field_source=FieldSource,
    change=Change,
    owner="firm",
    fields=("credit_code", "name", "representative", "address", "status", "registered_on"),
    build=build,
    texts=texts,
)

REGISTER: Final = deliveries.Register(
    app="entities",
    privilege="entities.firm.import",
    shape=lambda: SHAPE,
    tables=TABLES,
    reasons=REASONS,
    columns=_(
        "CSV with the columns 统一社会信用代码, 名称 and, if there are any, 法定代表人, 住所, 登记状态, 成立日期."
    ),
)

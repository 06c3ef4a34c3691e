"""What a file about people looks like, and how it becomes rows."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.registries.deliveries import public as deliveries
from quancheng.registries.geography import public as geography
from quancheng.registries.population import rules
from quancheng.registries.population.models import Change, Delivery, FieldSource, Person


def clean(row: Mapping[str, str], *, divisions: frozenset[str]) -> dict[str, str]:
    """Return a row's values; sex and birth date come from the number. :raises deliveries.WrongRow:"""
    try:
        identity = rules.read(row["identity_number"], today=timezone.localdate())
    except rules.WrongNumber as error:
        raise deliveries.WrongRow(str(error)) from error
    if not row.get("name"):
        raise deliveries.WrongRow("name-missing")
    if row.get("sex") and rules.SEX_WORDS.get(row["sex"]) != identity.sex:
        raise deliveries.WrongRow("sex-differs")
    if row.get("born_on") and row["born_on"].replace("/", "-") != identity.born.isoformat():
        raise deliveries.WrongRow("birth-differs")
    division = row.get("division", "")
    # Only divisions of a city whose list is kept can be checked; people registered elsewhere live here too.
    if division[:4] in divisions and division not in divisions:
        raise deliveries.WrongRow("division-unknown")
    return {
        "identity_number": identity.number,
        "name": row["name"],
        "sex": identity.sex,
        "born_on": identity.born.isoformat(),
        "address": row.get("address", ""),
        "division": division,
    }


def build(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the columns of Person."""
    return {**values, "born_on": date.fromisoformat(values["born_on"])}


def texts(row: Person) -> dict[str, str]:
    """Return a person's values as texts."""
    return {
        "identity_number": row.identity_number,
        "name": row.name,
        "sex": row.sex,
        "born_on": row.born_on.isoformat(),
        "address": row.address,
        "division": row.division,
    }


def shape() -> deliveries.Shape:
    """Return what a file about people looks like; the known divisions are read once for the whole file."""
    return deliveries.Shape(
        columns={
            "公民身份号码": "identity_number",
            "姓名": "name",
            "性别": "sex",
            "出生日期": "born_on",
            "住址": "address",
            "区划代码": "division",
        },
        key="identity_number",
        clean=partial(clean, divisions=geography.codes()),
        optional=frozenset({"性别", "出生日期", "住址", "区划代码"}),
    )


REASONS: Final[dict[str, Promise]] = {
    "number-length": _("The identity number must have 18 characters."),
    "number-check": _("The check character of the identity number is wrong."),
    "number-date": _("The birth date in the identity number does not exist."),
    "number-range": _("The birth date in the identity number is out of range."),
    "name-missing": _("The name is missing."),
    "sex-differs": _("The sex contradicts the identity number."),
    "birth-differs": _("The birth date contradicts the identity number."),
    "division-unknown": _("The division code is unknown."),
    "duplicate": _("The record stands twice in the same file."),
}
"""What a clerk reads for the reason of a rejected row."""

TABLES: Final = deliveries.Tables(
    record=Person,
    delivery=Delivery,
    field_source=FieldSource,
    change=Change,
    owner="person",
    fields=("identity_number", "name", "sex", "born_on", "address", "division"),
    build=build,
    texts=texts,
)

REGISTER: Final = deliveries.Register(
    app="population",
    privilege="population.person.import",
    shape=shape,
    tables=TABLES,
    reasons=REASONS,
    columns=_("CSV with the columns 公民身份号码, 姓名 and, if there are any, 性别, 出生日期, 住址, 区划代码."),
)

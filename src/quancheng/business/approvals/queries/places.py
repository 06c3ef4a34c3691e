"""Names of divisions in forms, and the full address of a shop."""

from collections.abc import Mapping
from typing import Any

from quancheng.business.approvals import rules
from quancheng.business.approvals.engine import texts
from quancheng.registries.geography import public as geography

# From the smallest: the first that is filled names the others with it.
LEVELS = ("community", "street", "district")


def named(form: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with the codes of divisions replaced by their names; unknown codes stay as they are."""
    divisions = [
        field["key"]
        for field in rules.fields(form)
        if str(field.get("properties", {}).get("options_from", "")).startswith("geography")
    ]
    names = geography.names(codes=[str(values[key]) for key in divisions if values.get(key)])
    return {key: names.get(str(value), value) if key in divisions else value for key, value in values.items()}


def address(values: Mapping[str, Any]) -> str:
    """Return where the shop is, from the city down: the division's full name and the address that was written."""
    written = str(values.get("address") or "")
    code = next((str(values[level]) for level in LEVELS if values.get(level)), "")
    above = geography.full_name(code=code) if code else ""
    return written if not above or above in written else f"{texts.city()}{above}{written}"

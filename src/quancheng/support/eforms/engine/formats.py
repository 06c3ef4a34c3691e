"""From what was sent to a checked value, or a sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_time
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from quancheng.support.eforms import rules
from quancheng.support.eforms.config import config
from quancheng.support.eforms.engine.schema import Field, Option

Fault = rules.Fault


class Wrong(ValueError):
    """A value that cannot be accepted; the text is the sentence shown beside the field."""


FAULTS: dict[str, dict[Fault, Any]] = {
    "identity-number": {
        Fault.LENGTH: gettext_lazy("An identity number has 18 characters; compare it with the card."),
        Fault.CHARACTERS: gettext_lazy("An identity number has 17 digits and ends with a digit or X."),
        Fault.REGION: gettext_lazy("The first two digits are no region; compare the number with the card."),
        Fault.DATE: gettext_lazy("The 7th to 14th digits are no date of birth; compare the number with the card."),
        Fault.CHECK: gettext_lazy("A digit of the identity number is wrong; compare it with the card."),
    },
    "uscc": {
        Fault.LENGTH: gettext_lazy(
            "A unified social credit code has 18 characters; copy it from the business licence."
        ),
        Fault.CHARACTERS: gettext_lazy("The code has only digits and capital letters, without I, O, S, V and Z."),
        Fault.REGION: gettext_lazy("The third to eighth digits are no division; compare with the business licence."),
        Fault.CHECK: gettext_lazy("A character of the code is wrong; compare it with the business licence."),
    },
    "mobile": {
        Fault.LENGTH: gettext_lazy("A mobile number has 11 digits."),
        Fault.CHARACTERS: gettext_lazy("Enter a mobile number such as 13800000000."),
    },
    "postcode": {
        Fault.LENGTH: gettext_lazy("A postcode has 6 digits."),
        Fault.CHARACTERS: gettext_lazy("A postcode has 6 digits."),
    },
    "division": {
        Fault.LENGTH: gettext_lazy("A division code has 6, 9 or 12 digits."),
        Fault.CHARACTERS: gettext_lazy("A division code has 6, 9 or 12 digits."),
        Fault.REGION: gettext_lazy("There is no such division."),
    },
    "money": {
        Fault.LENGTH: gettext_lazy("This amount is too large."),
        Fault.CHARACTERS: gettext_lazy("Enter the amount in yuan with at most two decimals."),
    },
}
CHECKS: dict[str, Callable[[str], Fault | None]] = {
    "identity-number": lambda text: rules.identity_fault(text, today=timezone.localdate()),
    "uscc": rules.uscc_fault,
    "mobile": rules.mobile_fault,
    "postcode": rules.postcode_fault,
    "division": rules.division_fault,
}


def is_empty(value: Any) -> bool:
    """Test whether nothing was given; a box that is not ticked is nothing."""
    return value is None or value is False or value == [] or (isinstance(value, str) and not value.strip())


def missing(field: Field) -> str:
    """Return the sentence for a required field without a value."""
    if field.type in ("select", "radio", "checklist", "datetime"):
        return _("Choose: %(label)s") % {"label": field.label}
    if field.type == "checkbox":
        return _("Tick to confirm: %(label)s") % {"label": field.label}
    if field.type == "filepicker":
        return _("Add a file: %(label)s") % {"label": field.label}
    return _("Fill in: %(label)s") % {"label": field.label}


def clean(field: Field, value: Any, options: tuple[Option, ...] | None) -> Any:
    """Return the checked value of a field that is not empty. :raises Wrong: with the sentence to show."""
    return _CLEANERS[field.type](field, value, options)


def _text(field: Field, value: Any, _options: Any) -> str:
    text = str(value).strip()
    if field.type != "textarea":
        text = " ".join(text.split())
    if "\x00" in text:
        raise Wrong(_("This text has a character that cannot be stored; type it again."))
    if field.format in CHECKS:
        text = rules.tidy(text)
        if fault := CHECKS[field.format](text):
            raise Wrong(str(FAULTS[field.format][fault]))
        return text
    if field.format == "email":
        try:
            validate_email(text)
        except ValidationError:
            raise Wrong(_("Enter an e-mail address such as name@example.cn.")) from None
    if field.format == "money":
        return str(_number(field, text, None))
    most = field.longest or config.longest_text
    if len(text) > most:
        raise Wrong(
            ngettext(
                "At most %(n)s character; there are %(now)s.", "At most %(n)s characters; there are %(now)s.", most
            )
            % {"n": most, "now": len(text)}
        )
    if len(text) < field.shortest:
        raise Wrong(
            ngettext("At least %(n)s character.", "At least %(n)s characters.", field.shortest) % {"n": field.shortest}
        )
    if field.pattern and not re.fullmatch(field.pattern, text):
        raise Wrong(field.pattern_message or _("This is not in the form asked for; see the help above the field."))
    return text


def _number(field: Field, value: Any, _options: Any) -> Decimal | int:
    try:
        number = Decimal(_number_text(str(value)))
    except InvalidOperation:
        raise Wrong(_("Enter a number in digits.")) from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise Wrong(_("Enter a number in digits."))
    if field.format == "money" and (fault := rules.money_fault(number)):
        raise Wrong(str(FAULTS["money"][fault]))
    if field.decimals is not None and number != round(number, field.decimals):
        if field.decimals == 0:
            raise Wrong(_("Enter a whole number."))
        raise Wrong(_("At most %(n)s decimals.") % {"n": field.decimals})
    if field.least is not None and number < field.least:
        raise Wrong(_("Enter %(least)s or more.") % {"least": field.least})
    if field.most is not None and number > field.most:
        raise Wrong(_("Enter %(most)s or less.") % {"most": field.most})
    return int(number) if number == number.to_integral_value() and field.format != "money" else number


def _number_text(text: str) -> str:
    """Return the digits of a typed number: full-width ones narrowed, separators and the yuan sign out."""
    narrowed = "".join(chr(ord(char) - 0xFEE0) if "\uff01" <= char <= "\uff5e" else char for char in text)
    return re.sub(r"[\s,¥￥]", "", narrowed)


def _choice(_field: Field, value: Any, options: tuple[Option, ...] | None) -> str:
    text = str(value)
    # Nobody in this zone provides the choices: the text stays, the receiving zone checks it.
    if options is None:
        if len(text) > 200:
            raise Wrong(_("This is too long."))
        return text
    if text not in {option.value for option in options}:
        raise Wrong(_("Choose one of the answers offered."))
    return text


def _choices(field: Field, value: Any, options: tuple[Option, ...] | None) -> list[str]:
    wanted = {_choice(field, item, options) for item in (value if isinstance(value, list | tuple) else [value])}
    return [option.value for option in options if option.value in wanted] if options else sorted(wanted)


def _checkbox(_field: Field, value: Any, _options: Any) -> bool:
    return value is True or str(value).lower() in {"true", "on", "1", "yes"}


def _moment(field: Field, value: Any, _options: Any) -> date | datetime | time:
    if isinstance(value, date | time):
        return value
    readers: dict[str, Callable[[str], Any]] = {"date": parse_date, "time": parse_time, "datetime": parse_datetime}
    try:
        found = readers[field.subtype](str(value).strip())
    except ValueError:
        found = None
    if found is None:
        raise Wrong(
            _("Enter a real date, for example 2026-12-01.") if field.subtype == "date" else _("Enter a real time.")
        )
    return found


def _files(field: Field, value: Any, _options: Any) -> list[Any]:
    """Return the files: uploads with `name` and `size`, or mappings {name, size, digest, …} of files kept before."""
    found = list(value) if isinstance(value, list | tuple) else [value]
    most = config.most_files if field.multiple else 1
    if len(found) > most:
        raise Wrong(ngettext("Add only %(n)s file.", "Add at most %(n)s files.", most) % {"n": most})
    largest = field.largest_mb or config.largest_file_mb
    for item in found:
        name = str(_part(item, "name") or "")
        if field.accept and not name.lower().endswith(field.accept):
            kinds = pgettext("between items of a list", ", ").join(kind.lstrip(".").upper() for kind in field.accept)
            raise Wrong(_("%(name)s: only files of these types are taken: %(kinds)s.") % {"name": name, "kinds": kinds})
        size = int(_part(item, "size") or 0)
        if size > largest * 1024 * 1024:
            raise Wrong(_("%(name)s is larger than %(most)s MB.") % {"name": name, "most": largest})
        if not isinstance(item, Mapping) and size == 0:
            raise Wrong(_("%(name)s is empty.") % {"name": name})
    return found


def _part(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)


_CLEANERS: dict[str, Callable[[Field, Any, tuple[Option, ...] | None], Any]] = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "select": _choice,
    "radio": _choice,
    "checklist": _choices,
    "checkbox": _checkbox,
    "datetime": _moment,
    "filepicker": _files,
}

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
from quancheng.support.eforms.engine import hooks, pictures
from quancheng.support.eforms.engine.schema import Field, Option

Fault = rules.Fault
SEVERAL = frozenset({"checklist", "taglist"})
MOST_CHOSEN, LONGEST_NAME, LONGEST_MOMENT = 500, 60, 40
CHOSEN = frozenset({"select", "radio", "checklist", "taglist", "datetime"})


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
    "bank-card": {
        Fault.LENGTH: gettext_lazy("A bank card number has 13 to 19 digits; compare it with the card."),
        Fault.CHARACTERS: gettext_lazy("A bank card number has digits only."),
        Fault.REGION: gettext_lazy("No bank issues cards that begin like this; compare the number with the card."),
        Fault.CHECK: gettext_lazy("A digit of the card number is wrong; compare it with the card."),
    },
    "bank-account": {
        Fault.LENGTH: gettext_lazy("An account number has 8 to 32 digits; copy it from the bank's papers."),
        Fault.CHARACTERS: gettext_lazy("An account number has digits only."),
        Fault.CHECK: gettext_lazy("A digit of the account number is wrong; compare it with the card."),
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
    "bank-card": rules.bank_card_fault,
    "bank-account": rules.bank_account_fault,
}


def is_empty(value: Any) -> bool:
    """Test whether nothing was given; a box that is not ticked is nothing."""
    return value is None or value is False or value == [] or (isinstance(value, str) and not value.strip())


def missing(field: Field) -> str:
    """Return the sentence for a required field without a value."""
    if field.type in CHOSEN:
        return _("Choose: %(label)s") % {"label": field.label}
    if field.type == "checkbox":
        return _("Tick to confirm: %(label)s") % {"label": field.label}
    if field.type == "filepicker":
        return _("Add a file: %(label)s") % {"label": field.label}
    if field.type == "signature":
        return _("Sign: %(label)s") % {"label": field.label}
    return _("Fill in: %(label)s") % {"label": field.label}


def named(field: Field, error: str) -> str:
    """Return an error that says which field it is about, for where no label stands beside it."""
    if field.label in error:
        return error
    return pgettext("field and what is wrong with it", "%(label)s: %(error)s") % {"label": field.label, "error": error}


def too_many_rows(most: int) -> str:
    """Return the sentence for more rows than a repeating group takes."""
    return ngettext("At most %(n)s row.", "At most %(n)s rows.", most) % {"n": most}


def too_few_rows(field: Field, least: int) -> str:
    """Return the sentence for fewer filled rows than are needed."""
    words = ngettext("%(label)s: fill in at least %(n)s row.", "%(label)s: fill in at least %(n)s rows.", least)
    return words % {"label": field.label, "n": least}


def clean(field: Field, value: Any, options: tuple[Option, ...] | None) -> Any:
    """Return the checked value of a field that is not empty. :raises Wrong: with the sentence to show."""
    if isinstance(value, list | tuple | Mapping) and field.type not in SEVERAL and field.type != "filepicker":
        raise Wrong(_("Only one value can be given here."))
    return _CLEANERS[field.type](field, value, options)


def storable(value: Any) -> Any:
    """Return what was typed without NUL and halves of characters, which neither pages nor tables can hold."""
    if isinstance(value, list):
        return [storable(item) for item in value[:MOST_CHOSEN] if isinstance(item, str)]
    return "".join(char for char in value if char != "\x00" and not "\ud800" <= char <= "\udfff")


def _writable(text: str) -> str:
    """Return the text. :raises Wrong: for NUL and halves of characters, which no table takes."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Wrong(_("This text has a character that cannot be stored; type it again."))
    return text


def _text(field: Field, value: Any, _options: Any) -> str:
    text = str(value).strip()
    if field.type != "textarea":
        text = " ".join(text.split())
    _writable(text)
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
    if field.decimals is not None and number != round(number, min(field.decimals, 10)):
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
        return _writable(text)
    if text not in {option.value for option in options}:
        raise Wrong(_("Choose one of the answers offered."))
    return text


def _choices(field: Field, value: Any, options: tuple[Option, ...] | None) -> list[str]:
    given = value if isinstance(value, list | tuple) else [value]
    if len(given) > MOST_CHOSEN:
        raise Wrong(_("Choose one of the answers offered."))
    wanted = {_choice(field, item, options) for item in given if not is_empty(item)}
    return [option.value for option in options if option.value in wanted] if options else sorted(wanted)


def _checkbox(_field: Field, value: Any, _options: Any) -> bool:
    return value is True or str(value).lower() in {"true", "on", "1", "yes"}


def moment(field: Field, value: Any) -> date | datetime | time:
    """Return the day, time or both that a text says. :raises Wrong:"""
    kind: type[date | time] = {"date": date, "time": time, "datetime": datetime}[field.subtype]
    if isinstance(value, kind):
        return value
    # What a browser's own field sends; longer texts are no moment.
    text = str(value).strip()
    readers: dict[str, Callable[[str], Any]] = {"date": parse_date, "time": parse_time, "datetime": parse_datetime}
    try:
        found = readers[field.subtype](text) if len(text) <= LONGEST_MOMENT else None
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise Wrong(_when_wrong(field))
    return found


def _moment(field: Field, value: Any, _options: Any) -> date | datetime | time:
    found = moment(field, value)
    day = found.date() if isinstance(found, datetime) else found
    if isinstance(day, date):
        if field.no_past and day < timezone.localdate():
            raise Wrong(_("Choose today or a later day."))
        if field.format == "working-day" and not hooks.is_working_day(day):
            raise Wrong(_("Offices are closed on that day; choose a working day."))
    return found


def _when_wrong(field: Field) -> str:
    if field.subtype == "date":
        return _("Enter a real date, for example 2026-12-01.")
    if field.subtype == "datetime":
        return _("Enter a real day and time, for example 2026-12-01 09:30.")
    return _("Enter a real time.")


def _signature(_field: Field, value: Any, _options: Any) -> str:
    text = str(value).strip()
    if pictures.is_drawn(text, largest_kb=config.largest_signature_kb):
        return text
    if text.startswith("data:"):
        raise Wrong(_("This signature cannot be read; sign again, or type your name."))
    if len(text) > LONGEST_NAME:
        raise Wrong(_("This is too long."))
    return _writable(" ".join(text.split()))


def _files(field: Field, value: Any, _options: Any) -> list[Any]:
    """Return the files: uploads with `name` and `size`, or mappings {name, size, digest, …} of files kept before."""
    found = list(value) if isinstance(value, list | tuple) else [value]
    most = min(field.most_files or config.most_files, config.most_files) if field.multiple else 1
    if len(found) > most:
        raise Wrong(ngettext("Add only %(n)s file.", "Add at most %(n)s files.", most) % {"n": most})
    largest = field.largest_mb or config.largest_file_mb
    for item in found:
        name = str(_part(item, "name") or "")
        if not name:
            raise Wrong(_("This file cannot be read; add it again."))
        if field.accept and not name.lower().endswith(field.accept):
            kinds = pgettext("between items of a list", ", ").join(kind.lstrip(".").upper() for kind in field.accept)
            raise Wrong(_("%(name)s: only files of these types are taken: %(kinds)s.") % {"name": name, "kinds": kinds})
        size = _part(item, "size") or 0
        if not isinstance(size, int):
            raise Wrong(_("This file cannot be read; add it again."))
        if size > largest * 1024 * 1024:
            raise Wrong(_("%(name)s is larger than %(most)s MB.") % {"name": name, "most": largest})
        if not isinstance(item, Mapping) and size == 0:
            raise Wrong(_("%(name)s is empty.") % {"name": name})
        if pictures.belies_its_name(item):
            raise Wrong(_("%(name)s is not what its name says; save it again and add it.") % {"name": name})
        if not isinstance(item, Mapping) and (sentence := hooks.file_fault(item)):
            raise Wrong(sentence)
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
    "taglist": _choices,
    "signature": _signature,
    "filepicker": _files,
}


def as_json(value: Any) -> Any:
    """Return a checked value in JSON's types."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    return value

"""How values are written: icons, states, moments. Tags, filters and the cells of tables say it in the same words."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from quancheng.support.look import rules


def part(thing: Any, *names: str, default: Any = "") -> Any:
    """Return the first of `names` that `thing` (a mapping, a dataclass, a model) has and that is not empty."""
    for name in names:
        value = thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
        if value not in (None, ""):
            return value
    return default


def moment(value: Any) -> date | datetime | None:
    """Return `value` as a date or a local time; texts from event data are read as ISO 8601."""
    if isinstance(value, str):
        value = parse_datetime(value) or parse_date(value)
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value if isinstance(value, date) else None


@cache
def _sprite() -> str:
    """Return the address of the sprite: a page draws dozens of icons, and it never changes while a site runs."""
    return static("vendor/icons.svg")


def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Draw an icon of the sprite; with `label` it speaks, without it is decoration. Unknown names draw a point."""
    name = name if name in rules.ICONS else "point"
    speech = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="qc-icon {}" focusable="false" {}><use href="{}#{}"></use></svg>',
        css,
        speech,
        _sprite(),
        name,
    )


def emblem(label: str = "") -> SafeString:
    """Draw the emblem of the platform in the colour of the text around it."""
    speech = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="qc-emblem" focusable="false" {}><use href="{}#emblem"></use></svg>',
        speech,
        static("look/emblem.svg"),
    )


def status(code: Any, label: str = "") -> SafeString:
    """Show a state by icon, word and colour. `label` replaces the word."""
    shown = rules.state(code or "")
    return format_html(
        '<span class="qc-status qc-status--{}">{}{}</span>',
        shown.tone,
        icon(shown.icon),
        label or pgettext("state", shown.word),
    )


def due(clock: Any) -> SafeString:
    """Write how a clock stands and its day, in the one line that a cell has; a dash where no clock runs."""
    if clock is None:
        return mark_safe('<span class="qc-quiet">—</span>')
    return format_html("{} {}", status(part(clock, "state")), day(part(clock, "due_on", default=None)))


def word(code: Any) -> str:
    """Return the word for a state without icon or colour, for page titles and exports."""
    return pgettext("state", rules.state(code or "").word)


def when(value: Any) -> str:
    """Write a moment: 2026年11月23日 14:05; a plain date without the time."""
    found = moment(value)
    return rules.when(found, language=get_language() or "zh-hans") if isinstance(found, datetime) else day(found)


def day(value: Any) -> str:
    """Write a date: 2026年11月23日."""
    found = moment(value)
    return rules.day(found, language=get_language() or "zh-hans") if found else ""


def iso(value: Any) -> str:
    """Write a moment for the datetime attribute of <time>."""
    found = moment(value)
    return found.isoformat() if found else ""


def relative(value: Any) -> SafeString:
    """Write how long ago a moment is, with the exact moment on hover and for machines."""
    found = moment(value)
    if found is None:
        return mark_safe("")
    if not isinstance(found, datetime):
        return format_html('<time datetime="{}">{}</time>', found.isoformat(), day(found))
    seconds = (timezone.now() - (found if timezone.is_aware(found) else timezone.make_aware(found))).total_seconds()
    return format_html('<time datetime="{}" title="{}">{}</time>', found.isoformat(), when(found), _ago(seconds, found))


def _ago(seconds: float, found: datetime) -> str:
    if seconds < -60 or seconds >= 7 * 86400:
        return when(found)
    if seconds < 60:
        return _("just now")
    for length, text in ((3600, "minutes"), (86400, "hours"), (7 * 86400, "days")):
        if seconds < length:
            number = int(seconds // {"minutes": 60, "hours": 3600, "days": 86400}[text])
            break
    return {
        "minutes": ngettext("%(n)s minute ago", "%(n)s minutes ago", number),
        "hours": ngettext("%(n)s hour ago", "%(n)s hours ago", number),
        "days": ngettext("%(n)s day ago", "%(n)s days ago", number),
    }[text] % {"n": number}


# Nothing in it can end the script element.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def data(facts: Any) -> SafeString:
    """Return `facts` as JSON that may stand within a script element of type application/json."""
    return mark_safe(json.dumps(facts, ensure_ascii=False).translate(ESCAPES))  # noqa: S308

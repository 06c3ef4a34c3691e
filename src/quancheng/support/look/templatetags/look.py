"""The vocabulary of the pages: `{% load look %}` gives every tag and filter that look's README lists."""

import io
from typing import Any

import segno
from django import template
from django.apps import apps
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from quancheng.security.pmi import public as pmi
from quancheng.support.look import queries, rules
from quancheng.support.look.config import config
from quancheng.support.look.engine import words

register = template.Library()

part, moment, icon, day, when = words.part, words.moment, words.icon, words.day, words.when
for tag in (words.icon, words.emblem, words.status):
    register.simple_tag(tag)
for spelling in (words.word, words.when, words.day, words.iso, words.relative):
    register.filter(spelling)


@register.filter
def masked(value: Any) -> str:
    """Hide the middle of an identity number, credit code or mobile number."""
    return rules.masked(value)


@register.filter
def within_quotes(value: Any) -> str:
    """Turn quotation marks into the inner ones, for a text that is shown between “ and ”."""
    return rules.within_quotes(value)


@register.filter
def money(value: Any) -> str:
    """Write yuan: ¥1,234.56; nothing for nothing."""
    return "" if value in (None, "") else rules.money(value)


@register.filter
def filesize(value: Any) -> str:
    """Write a file size in octets as people say it."""
    return rules.size(value)


@register.filter
def who(value: Any) -> str:
    """Name who did something: an app that acted by itself by its own name, anybody else as written."""
    label = str(value or "")
    return str(apps.get_app_config(label).verbose_name) if label in apps.app_configs else label


@register.inclusion_tag("look/parts/due.html")
def due(clock: Any, why_url: str = "") -> dict[str, Any]:
    """Show a clock: how many working days are left, the date, whether it is provisional, and why it is this date."""
    why = part(clock, "why", default=None)
    reasons = clock if why is None else why
    remaining = part(clock, "remaining_days", default=None)
    state = str(part(clock, "state", default="normal"))
    return {
        "clock": clock,
        "state": state,
        "running": state not in {"stopped", "suspended"},
        "remaining": remaining,
        "late": -remaining if isinstance(remaining, int) and remaining < 0 else 0,
        "due_on": moment(part(clock, "due_on", default=None)),
        "promised": moment(part(clock, "promised_due_on", default=None)),
        "provisional": bool(part(clock, "provisional", default=False)),
        "why_url": why_url,
        "sentences": _sentences(why),
        "law": part(reasons, "law"),
        "article": part(reasons, "article"),
        "started_on": moment(part(reasons, "started_on", "started_at", "start", default=None)),
        "days": part(reasons, "days", "working_days", "n"),
        "excluded": [
            {
                "day": moment(part(item, "day", "date", "on", default=None)),
                "reason": part(item, "reason", "name", "why"),
            }
            for item in part(reasons, "excluded", default=())
        ],
    }


def _sentences(why: Any) -> list[str]:
    if isinstance(why, str):
        return [why]
    if isinstance(why, (list, tuple)):
        return [str(item) for item in why]
    return []


@register.inclusion_tag("look/parts/drawing.html")
def drawing(  # noqa: PLR0917 - templates give them by place
    xml: str, active: Any = (), done: Any = (), title: str = "", heat: Any = (), faults: Any = (), marks: Any = None
) -> dict[str, Any]:
    """Show a BPMN drawing with what is active, done, slow, faulty or changed (`queries.drawing_facts`)."""
    active, done = list(active or ()), list(done or ())
    facts = queries.drawing_facts(xml, active, done, heat, faults, marks)
    return {
        "plain": bool(heat or faults) or marks is not None,
        "payload": words.data(facts),
        "steps": queries.steps(xml or "", active=active, done=done),
        "title": title or _("The way of this application"),
    }


@register.inclusion_tag("look/parts/timeline.html")
def timeline(events: Any) -> dict[str, Any]:
    """Show what happened, newest first as given. Each event may have title, at, who, text, state, icon, url."""
    shown = []
    for event in events or ():
        state = part(event, "state", "outcome", default="done")
        shown.append(
            {
                "title": part(event, "title", "sentence", "what", "step", "name", "action"),
                "at": part(event, "at", "time", "occurred_at", "created_at", default=None),
                "who": part(event, "who", "actor_name", "holder", "by"),
                "text": part(event, "text", "comment", "next", "note"),
                "url": part(event, "url"),
                "icon": part(event, "icon") or rules.state(state).icon,
                "tone": rules.state(state).tone,
            }
        )
    return {"events": shown}


@register.inclusion_tag("look/parts/empty.html")
def empty(title: str, hint: str = "", url: str = "", label: str = "", picture: str = "inbox") -> dict[str, Any]:
    """Say what would be here and the first step."""
    return {"title": title, "hint": hint, "url": url, "label": label, "picture": picture}


@register.inclusion_tag("look/parts/pagination.html", takes_context=True)
def pagination(context: Any, page: Any, name: str = "page") -> dict[str, Any]:
    """Offer the pages of a Django page, or of anything with `number` and `pages` (how many); keeps the query."""
    number = int(part(page, "number", "page", default=1))
    paginator = part(page, "paginator", default=None)
    total = int(paginator.num_pages if paginator else part(page, "pages", "num_pages", default=1))
    request = context.get("request")
    query = request.GET.copy() if request is not None else {}
    query.pop(name, None)
    rest = query.urlencode() if hasattr(query, "urlencode") else ""
    return {
        "number": number,
        "total": total,
        "numbers": rules.pages_around(number, total),
        "before": number - 1 if number > 1 else None,
        "after": number + 1 if number < total else None,
        "base": f"?{rest}&{name}=" if rest else f"?{name}=",
    }


@register.inclusion_tag("look/parts/table.html", takes_context=True)
def table(context: Any, table: Any, outcomes: Any = ()) -> dict[str, Any]:
    """Show a declared table with everything that can be asked of it, and what became of a batch."""
    done = sum(outcome.done for outcome in outcomes)
    counts = {"outcomes": outcomes, "done": done, "refused": len(outcomes) - done}
    given = {name: context.get(name) for name in ("request", "csrf_token")}
    return {**given, **queries.table_page(table), **counts}


@register.inclusion_tag("look/parts/outcomes.html")
def outcomes(found: Any) -> dict[str, Any]:
    """Show what became of each row of a batch."""
    done = sum(outcome.done for outcome in found)
    return {"outcomes": found, "done": done, "refused": len(found) - done}


@register.inclusion_tag("look/parts/chart.html")
def chart(chart: Any) -> dict[str, Any]:
    """Draw a declared chart; its table stands below, and stays open where nothing can be drawn."""
    return {"chart": chart, "payload": words.data(chart.facts), "tall": len(chart.series) > 6}


@register.inclusion_tag("look/parts/map.html", name="map")
def map_of(places: Any) -> dict[str, Any]:
    """Draw a declared map; its table stands below, and stays open where nothing can be drawn."""
    return {"map": places, "payload": words.data(places.facts)}


@register.inclusion_tag("look/parts/steps.html")
def steps(names: Any, current: int = 1) -> dict[str, Any]:
    """Show progress in words and dots: step `current` (from 1) of `names`."""
    names = [str(name) for name in names]
    shown = [
        {"name": name, "state": "done" if place < current else "active" if place == current else "waiting"}
        for place, name in enumerate(names, start=1)
    ]
    return {"steps": shown, "current": current, "total": len(names)}


@register.inclusion_tag("look/parts/errors.html")
def errors(form: Any) -> dict[str, Any]:
    """Sum up what is wrong with a Django form, or a mapping of field id to sentences, with links to the fields."""
    if not hasattr(form, "errors") or not hasattr(form, "fields"):
        found = form.errors if hasattr(form, "errors") else form or {}
        rows = [(name, text) for name, texts in found.items() for text in _sentences(texts) or [str(texts)]]
        return {"errors": [{"id": name, "text": text} for name, text in rows]}
    rows = [("", text) for text in form.non_field_errors()]
    for bound in (form[name] for name in form.errors if name in form.fields):
        # A group of choices has no control of its own: the link leads to its first choice.
        place = bound.id_for_label or f"{bound.auto_id}_0"
        rows += [(place, _("%(label)s: %(text)s") % {"label": bound.label, "text": text}) for text in bound.errors]
    return {"errors": [{"id": identity, "text": text} for identity, text in rows]}


@register.inclusion_tag("look/parts/field.html")
def field(bound: Any) -> dict[str, Any]:
    """Show a Django form field: label above, help before, error, control."""
    widget = bound.field.widget
    described = " ".join(
        name
        for name, there in ((f"{bound.auto_id}-help", bound.help_text), (f"{bound.auto_id}-error", bound.errors))
        if there
    )
    attributes = {"aria-describedby": described} if described else {}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    kind = getattr(widget, "input_type", "")
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attributes),
        "choice": kind == "checkbox" and not hasattr(widget, "choices"),
        "group": kind in {"radio", "checkbox"} and hasattr(widget, "choices"),
    }


@register.inclusion_tag("look/parts/files.html")
def files(items: Any) -> dict[str, Any]:
    """List files. Each may have name or title, size (octets), url, state, note."""
    return {
        "files": [
            {
                "name": part(item, "title", "name"),
                "size": part(item, "size", default=None),
                "url": part(item, "url"),
                "state": part(item, "state"),
                "note": part(item, "note"),
            }
            for item in items or ()
        ]
    }


@register.simple_tag
def qr(text: str, label: str = "") -> SafeString:
    """Draw a QR code as inline SVG: no request, no style attribute, black on white in every colour mode."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=True,
        scale=1,
        border=2,
        dark="#000",
        light="#fff",
        omitsize=True,
        nl=False,
    )
    return format_html(
        '<span class="qc-qr" role="img" aria-label="{}">{}</span>',
        label or _("QR code"),
        mark_safe(out.getvalue().decode()),  # noqa: S308 - segno writes numbers, never the text
    )


@register.simple_tag(takes_context=True)
def modes(context: Any) -> SafeString:
    """Write the reader's choices (elder mode, contrast, theme) on <html>, from the cookies that look.js keeps."""
    cookies = getattr(context.get("request"), "COOKIES", {})
    allowed = {"elder": {"on"}, "contrast": {"high"}, "theme": {"dark", "light"}}
    chosen = [(name, cookies.get(f"qc_{name}", "")) for name in allowed]
    return format_html_join("", ' data-{}="{}"', ((name, value) for name, value in chosen if value in allowed[name]))


@register.simple_tag
def site() -> Any:
    """Return whose site this is (names, hotline, address)."""
    return config


@register.simple_tag(takes_context=True)
def doors(context: Any) -> tuple[queries.Door, ...]:
    """Return the four doors of the public site."""
    return queries.doors(getattr(context.get("request"), "path", "/"))


@register.simple_tag(takes_context=True)
def workbench_menu(context: Any) -> tuple[Any, ...]:
    """Return the systems and pages that this person may open."""
    return queries.menu(getattr(context.get("request"), "actor", None))


@register.simple_tag(takes_context=True)
def opens(context: Any, address: str) -> bool:
    """Tell whether the page at `address` would open for the reader."""
    return pmi.opens(context["request"], address)


@register.simple_tag
def shortcuts_of(groups: Any) -> list[tuple[str, Any]]:
    """Return the letters that lead to the pages of the menu."""
    return queries.shortcuts(groups)


@register.simple_tag
def address(view: str, otherwise: str = "") -> str:
    """Return the address of a named page, or `otherwise` where this zone has none."""
    return queries.url_of(view, otherwise=otherwise)

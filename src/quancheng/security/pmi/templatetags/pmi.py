"""What privileges, refusals and places are called, for pages that know their codes."""

from django import template
from django.apps import apps

from quancheng.security.pmi import adapters
from quancheng.security.trail import public as trail

register = template.Library()


@register.filter
def called(privilege: str) -> str:
    """Return what a privilege is called in the reader's language; its code when it has no name."""
    return trail.action_title(privilege)


@register.filter
def outcome(code: str) -> str:
    """Return the sentence of a refusal, empty for what was done; its code when nobody knows it any more."""
    return "" if code == "done" else trail.outcome_title(code) or code


@register.filter
def place(path: str) -> str:
    """Return the name of the organisation at a path; the path when there is none, empty for the whole city."""
    return adapters.directory().names_of([path]).get(path, path) if path else ""


@register.filter
def system(label: str) -> str:
    """Return the title of an app."""
    found = apps.app_configs.get(label)
    return str(found.verbose_name) if found else label


@register.inclusion_tag("pmi/parts/privilege.html")
def privilege(code: str) -> dict[str, str]:
    """Show a privilege: what it is called, and its code small below."""
    return {"code": code, "title": trail.action_title(code)}


@register.inclusion_tag("pmi/parts/privileges.html")
def privileges(codes: tuple[str, ...]) -> dict[str, object]:
    """Offer privileges to the fields that ask for one."""
    return {"choices": [(code, trail.action_title(code)) for code in codes]}

"""What a designer chooses from: privileges, places, handlers, decisions, forms, legal periods, processes."""

from dataclasses import dataclass

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.calendar import public as calendar
from quancheng.support.designer.models import Review
from quancheng.support.dmn import public as dmn
from quancheng.support.workflow import public as workflow

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Choices:
    """Pairs of what is written and what is read."""

    privileges: tuple[Choice, ...]
    organisations: tuple[Choice, ...]
    handlers: tuple[Choice, ...]
    decisions: tuple[Choice, ...]
    forms: tuple[Choice, ...]
    rules: tuple[Choice, ...]
    processes: tuple[Choice, ...]


def choices() -> Choices:
    """Return what there is to choose from on this site."""
    privileges = ((code, trail.action_title(code)) for code in sorted(pmi.actions()))
    decisions = (
        (f"{model.key}/{name}", f"{model.name} · {name}")
        for model in dmn.models()
        for name in dmn.page(model.id).decisions
    )
    forms = Review.objects.filter(design__kind="form", version__isnull=False)
    named = sorted(set(forms.values_list("design__key", "design__title")))
    return Choices(
        privileges=tuple(privileges),
        organisations=tuple((place.path, place.name) for place in identity.organisations()),
        handlers=tuple((name, _first_line(function)) for name, function in sorted(workflow.handlers().items())),
        decisions=tuple(decisions),
        forms=tuple(named),
        rules=tuple((rule.code, calendar.titled(rule)) for rule in calendar.all_rules()),
        processes=tuple((item.key, item.name) for item in workflow.definitions() if not item.viewing_only),
    )


def _first_line(function: object) -> str:
    lines = (function.__doc__ or "").strip().splitlines()
    return lines[0].rstrip(".") if lines else ""

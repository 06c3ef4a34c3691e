"""What actions and outcomes are called: `[actions]` in each app's resources.toml, and the refusals' own messages."""

import re
import tomllib
from collections import defaultdict
from functools import cache

from django.utils.translation import get_language

from quancheng.kernel import discovery
from quancheng.kernel.refusal import Refusal


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    # Of the apps of both zones: a reading of the other zone's posture comes over and speaks of its actions.
    found: dict[str, dict[str, str]] = {}
    for layer in discovery.LAYERS:
        for file in sorted((discovery.ROOT / layer).glob("*/resources.toml")):
            found.update(tomllib.loads(file.read_text(encoding="utf-8")).get("actions", {}))
    return found


def action_title(code: str) -> str:
    """Return what an action (which is a privilege too) is called in the reader's language; its code when unnamed."""
    names = _catalogue().get(code, {})
    return names.get("title" if (get_language() or "").startswith("zh") else "title_en", code)


def action_titles() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return all named actions as (app's title, ((code, title), …)), for lists to choose from."""
    groups = []
    for app in discovery.all_apps():
        codes = sorted(code for code in _catalogue() if code.partition(".")[0] == app.label)
        if codes:
            groups.append((str(app.verbose_name), tuple((code, action_title(code)) for code in codes)))
    return tuple(groups)


def outcome_title(code: str) -> str:
    """Return the sentence of the refusal with this code, empty when nobody knows it (any more)."""
    if code not in _refusals():
        return ""
    # What stood in the places of the message is not kept; a bracket around nothing says nothing.
    return re.sub(r"\s*[(（]…[)）]", "", str(_refusals()[code]) % defaultdict(lambda: "…"))


@cache
def _refusals() -> dict[str, object]:
    found: dict[str, object] = {}
    waiting = [Refusal]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        found.setdefault(kind.code, kind.message)
    return found

"""Fetches values from whoever provides them; every look is entered in the trail with its purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.look import public as words

from .. import rules
from . import declarations

Provider = Callable[[str], Mapping[str, Any] | None]
Provenance = Callable[[str], Mapping[str, Mapping[str, str]]]


class NoPurpose(Refusal):
    """Nobody looks at registered data without saying what for."""

    code = "catalogue.no-purpose"
    message = _("Say for which purpose the data are needed.")


@dataclass(frozen=True, slots=True)
class Sourced:
    """A value whose provider knows better than the catalogue where it is from; `as_of` is an ISO date."""

    value: Any
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Value:
    """An item handed out. `source` names who answers for it, `as_of` (ISO date) since when it is so."""

    item: str
    value: Any
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was handed out, and what was not with the reason."""

    values: tuple[Value, ...]
    refused: tuple[tuple[str, rules.Reason], ...]

    def masked(self) -> Answer:
        """Return the same answer for whom the grant obliges to see it masked (pmi)."""
        return replace(self, values=tuple(replace(one, value=words.veiled(one.value)) for one in self.values))

    def value(self, item: str) -> Any:
        """Return the value of `item`, None if it was not handed out."""
        return next((value.value for value in self.values if value.item == item), None)


_providers: dict[str, tuple[Provider, Provenance | None]] = {}


def provides(code: str, *, provenance: Provenance | None = None) -> Callable[[Provider], Provider]:
    """Make a function the provider of the resource `code`; use it in subscriptions.py, which is always loaded.

    It takes the subject (identity number or credit code) and returns item names with plain or `Sourced` values, None
    if it knows nothing. `provenance(subject)` may tell {item: {source, as_of}}.
    """

    def register(provider: Provider) -> Provider:
        _providers[code] = (provider, provenance)
        return provider

    return register


def is_provided(code: str) -> bool:
    """Test whether this site has the resource itself."""
    return code in _providers


def look(names: Sequence[str], *, subject: str, purpose: str, asker: rules.Asker, asker_name: str) -> Answer:
    """Return the items that `asker` may have, and why not the others. :raises NoPurpose: without one."""
    subject = rules.normal(subject)
    if not purpose.strip():
        _record(names, subject, purpose, asker, asker_name, outcome=NoPurpose.code)
        raise NoPurpose
    resources, purposes = declarations.resources(), declarations.purposes()
    refused: dict[str, rules.Reason] = {}
    allowed: dict[str, list[str]] = {}
    person = rules.reference(subject)
    given = pmi.agreed({person}, timezone.now())[person]
    for name in dict.fromkeys(names):
        reason = rules.judge(
            name,
            resources=resources,
            purposes=purposes,
            asker=asker,
            subject=subject,
            purpose=purpose,
            agreed=lambda matter: any(item.covers(matter, asker.organisation) for item in given),
        )
        code = rules.split(name)[0]
        if reason is None and code not in _providers:
            reason = rules.Reason.NOT_HERE
        if reason is not None:
            refused[name] = reason
        else:
            allowed.setdefault(code, []).append(name)
    values: list[Value] = []
    for code, wanted in allowed.items():
        found = _fetch(code, subject, resources[code].provider)
        values += [found[name] for name in wanted if name in found]
        refused |= {name: rules.Reason.NO_RECORD for name in wanted if name not in found}
    outcome = "done" if values else "catalogue.refused"
    _record([value.item for value in values], subject, purpose, asker, asker_name, outcome=outcome, refused=refused)
    return Answer(tuple(values), tuple(refused.items()))


def _fetch(code: str, subject: str, organisation: str) -> dict[str, Value]:
    provider, provenance = _providers[code]
    record = provider(subject)
    if record is None:
        return {}
    origins = provenance(subject) if provenance else {}
    today = timezone.localdate().isoformat()
    found = {}
    for name, value in record.items():
        origin = origins.get(name, {})
        known = value if isinstance(value, Sourced) else Sourced(
            value, origin.get("source") or organisation, origin.get("as_of") or today
        )  # fmt: skip
        full = f"{code}.{name}"
        found[full] = Value(full, events.plain(known.value), known.source, known.as_of)
    return found


def _record(
    names: Sequence[str],
    subject: str,
    purpose: str,
    asker: rules.Asker,
    asker_name: str,
    *,
    outcome: str,
    refused: Mapping[str, rules.Reason] | None = None,
) -> None:
    trail.record(
        action="catalogue.items.read",
        actor_id=asker.id,
        actor_name=asker_name,
        outcome=outcome,
        subjects=(rules.reference(subject),),
        # A citizen is handed their own data alone: with the kind of asker nobody takes that for curiosity.
        detail={"items": list(names), "purpose": purpose, "refused": dict(refused or {}), "asker": asker.kind},
    )

"""The shapes of the API: OpenAPI 3.1, and what is read from and written to JSON."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from quancheng.security.pmi import queries, rules
from quancheng.security.pmi.rules import Change, ChangeKind

LARGEST: Final = 20_000
LONGEST: Final = 200
MONTH: Final = timedelta(days=30)
# What each kind of change takes; `terms` is an object (RFC 8259) as the role's page has it.
FIELDS: Final[dict[ChangeKind, tuple[str, ...]]] = {
    ChangeKind.TERMS: ("role", "privilege"),
    ChangeKind.WITHDRAW: ("role", "privilege"),
    ChangeKind.HANG: ("post", "role"),
    ChangeKind.UNHANG: ("post", "role"),
    ChangeKind.APPOINT: ("actor", "post"),
    ChangeKind.DISMISS: ("actor", "post"),
    ChangeKind.RULE: ("first", "second"),
    ChangeKind.UNRULE: ("first", "second"),
    ChangeKind.RECUSE: ("actor", "subject"),
    ChangeKind.UNRECUSE: ("actor", "subject"),
}


class BadShape(ValueError):
    """What was sent has another shape. The argument is a JSON pointer (RFC 6901) to where."""


def read(body: bytes, today: date) -> tuple[Change, date, date]:
    """Return the change and the first and last day; without days the last month. :raises BadShape:"""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadShape("") from error
    if not isinstance(sent, dict) or set(sent) - {"change", "since", "until"}:
        raise BadShape("")
    until = _day(sent, "until") or today
    return _change(sent.get("change")), _day(sent, "since") or until - MONTH, until


def _change(sent: Any) -> Change:
    if not isinstance(sent, dict) or sent.get("kind") not in list(ChangeKind):
        raise BadShape("/change/kind")
    kind = ChangeKind(sent["kind"])
    if set(sent) - {"kind", "terms", *FIELDS[kind]}:
        raise BadShape("/change")
    for name in FIELDS[kind]:
        value = sent.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST or "\0" in value:
            raise BadShape(f"/change/{name}")
    terms = sent.get("terms", {})
    try:
        if not isinstance(terms, dict) or (terms and kind is not ChangeKind.TERMS):
            raise BadShape("/change/terms")
        return Change(kind, terms=rules.read(terms), **{name: sent[name] for name in FIELDS[kind]})
    except rules.BadTerms as error:
        raise BadShape("/change/terms") from error


def _day(sent: dict[str, Any], name: str) -> date | None:
    value = sent.get(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadShape(f"/{name}") from error


def answer(found: queries.SimulationView, address: str) -> dict[str, Any]:
    """Return a simulation as JSON has it."""
    return {
        "id": str(found.id),
        "url": address,
        "change": found.change.plain(),
        "title": found.title,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "finished": found.finished,
        "percent": found.percent,
        "entries": found.seen,
        "looked_at": found.looked,
        "verdicts": found.counts,
        "not_listed": found.beyond,
        "now_refused": [_flip(item) for item in found.refused],
        "now_allowed": [_flip(item) for item in found.allowed],
    }


def _flip(item: Any) -> dict[str, Any]:
    plain = asdict(item)
    del plain["verdict"]
    return {**plain, "first": item.first.isoformat(), "last": item.last.isoformat(), "lacking": list(item.lacking)}


def openapi(address: str, token_address: str, privilege: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the API at `address`."""
    text, number, moment = {"type": "string"}, {"type": "integer"}, {"type": "string", "format": "date-time"}
    day = {"type": "string", "format": "date"}
    problem = {
        "description": str(_("Refused (RFC 9457)")),
        "content": {"application/problem+json": {"schema": {"type": "object"}}},
    }
    done = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Simulation"}}}}
    changes = [
        {
            "type": "object",
            "required": ["kind", *names],
            "additionalProperties": False,
            "properties": {
                "kind": {"const": kind.value},
                **dict.fromkeys(names, text),
                **({"terms": {"type": "object"}} if kind is ChangeKind.TERMS else {}),
            },
        }
        for kind, names in FIELDS.items()
    ]
    flip = {
        "type": "object",
        "properties": {
            **dict.fromkeys(("actor_id", "actor_name", "action", "title"), text),
            "lacking": {"type": "array", "items": text},
            "count": number,
            **dict.fromkeys(("first", "last"), moment),
            "examples": {"type": "array", "items": text},
        },
    }
    flips = {"type": "array", "items": flip}
    wish = {
        "type": "object",
        "required": ["change"],
        "properties": {"change": {"oneOf": changes}, "since": day, "until": day},
    }
    found = {
        "type": "object",
        "properties": {
            **dict.fromkeys(("id", "url", "title"), text),
            "change": {"type": "object"},
            **dict.fromkeys(("since", "until"), day),
            "finished": {"type": "boolean"},
            **dict.fromkeys(("percent", "entries", "looked_at", "not_listed"), number),
            "verdicts": {"type": "object", "additionalProperties": number},
            **dict.fromkeys(("now_refused", "now_allowed"), flips),
        },
    }
    key = {"name": "simulation_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    refusals = dict.fromkeys(("400", "401", "403", "404"), problem)
    flows = {"clientCredentials": {"tokenUrl": token_address, "scopes": {privilege: str(_("Try a change"))}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": str(_("Trying changes of privileges")), "version": "1"},
        "servers": [{"url": address}],
        "security": [{"oauth": [privilege]}],
        "paths": {
            "/simulations": {
                "post": {
                    "summary": str(_("Try a change on what the trail holds of a period")),
                    "requestBody": {"required": True, "content": {"application/json": {"schema": wish}}},
                    "responses": {
                        "201": {"description": str(_("Finished")), **done},
                        "202": {"description": str(_("Still running; ask its url again")), **done},
                        **refusals,
                    },
                }
            },
            "/simulations/{simulation_id}": {
                "get": {
                    "summary": str(_("What came out, or has come out so far")),
                    "parameters": [key],
                    "responses": {"200": {"description": str(_("The simulation")), **done}, **refusals},
                }
            },
        },
        "components": {
            "securitySchemes": {"oauth": {"type": "oauth2", "flows": flows}},
            "schemas": {"Simulation": found},
        },
    }

"""The shape of every call and answer of the service, written down once: it checks what comes and makes the OpenAPI."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Kind = Literal["base64", "hex", "text", "flag", "object", "number", "list", "time"]
HEX = re.compile(r"(?:[0-9a-f]{2})+")


class BadShape(ValueError):
    """A body that is not what the operation takes; `problems` are pairs of a JSON pointer and a sentence."""

    def __init__(self, problems: list[tuple[str, str | Promise]]) -> None:
        super().__init__("; ".join(f"{pointer}: {text}" for pointer, text in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a body. `most` is how long a text or list may be; `choices` are the texts allowed."""

    name: str
    kind: Kind
    title: str | Promise
    required: bool = False
    choices: tuple[str, ...] = ()
    most: int = 0
    default: Any = None

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of this member."""
        found: dict[str, Any] = {"description": str(self.title)}
        if self.kind == "list":
            return (
                found
                | {"type": "array", "items": {"type": "string"}}
                | ({"minItems": 1, "maxItems": self.most} if self.most else {})
            )
        types = {"flag": "boolean", "object": "object", "number": "integer"}
        found["type"] = types.get(self.kind, "string")
        if self.kind == "base64":
            found["contentEncoding"] = "base64"
        if self.kind == "hex":
            found["pattern"] = "^([0-9a-f]{2})+$"
        if self.kind == "time":
            found["format"] = "date-time"
        if self.choices:
            found["enum"] = list(self.choices)
        if self.most:
            found["maxLength"] = self.most
        if self.default is not None:
            found["default"] = self.default
        return found

    def read(self, given: Any) -> Any:
        """Return the value that stands for `given`. :raises ValueError: with a sentence that says what is wrong."""
        return _READERS[self.kind](self, given)


def _text(member: Field, given: Any) -> str:
    # JSON can write a NUL and half a surrogate pair; no database and no other encoding takes them.
    if not isinstance(given, str) or "\0" in given or not _is_text(given):
        raise ValueError(_("a text is wanted"))
    if member.choices and given not in member.choices:
        raise ValueError(_("it is none of what may be chosen"))
    if member.most and len(given) > member.most:
        raise ValueError(_("it is too long"))
    return given


def _is_text(given: str) -> bool:
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def _base64(member: Field, given: Any) -> bytes:
    try:
        return base64.b64decode(_text(member, given), validate=True)
    except binascii.Error:
        raise ValueError(_("it is not base64")) from None


def _hex(member: Field, given: Any) -> bytes:
    text = _text(member, given)
    if not HEX.fullmatch(text):
        raise ValueError(_("lower-case hexadecimal digits are wanted"))
    return bytes.fromhex(text)


def _flag(_member: Field, given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError(_("true or false is wanted"))
    return given


def _object(_member: Field, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise ValueError(_("an object is wanted"))
    return given


def _list(member: Field, given: Any) -> list[bytes]:
    if not isinstance(given, list) or not 1 <= len(given) <= member.most:
        raise ValueError(_("a list is wanted, neither empty nor too long"))
    return [_hex(_ITEM, item) for item in given]


_ITEM: Final = Field("", "hex", "")


_READERS: Final[dict[str, Callable[[Field, Any], Any]]] = {
    "text": _text, "base64": _base64, "hex": _hex, "flag": _flag, "object": _object, "list": _list,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """One address of the service: what it takes, what it answers, and which privilege it needs."""

    name: str
    privilege: str
    title: str | Promise
    takes: tuple[Field, ...]
    answers: tuple[Field, ...]
    # Of each group exactly one member must be given.
    either: tuple[tuple[str, ...], ...] = ()
    remark: str | Promise = field(default="")

    def read(self, body: bytes) -> dict[str, Any]:
        """Return the members of a body (JSON), absent ones with their defaults. :raises BadShape: when it is wrong."""
        try:
            given = json.loads(body)
        except (ValueError, RecursionError):
            raise BadShape([("", _("the body is not JSON"))]) from None
        if not isinstance(given, dict):
            raise BadShape([("", _("an object is wanted"))])
        known = {item.name: item for item in self.takes}
        problems: list[tuple[str, str | Promise]] = [
            (_pointer(name), _("there is no such member")) for name in given if name not in known
        ]
        found = {}
        for name, member in known.items():
            try:
                found[name] = member.default if given.get(name) is None else member.read(given[name])
            except ValueError as error:
                problems.append((_pointer(name), error.args[0]))
            if member.required and given.get(name) is None:
                problems.append((_pointer(name), _("it is missing")))
        for group in self.either:
            if sum(given.get(name) is not None for name in group) != 1:
                problems.append((_pointer(group[0]), _("exactly one of these is wanted") + f": {', '.join(group)}"))
        if problems:
            raise BadShape(problems)
        return found

    def schema(self) -> dict[str, Any]:
        """Return the OpenAPI path item of this operation."""
        wanted: dict[str, Any] = _object_schema(self.takes)
        if self.either:
            wanted["allOf"] = [{"oneOf": [{"required": [name]} for name in group]} for group in self.either]
        problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        answers = {
            "200": {
                "description": str(_("Done.")),
                "content": {"application/json": {"schema": _object_schema(self.answers, all_required=False)}},
            }
        }
        answers |= {status: {"description": str(text), "content": problem} for status, text in FAILURES.items()}
        return {
            "post": {
                "operationId": self.name,
                "summary": str(self.title),
                "description": str(self.remark),
                "security": [{"oauth": [self.privilege]}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": wanted}}},
                "responses": answers,
            }
        }


FAILURES: Final = {
    "400": _("The body is not what the operation takes; `errors` says where."),
    "401": _("There is no token, or it is over."),
    "403": _("The caller lacks the privilege at this organisation."),
    "409": _("The organisation has no valid key, or its seal needs two officers."),
    "413": _("The body is too large."),
    "415": _("The body is not application/json."),
    "422": _("The content cannot be worked on: no PDF, no message of this form, not for this key."),
    "429": _("The quota of today is used up; `resets_at` and Retry-After say when it begins anew."),
}


def _pointer(name: str) -> str:
    """Return the JSON pointer of a member (RFC 6901)."""
    return "/" + name[:80].replace("~", "~0").replace("/", "~1")


def _object_schema(members: tuple[Field, ...], *, all_required: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "object",
        "properties": {item.name: item.schema() for item in members},
        "additionalProperties": False,
    }
    if required := [item.name for item in members if item.required or all_required]:
        found["required"] = required
    return found

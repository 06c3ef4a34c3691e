"""An entry as a syslog message: RFC 5424 with structured data, framed by octet counting (RFC 6587 section 3.4.1).

`FIELDS` are what an entry may be sent with; which of them go out is a setting. What is personal has names of its own
(`actor_name`, `subjects`, `detail.<key>`), so that it goes out only where somebody wrote it into the settings.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from quancheng.security.trail import rules

# Facility 13, "log audit" (RFC 5424 table 1); a refusal is a warning, the rest informational.
AUDIT: Final = 13
WARNING, INFORMATIONAL = 4, 6
FIELDS: Final = ("action", "outcome", "actor", "actor_name", "organisation", "subjects", "leaf")
DETAIL: Final = "detail."
BODIES: Final = ("text", "cef", "none")
CEF: Final = {
    "actor": "suid",
    "actor_name": "suser",
    "outcome": "outcome",
    "organisation": "cs1",
    "leaf": "cs2",
    "erased": "cs3",
}
LONGEST, MANY = 500, 20
NAME = re.compile(r"[A-Za-z0-9_.-]{1,32}")
# Control characters would break lines at the collector.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class BadField(ValueError):
    """A setting names a field or body that there is not; the argument is what it named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is sent of one entry. `title` is what its action is called; `erased` says that its body is gone."""

    index: int
    at: datetime
    action: str
    outcome: str
    title: str
    leaf: str
    actor: str = ""
    actor_name: str = ""
    organisation: str = ""
    subjects: tuple[str, ...] = ()
    detail: Mapping[str, object] | None = None
    erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How messages look: sender, private enterprise number, fields and body."""

    host: str
    origin: str
    enterprise: int
    fields: tuple[str, ...]
    body: str = "text"

    def __post_init__(self) -> None:
        for name in self.fields:
            known = name in FIELDS or (name.startswith(DETAIL) and NAME.fullmatch(name.removeprefix(DETAIL)))
            if not known:
                raise BadField(name)
        if self.body not in BODIES:
            raise BadField(self.body)


def frame(message: bytes) -> bytes:
    """Return a message with its length before it."""
    return str(len(message)).encode() + b" " + message


def message(line: Line, form: Form) -> bytes:
    """Return one entry as a message of RFC 5424. `n` counts from 0, so a collector sees what is missing."""
    severity = INFORMATIONAL if line.outcome == "done" else WARNING
    header = f"<{AUDIT * 8 + severity}>1 {rules.stamp(line.at)} {_name(form.host, 255)} quancheng - "
    said = [("n", str(line.index)), ("log", form.origin), *_said(line, form.fields)]
    pairs = " ".join(f'{name}="{_value(value)}"' for name, value in said)
    # RFC 5424 section 7.3.1: from 1 to 2147483647, then from 1 again.
    meta = f'[meta sequenceId="{line.index % 2147483647 + 1}"]'
    data = f"{_name(line.action.partition('.')[0], 32)} {meta}[trail@{form.enterprise} {pairs}]"
    if form.body == "none":
        return (header + data).encode()
    text = cef(line, form.fields) if form.body == "cef" else _text(line)
    # The byte order mark says that the text is UTF-8 (section 6.4).
    return f"{header}{data} \ufeff{text}".encode()


def cef(line: Line, fields: Iterable[str]) -> str:
    """Return an entry in the ArcSight Common Event Format, version 0, which many collectors read by themselves."""
    severity = "3" if line.outcome == "done" else "6"
    head = "|".join(
        _plain(part).replace("\\", "\\\\").replace("|", "\\|")
        for part in ("Quancheng", "Trail", "1", line.action, line.title, severity)
    )
    moment = int(line.at.astimezone(UTC).timestamp() * 1000)
    pairs = [("rt", str(moment)), ("externalId", str(line.index))]
    for name, value in _said(line, fields):
        # What the format has no name of its own for stands in its custom strings, with a label.
        key = CEF.get(name, "")
        pairs += [(f"{key}Label", name)] if key.startswith("cs") else []
        pairs += [(key, value)] if key else []
    return f"CEF:0|{head}|" + " ".join(
        f"{name}={_plain(value).replace(chr(92), chr(92) * 2).replace('=', chr(92) + '=')}" for name, value in pairs
    )


def _said(line: Line, fields: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield name and value of each field that goes out and says something."""
    if line.erased:
        yield "erased", "true"
    for name in fields:
        if name == "subjects":
            yield from (("subject", subject) for subject in line.subjects[:MANY])
        elif name == "leaf":
            # The hash of the public leaf (RFC 6962 section 2.1): what the collector holds is checked against the log.
            yield name, hashlib.sha256(b"\0" + line.leaf.encode()).hexdigest()
        elif name.startswith(DETAIL):
            found = (line.detail or {}).get(name.removeprefix(DETAIL))
            if isinstance(found, str | int | float) and str(found):
                yield name, str(found)
        elif found := getattr(line, name):
            yield name, str(found)


def _text(line: Line) -> str:
    done = line.outcome == "done"
    return _plain(f"{line.title}: {line.outcome}" if done else f"{line.title}: refused ({line.outcome})")


def _plain(value: str) -> str:
    return CONTROL.sub("\ufffd", value[:LONGEST])


def _value(value: str) -> str:
    """Return a PARAM-VALUE (section 6.3.3): three signs are escaped."""
    return re.sub(r'(["\\\]])', r"\\\1", _plain(value))


def _name(text: str, most: int) -> str:
    """Return printable ASCII, "-" for none."""
    return re.sub(r"[^\x21-\x7e]", "", text)[:most] or "-"

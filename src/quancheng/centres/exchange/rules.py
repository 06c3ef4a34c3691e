"""What a message looks like on the wire and where it goes: CloudEvents 1.0 (CNCF), JSON format, and the routes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

TOPIC = re.compile(r"[a-z][a-z0-9]*\.[a-z0-9][a-z0-9-]*")
DIGEST = re.compile(r"[0-9a-f]{64}")
SOURCE = re.compile(r"/(?P<zone>[a-z]+)/(?P<app>[a-z]+)")
IDENTITY = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message with everything that is signed. `files` maps sha256 hex digests to file names."""

    id: str
    topic: str
    version: int
    zone: str
    organisation: str
    key: str
    time: datetime
    data: Mapping[str, Any]
    files: Mapping[str, str]

    @property
    def source(self) -> str:
        return f"/{self.zone}/{self.topic.partition('.')[0]}"


class BadEnvelope(ValueError):
    """The text is not a message as this platform writes it; the argument names the attribute."""


def encode(envelope: Envelope) -> str:
    """Write a CloudEvent. Extension attributes have simple types (CloudEvents 1.0, 3.1), so `files` is a JSON text."""
    event = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.topic,
        "time": envelope.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": f"urn:quancheng:topic:{envelope.topic}:{envelope.version}",
        "organisation": envelope.organisation,
        "data": envelope.data,
    }
    if envelope.key:
        event["subject"] = envelope.key
    if envelope.files:
        event["files"] = _compact(dict(envelope.files))
    return _compact(event)


def _compact(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def decode(text: str) -> Envelope:
    """Read a CloudEvent. :raises BadEnvelope: naming the attribute that does not fit."""
    try:
        event = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadEnvelope("json") from error
    if not isinstance(event, dict) or event.get("specversion") != "1.0":
        raise BadEnvelope("specversion")
    topic = _match(event, "type", TOPIC)
    source = SOURCE.fullmatch(_match(event, "source", SOURCE))
    schema, _, version = _match(event, "dataschema", re.compile(r"urn:quancheng:topic:.+:[0-9]+")).rpartition(":")
    if schema != f"urn:quancheng:topic:{topic}":
        raise BadEnvelope("dataschema")
    try:
        time = datetime.fromisoformat(event["time"])
        files = json.loads(event.get("files", "{}"))
    except (KeyError, TypeError, ValueError) as error:
        raise BadEnvelope("time or files") from error
    if time.tzinfo is None:
        raise BadEnvelope("time")
    if not isinstance(files, dict) or not all(DIGEST.fullmatch(key) and isinstance(files[key], str) for key in files):
        raise BadEnvelope("files")
    key, data, organisation = event.get("subject", ""), event.get("data"), event.get("organisation")
    if not isinstance(data, dict) or not isinstance(key, str) or not isinstance(organisation, str):
        raise BadEnvelope("data, subject or organisation")
    envelope = Envelope(
        id=_match(event, "id", IDENTITY),
        topic=topic,
        version=int(version),
        zone=source["zone"] if source else "",
        organisation=organisation,
        key=key,
        time=time,
        data=data,
        files=files,
    )
    if envelope.source != event["source"]:
        raise BadEnvelope("source")
    return envelope


def _match(event: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadEnvelope(name)
    return value


@dataclass(frozen=True, slots=True)
class Topic:
    """A declared topic. `routes` are pairs (from zone, to zone); none means that it stays in its zone."""

    name: str
    title: str = ""
    version: int = 1
    organisation: str = ""
    routes: frozenset[tuple[str, str]] = frozenset()

    def destination(self, zone: str) -> str:
        """Return the zone to which a message announced in `zone` crosses, "" if it stays."""
        return next((there for here, there in sorted(self.routes) if here == zone), "")


def topics(declarations: Iterable[Mapping[str, Any]]) -> dict[str, Topic]:
    """Merge `[[topic]]` tables by name; a topic declared twice crosses in both directions."""
    found: dict[str, Topic] = {}
    for table in declarations:
        name = table["name"]
        known = found.get(name, Topic(name))
        route = frozenset({(table["from"], table["to"])}) if table.get("to") else frozenset()
        found[name] = Topic(
            name=name,
            title=table.get("title", known.title),
            version=max(table.get("version", 1), known.version),
            organisation=table.get("organisation", known.organisation),
            routes=known.routes | route,
        )
    return found


def lane(consumer: str, key: str) -> str:
    """Return the lane in which deliveries keep their order: one per receiving app and key; "" without a key.

    All handlers of an app share the lane, because a correction must not overtake the application it corrects, even
    though another function receives it.
    """
    return f"{'.'.join(consumer.split('.')[:3])}:{key}" if key else ""


def receiver(consumer: str) -> str:
    """Return a consumer's name for people: app and handler without the path between them."""
    parts = consumer.split(".")
    return f"{parts[2]} · {parts[-1]}" if len(parts) > 3 else consumer


def pause(attempts: int, *, first: float, longest: float) -> timedelta:
    """Return how long to wait after the failed attempt number `attempts` (from 1): doubling up to `longest` seconds."""
    return timedelta(seconds=min(first * 2 ** min(max(attempts - 1, 0), 30), longest))

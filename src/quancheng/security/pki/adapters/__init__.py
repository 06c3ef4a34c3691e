"""What the ACME server asks of the network: addresses and texts of names, and the proof that a web server shows."""

import http.client
import ipaddress
import json
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import dns.exception
import dns.resolver

from quancheng.security.pki import config

TIMEOUT = 5.0
LARGEST = 4096


class Unproven(Exception):
    """The network did not show the proof; `kind` is an ACME error type: dns, connection or incorrectResponse."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


class Resolver(Protocol):
    """Looks names up."""

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the IP addresses of a host. :raises Unproven: when there are none."""
        ...

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of a name, none when there are none. :raises Unproven: when nobody answers."""
        ...


class DnsResolver:
    """Asks the name servers of this machine, or those given (IP addresses)."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._resolver = dns.resolver.Resolver(configure=not servers)
        if servers:
            self._resolver.nameservers = list(servers)
        self._resolver.lifetime = TIMEOUT
        # Yesterday's answer proves nothing.
        self._resolver.cache = None

    def addresses(self, name: str) -> tuple[str, ...]:
        found = tuple(item.to_text() for kind in ("A", "AAAA") for item in self._ask(name, kind))
        if not found:
            raise Unproven("dns", f"There is no address for {name}.")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(b"".join(item.strings).decode("ascii", "replace") for item in self._ask(name, "TXT"))

    def _ask(self, name: str, kind: str) -> Sequence:
        try:
            return list(self._resolver.resolve(f"{name}.", kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise Unproven("dns", f"{name} cannot be looked up: {type(error).__name__}.") from error


class ZoneFile:
    """Names from a JSON file, for networks without name servers: {"A": {name: [address]}, "TXT": {name: [text]}}.

    The file is read at each question, so that whoever proves a name may write into it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def addresses(self, name: str) -> tuple[str, ...]:
        found = self._read("A", name)
        if not found:
            raise Unproven("dns", f"There is no address for {name}.")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        return self._read("TXT", name)

    def _read(self, kind: str, name: str) -> tuple[str, ...]:
        try:
            return tuple(json.loads(self._path.read_text()).get(kind, {}).get(name, ()))
        except (OSError, ValueError) as error:
            raise Unproven("dns", "The file of names cannot be read.") from error


def resolver() -> Resolver:
    """Return the resolver that the settings name."""
    settings = config.settings()
    if settings.acme_zone_file:
        return ZoneFile(Path(settings.acme_zone_file))
    return DnsResolver([item for item in settings.acme_name_servers.split(",") if item])


def fetch(name: str, path: str) -> str:
    """Return what the web server of `name` shows at `path`; no redirect is followed.

    Only addresses in the networks of the settings are asked, so that nobody makes this site call where it should not.

    :raises Unproven: when it shows nothing.
    """
    settings = config.settings()
    networks = [ipaddress.ip_network(item.strip()) for item in settings.acme_networks.split(",") if item.strip()]
    allowed = [
        item
        for item in resolver().addresses(name)
        if any(ipaddress.ip_address(item) in network for network in networks)
    ]
    if not allowed:
        raise Unproven("connection", f"{name} is in no network that is asked from here.")
    line = http.client.HTTPConnection(allowed[0], settings.acme_http_port, timeout=TIMEOUT)
    # A server that answers a byte at a time is not waited for.
    end = threading.Timer(2 * TIMEOUT, _hang_up, [line])
    end.start()
    try:
        line.request("GET", path, headers={"Host": name, "User-Agent": "quancheng-acme", "Connection": "close"})
        reply = line.getresponse()
        content = reply.read(LARGEST)
    except (OSError, http.client.HTTPException) as error:
        raise Unproven("connection", f"{name} does not answer: {type(error).__name__}.") from error
    finally:
        end.cancel()
        line.close()
    if reply.status != 200:
        raise Unproven("incorrectResponse", f"{name} answers with status {reply.status}.")
    return content.decode("ascii", "replace").strip()


def _hang_up(line: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        if line.sock is not None:
            line.sock.shutdown(socket.SHUT_RDWR)

"""Damaged ACME requests (RFC 8555): their bytes, their JSON, and header and payload under a signature that fits."""

import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from quancheng.security.pki.engine import acme, signing
from quancheng.security.pki.tests.acme_client import Client
from tests.soak import mutations
from tests.soak.attacks import CONTROL, Attack, certificate_request
from tests.soak.site import TREE, Line, Site


class Http:
    """The line under the ACME client of the PKI's own tests, in the shape of Django's test client."""

    def __init__(self, site: Site) -> None:
        self.line, self.home = Line(site.port), site.home

    def get(self, url: str) -> "Reply":
        return self._ask("GET", url)

    def head(self, url: str) -> "Reply":
        return self._ask("HEAD", url)

    def post(self, url: str, body: str, content_type: str) -> "Reply":
        return self._ask("POST", url, body.encode(), content_type=content_type)

    def _ask(self, method: str, url: str, body: bytes | None = None, **headers: str) -> "Reply":
        return Reply(self.line.ask(method, url.removeprefix(self.home), body, **headers))


class Reply:
    """An answer in the shape of Django's."""

    def __init__(self, answer: Any) -> None:
        self.status_code, self.content, self._headers = answer.status, answer.body, answer.headers

    def __getitem__(self, name: str) -> str:
        return self._headers[name.lower()]

    def json(self) -> Any:
        return json.loads(self.content)


class Prover:
    """A web server that shows whatever proof it was given, by path."""

    def __init__(self, port: int) -> None:
        self.shown: dict[str, str] = {}
        shown = self.shown

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(shown.get(self.path, "").encode())

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def show(self, _host: str, token: str, text: str) -> None:
        """Show a proof from now on."""
        self.shown[f"/.well-known/acme-challenge/{token}"] = text

    def stop(self) -> None:
        """End the server."""
        self.server.shutdown()
        self.server.server_close()


class Acme(Attack):
    """The ACME server. Each thread has an account and an order that is ready for its certificate."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        kid, secret = site.run("pki", "acme-key", "370100-dsj", "大数据局", TREE).split()[:2]
        self.leave = SimpleNamespace(kid=kid, secret=secret)
        self.prover = Prover(site.prover_port)
        self.requests = [certificate_request(ec.generate_private_key(ec.SECP256R1()))]
        self.local = threading.local()

    def send(self, line: Line, rng: Random, number: int) -> str:
        if not hasattr(self.local, "client"):
            self.local.client = Client(Http(self.site), self.leave)
            self._begin_order()
        if number % CONTROL == 0 and (state := self._begin_order()) != "ready":
            return f"a sound order is {state}"
        if rng.random() < 0.04:
            name = quote(str(mutations.value(rng)).encode("utf-8", "replace"), safe="")
            return self.seen(line.ask("GET", f"/pki/acme/renewal-info/{name[:3000]}"))
        url, payload, bare = self._wish(rng)
        body = self._body(rng, url, payload, bare=bare)
        kind = acme.JOSE_TYPE if rng.random() < 0.98 else rng.choice(("", "text/html", "application/jose+json;é"))
        path = url.removeprefix(self.site.home)
        if rng.random() < 0.03:
            path += quote(rng.choice(mutations.WORDS).encode("utf-8", "replace"))[:3000]
        answer = line.ask("POST", path, body, content_type=kind)
        if wrong := self.seen(answer):
            return wrong
        problem = answer.headers.get("content-type") == acme.PROBLEM_TYPE
        if answer.status >= 400 and problem and not json.loads(answer.body)["type"].startswith(acme.ERRORS):
            return f"answered {answer.body[:200]!r}"
        # What is no address of ours is answered like any page that does not exist.
        if answer.status >= 400 and not problem and answer.status != 404:
            return f"answered {answer.status} without a problem document"
        return ""

    def _begin_order(self) -> str:
        client = self.local.client
        begun = client.order(f"a.{TREE}")
        client.prove(begun.json(), "http-01", self.prover.show)
        self.local.order = client.post(begun["Location"]).json() | {"url": begun["Location"]}
        proof = client.post(self.local.order["authorizations"][0]).json()
        self.local.challenge = proof["challenges"][-1]["url"]
        return self.local.order["status"]

    def _wish(self, rng: Random) -> tuple[str, Any, bool]:
        """Return a sound request: its address, its payload, and whether a bare key signs it."""
        client, order, root = self.local.client, self.local.order, f"{self.site.home}/pki/acme"
        identifiers = [{"type": "dns", "value": f"{rng.choice('ab')}.{TREE}"}]
        binding, request = client.binding(self.leave), encoded(mutations.damaged(rng, self.requests))
        certificate = encoded(mutations.damaged(rng, [self.site.issuing]))
        inner = {"alg": "ES256", "jwk": client.jwk, "url": f"{root}/key-change"}
        wishes: Sequence[tuple[str, Any, bool]] = (
            (f"{root}/new-account", {"contact": ["mailto:a@b.cn"], "externalAccountBinding": binding}, True),
            (f"{root}/new-order", {"identifiers": identifiers}, False),
            (f"{root}/new-order", {"identifiers": identifiers, "replaces": "AAAA.AAAA"}, False),
            (f"{root}/revoke-cert", {"certificate": certificate, "reason": 1}, False),
            (f"{root}/key-change", client.sign(inner, {"account": "x", "oldKey": client.jwk}), False),
            (client.kid, {"contact": ["mailto:a@b.cn"]}, False),
            (f"{client.kid}/orders", None, False),
            (order["url"], None, False),
            (order["authorizations"][0], {}, False),
            (order["finalize"], {"csr": request}, False),
            (order["finalize"], {"csr": request}, False),
            (f"{order['url']}/certificate", None, False),
            (self.local.challenge, {}, False),
        )
        return rng.choice(wishes)

    def _body(self, rng: Random, url: str, payload: Any, *, bare: bool) -> bytes:
        client = self.local.client
        who = {"jwk": client.jwk} if bare else {"kid": client.kid}
        header: Any = {"alg": "ES256", "nonce": client.nonce(), "url": url} | who
        way = rng.randrange(5)
        head, content = json.dumps(header).encode(), b"" if payload is None else json.dumps(payload).encode()
        if way == 0:
            head = mutations.text(rng, mutations.bent(rng, header))
        elif way == 1:
            content = mutations.text(rng, mutations.bent(rng, payload))
        protected, inner = encoded(head), encoded(content)
        signature = client.key.sign(f"{protected}.{inner}".encode(), ec.ECDSA(hashes.SHA256()))
        parts = [part.to_bytes(32, "big") for part in utils.decode_dss_signature(signature)]
        whole = {"protected": protected, "payload": inner, "signature": encoded(b"".join(parts))}
        if way == 2:
            return mutations.text(rng, mutations.bent(rng, whole))
        body = json.dumps(whole).encode()
        return mutations.damaged(rng, [body]) if way == 3 else body

    def stop(self) -> None:
        """End the web server that shows proofs."""
        with suppress(OSError):
            self.prover.stop()


def encoded(content: bytes) -> str:
    """Return base64url without padding (RFC 7515)."""
    return signing.encode(content).decode()

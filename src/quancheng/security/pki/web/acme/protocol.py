"""How ACME requests are signed and answered (RFC 8555 section 6): what all its resources have in common."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from cryptography import x509
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt

from quancheng.kernel import asked
from quancheng.kernel.refusal import Refusal
from quancheng.security.pki.actions import acme as actions
from quancheng.security.pki.engine import acme
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import (
    AcmeAccount,
    AcmeChallenge,
    AcmeOrder,
    Certificate,
)
from quancheng.security.pmi import public as pmi

LARGEST = 128 * 1024
SERVER = pmi.service_actor("pki")


@method_decorator(csrf_exempt, name="dispatch")
class Endpoint(pmi.GuardedView):
    """Answers with problem documents, and gives a nonce with every answer."""

    action = pmi.PUBLIC
    gives_nonce: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            reply = super().dispatch(request, *args, **kwargs)
        except acme.Problem as problem:
            reply = self.problem(problem)
        except Refusal as refusal:
            kind = "unauthorized" if refusal.status == 403 else "malformed"
            reply = self.problem(acme.Problem(kind, str(refusal), status=refusal.status))
        reply["Cache-Control"] = "no-store"
        reply["Link"] = f'<{self.url("directory")}>;rel="index"' + (f", {reply['Link']}" if "Link" in reply else "")
        if request.method == "POST" or self.gives_nonce:
            reply["Replay-Nonce"] = actions.new_nonce()
        return reply

    def problem(self, problem: acme.Problem) -> HttpResponse:
        """Return a problem document."""
        return JsonResponse(
            problem.document, status=problem.status, headers=problem.headers, content_type=acme.PROBLEM_TYPE
        )

    def url(self, name: str, **kwargs: str) -> str:
        """Return the full address of a resource."""
        return self.request.build_absolute_uri(reverse(f"pki:acme-{name}", kwargs=kwargs))


class Signed(Endpoint, ABC):
    """Takes a signed request. `keys` says whether it is signed by an account (kid), by a bare key (jwk), or either."""

    http_method_names = ["post", "options"]
    keys: ClassVar[tuple[str, ...]] = ("kid",)

    signed: acme.Signed
    account: AcmeAccount | None
    jwk: acme.Jwk

    def post(self, request: HttpRequest, **kwargs: str) -> HttpResponse:
        """Verify the signature, the nonce and the address (sections 6.2 to 6.5), then answer."""
        if request.content_type != acme.JOSE_TYPE:
            raise acme.Problem("malformed", f"The media type must be {acme.JOSE_TYPE}.", status=415)
        if asked.is_longer(request, LARGEST):
            raise acme.Problem("malformed", "The request is too large.", status=413)
        self.signed = acme.read(request.body)
        header = self.signed.header
        acme.check_algorithm(header)
        if len({"kid", "jwk"} & header.keys()) != 1 or not any(key in header for key in self.keys):
            raise acme.Problem("malformed", f"The request must be signed with {' or '.join(self.keys)}.")
        self.account = None
        if "kid" in header:
            self.account = self._account(header["kid"])
            self.jwk = self.account.jwk
        else:
            self.jwk = acme.bare(header["jwk"])
        acme.verify(self.signed, self.jwk)
        actions.use_nonce(header.get("nonce"), at=timezone.now())
        if header.get("url") != request.build_absolute_uri():
            raise acme.Problem("unauthorized", "The request was signed for another address.", status=403)
        return self.answer()

    def _account(self, kid: object) -> AcmeAccount:
        prefix = self.url("account", slug="x")[:-1]
        slug = kid.removeprefix(prefix) if isinstance(kid, str) and kid.startswith(prefix) else ""
        found = AcmeAccount.objects.select_related("key").filter(slug=slug).first()
        if found is None:
            raise acme.Problem("accountDoesNotExist", "There is no such account.")
        if found.status != "valid":
            raise acme.Problem("unauthorized", f"The account is {found.status}.", status=403)
        return found

    @abstractmethod
    def answer(self) -> HttpResponse:
        """Answer a request that is genuine."""

    @property
    def slug(self) -> str:
        """What the address names."""
        return self.kwargs["slug"]

    @property
    def owner(self) -> AcmeAccount:
        """The account that signed."""
        assert self.account is not None  # noqa: S101 - `keys` asks for it
        return self.account

    def look_only(self) -> None:
        """Demand a POST-as-GET (section 6.3). :raises acme.Problem: when there is a payload."""
        if self.signed.payload:
            raise acme.Problem("malformed", "This can only be looked at: the payload must be empty.")

    def wish(self) -> dict[str, Any]:
        """Return the payload, an empty object for POST-as-GET."""
        return self.signed.json() if self.signed.payload else {}

    def show_account(self, account: AcmeAccount, *, status: int = 200) -> HttpResponse:
        """Return the account as the client sees it."""
        address = self.url("account", slug=account.slug)
        content = {
            "status": account.status,
            "contact": account.contact,
            "orders": self.url("orders", slug=account.slug),
        }
        return JsonResponse(content, status=status, headers={"Location": address})

    def show_order(self, order: AcmeOrder, *, status: int = 200) -> HttpResponse:
        """Return the order as the client sees it."""
        state = order.status
        if state in ("pending", "ready") and order.expires_at <= timezone.now():
            state = "invalid"
        content: dict[str, Any] = {
            "status": state,
            "expires": moment(order.expires_at),
            "identifiers": [{"type": "dns", "value": item} for item in order.names],
            "authorizations": [
                self.url("authorization", slug=slug)
                for slug in order.authorizations.order_by("pk").values_list("slug", flat=True)
            ],
            "finalize": self.url("finalize", slug=order.slug),
        }
        if order.certificate_id:
            content["certificate"] = self.url("certificate", slug=order.slug)
        if order.error:
            content["error"] = order.error
        if order.replaces is not None:
            content["replaces"] = renewal_name(order.replaces)
        return JsonResponse(content, status=status, headers={"Location": self.url("order", slug=order.slug)})

    def show_challenge(self, challenge: AcmeChallenge) -> dict[str, Any]:
        """Return the challenge as the client sees it."""
        content = {
            "type": challenge.kind,
            "url": self.url("challenge", slug=challenge.slug),
            "status": challenge.status,
            "token": challenge.authorization.token,
        }
        if challenge.validated_at:
            content["validated"] = moment(challenge.validated_at)
        if challenge.error:
            content["error"] = challenge.error
        return content

    def order_of(self, slug: str) -> AcmeOrder:
        """Return the account's own order. :raises acme.Problem: when it has no such order."""
        found = AcmeOrder.objects.select_related("account__key", "certificate", "replaces")
        order = found.filter(slug=slug, account=self.owner).first()
        if order is None:
            raise acme.Problem("malformed", "This account has no such order.", status=404)
        return order


def moment(at: Any) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def renewal_name(row: Certificate) -> str:
    certificate = x509.load_der_x509_certificate(bytes(row.der))
    identifier = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    return acme.renewal_name(identifier or b"", certificate.serial_number)


def named(name: str) -> Certificate:
    """Return the certificate that a name in renewal information stands for."""
    key, serial = acme.read_renewal_name(name)
    issuing = sites.load(at=timezone.now()).issuing.certificate
    ours = issuing.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    text = f"{serial:X}"
    row = Certificate.objects.filter(serial=text if len(text) % 2 == 0 else f"0{text}").first()
    if key != ours or row is None:
        raise acme.Problem("malformed", "This names no certificate of ours.", status=404)
    return row

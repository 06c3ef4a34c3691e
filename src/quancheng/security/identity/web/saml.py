"""Signing in to departments' systems by SAML 2.0 Web Browser SSO (SAML Profiles 4.1), and out of them (4.4).

A request is read and judged where it comes in; what it asks for then travels in a ticket of our own, sealed, through
signing in, stepping up and consent, and is answered once.
"""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote_plus

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import adapters, queries, rules
from quancheng.security.identity.actions import saml as actions
from quancheng.security.identity.adapters import saml_keys
from quancheng.security.identity.config import config
from quancheng.security.identity.engine.saml import answers, bindings, metadata, requests, signatures, xml
from quancheng.security.identity.models import Account
from quancheng.security.identity.web.claims import OidcAdapter, attributes_of
from quancheng.security.identity.web.clients import NotForThisAccount
from quancheng.security.identity.web.sessions import this_session
from quancheng.security.pmi import public as pmi

TICKET: Final = "identity.saml"
# How long somebody may take to sign in, step up and agree.
LASTS: Final = timedelta(minutes=30)
METADATA: Final = "application/samlmetadata+xml"


class TicketOver(Refusal):
    code = "identity.saml-ticket-over"
    message = _("This took too long. Go back to the system and sign in again.")
    status = HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a system asked for, as it travels through our own pages. `at` is when it asked, in seconds since 1970."""

    client: str
    request: str
    consumer: str
    relay: str
    force: bool
    passive: bool
    name_format: str
    classes: list[str]
    comparison: str
    at: float
    tried: bool = False

    def address(self, **changes: Any) -> str:
        """Return the address that goes on with it."""
        sealed = signing.dumps({**asdict(self), **changes}, salt=TICKET, compress=True)
        return f"{reverse('identity:saml-continue')}?{urlencode({'t': sealed})}"


@dataclass(frozen=True, slots=True)
class Received:
    """A message that was sent here; `root` is what was signed, if anything was."""

    root: xml.Element
    client: queries.ClientView
    relay: str
    signed: bool
    by_post: bool


def provider_of(request: HttpRequest) -> metadata.Provider:
    """Return this site as its visitors address it."""
    names = ("identity:saml-metadata", "identity:saml-sign-on", "identity:saml-logout")
    return metadata.Provider(*(request.build_absolute_uri(reverse(name)) for name in names))


def received(request: HttpRequest, field: str) -> Received:
    """Read the message in `field`. :raises BadMessage: :raises BadSignature: :raises UnknownClient:"""
    by_post = request.method == "POST"
    if by_post:
        relay = bindings.relay(request.POST.get("RelayState", ""))
        root = xml.parse(bindings.decode(request.POST[field]))
    else:
        query = request.META.get("QUERY_STRING", "")
        raw = signatures.raw_fields(query)
        # Only what was signed is read: another spelling of a field's name would be another field to the signature.
        relay = bindings.relay(unquote_plus(raw.get("RelayState", "")))
        root = xml.parse(bindings.inflate(unquote_plus(raw.get(field, ""))))
    client = queries.saml_client(rules.saml_client(requests.issuer(root)))
    signed = signatures.is_signed(root) if by_post else "Signature" in raw
    if signed and by_post:
        root = signatures.verified(root, client.system.signing)
    elif signed:
        signatures.verify_query(query, field, client.system.signing)
    if rules.saml_client(requests.issuer(root)) != client.id:
        raise signatures.BadSignature
    return Received(root, client, relay, signed, by_post)


def send(request: HttpRequest, parcel: bindings.Parcel, client: queries.ClientView) -> HttpResponse:
    """Send a message through the browser: a page with one form or link, which goes off by itself where scripts run."""
    response = render(request, "identity/send.html", {"parcel": parcel, "client": client})
    response["Cache-Control"] = "no-store"
    response._csp_update = {"form-action": [rules.origin(parcel.address)]}  # type: ignore[attr-defined]
    return response


class Metadata(pmi.GuardedView):
    """What this site says of itself, signed."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        shown = [pair.certificate for pair in saml_keys.shown(now)]
        content = metadata.write(
            provider_of(request), key=actions.signing_key(now).private, certificates=shown,
            name=settings.WAGTAIL_SITE_NAME, at=now,
        )  # fmt: skip
        return HttpResponse(content, content_type=METADATA)


@method_decorator(csrf_exempt, name="dispatch")  # other sites send people here; nothing is done but going on
class SignOn(pmi.GuardedView):
    """Where systems send people to sign in (AuthnRequest, by redirect or by post)."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if "SAMLRequest" not in request.GET:
            # Opened by hand: show what stands here.
            return redirect("identity:saml-metadata")
        return self._take(request)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if "SAMLRequest" not in request.POST:
            raise xml.BadMessage(why=_("there is no request in it."))
        return self._take(request)

    def _take(self, request: HttpRequest) -> HttpResponseBase:
        now, message = timezone.now(), received(request, "SAMLRequest")
        client, system = message.client, message.client.system
        if system.signs_requests and not message.signed:
            raise signatures.SignatureMissing
        asked = requests.sign_on(
            message.root, system, destination=provider_of(request).sign_on, signed=message.signed, at=now
        )
        ticket = Ticket(
            client=client.id, request=asked.id, consumer=asked.consumer, relay=message.relay, force=asked.force,
            passive=asked.passive, name_format=asked.name_format, classes=list(asked.classes),
            comparison=asked.comparison, at=now.timestamp(),
        )  # fmt: skip
        if asked.beyond:
            return refuse(request, client, ticket, "Responder", asked.beyond)
        # A cookie of ours does not come along with a form that another site posts (SameSite), but it does from here on.
        return redirect(ticket.address())


def refuse(request: HttpRequest, client: queries.ClientView, ticket: Ticket, status: str, why: str) -> HttpResponse:
    """Answer a system that nobody is signed in there, and why (SAML Core 3.2.2.2)."""
    now = timezone.now()
    actions.answer_once(client.id, ticket.request, at=now)
    root = answers.refusal(
        status, why, issuer=provider_of(request).entity, recipient=ticket.consumer, in_response_to=ticket.request,
        at=now, key=actions.signing_key(now),
    )  # fmt: skip
    return send(request, bindings.by_post(ticket.consumer, "SAMLResponse", root, ticket.relay), client)


class Continue(pmi.GuardedView):
    """Signing in, stepping up and consent, on the way to the system."""

    action = pmi.PUBLIC

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "t" not in request.GET:
            # Opened by hand, as the two addresses above.
            return redirect("identity:saml-metadata")
        try:
            self.ticket = Ticket(**signing.loads(request.GET.get("t", ""), salt=TICKET, max_age=LASTS))
        except (signing.BadSignature, ValueError) as error:
            raise TicketOver from error
        self.client = queries.saml_client(self.ticket.client)
        # The system may have been changed since; only what is registered now is answered.
        if self.ticket.consumer not in {item.location for item in self.client.system.consumers}:
            raise requests.UnknownAddress
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self._go_on(agreed=False)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if request.POST.get("action") == "grant":
            return self._go_on(agreed=True)
        return self._refuse("NoAuthnContext" if request.POST.get("action") == "level" else "RequestDenied")

    def _refuse(self, why: str, status: str = "Responder") -> HttpResponseBase:
        return refuse(self.request, self.client, self.ticket, status, why)

    def _go_on(self, *, agreed: bool) -> HttpResponseBase:
        user, ticket = self.request.user, self.ticket
        proven = adapters.proven_at(self.request) if isinstance(user, Account) else None
        stale = ticket.force and (proven is None or proven.timestamp() < ticket.at)
        if not isinstance(user, Account) or stale:
            return self._refuse("NoPassive") if ticket.passive else self._prove(ticket.address())
        if user.kind not in self.client.audience:
            raise NotForThisAccount(name=self.client.name)
        shown = adapters.proofs_of(self.request)
        context = rules.context_for(ticket.classes, ticket.comparison, shown)
        name = actions.name_for(user, self.client, ticket.name_format, str(this_session(self.request)))
        if name is None:
            return self._refuse("InvalidNameIDPolicy", "Requester")
        if not context:
            return self._step_up(rules.assurance(shown))
        if agreed or self.client.skip_consent:
            return self._enter(user, name, context, proven)
        return (
            self._refuse("NoPassive")
            if ticket.passive
            else self._page("identity/saml_consent.html", scopes=self._told())
        )

    def _step_up(self, level: int) -> HttpResponseBase:
        ticket, needed = self.ticket, rules.level_for(self.ticket.classes, self.ticket.comparison)
        if ticket.passive or ticket.tried or needed > rules.KEY_LEVEL or level > needed:
            return self._refuse("NoAuthnContext")
        asks_factor = needed <= rules.TWO_FACTOR_LEVEL and adapters.has_second_factor(self.request.user)
        if asks_factor or level < rules.PASSWORD_LEVEL:
            return self._prove(ticket.address(tried=True))
        back = urlencode({"next": ticket.address(tried=True)})
        return self._page(
            "identity/saml_level.html",
            needs_certificate=needed > rules.TWO_FACTOR_LEVEL,
            certificate_url=f"{config.certificate_url}?{back}" if config.certificate_url else "",
        )

    def _prove(self, back: str) -> HttpResponse:
        if not self.request.user.is_authenticated:
            return redirect_to_login(back)
        return redirect(f"{adapters.way_to_prove(self.request)}?{urlencode({'next': back})}")

    def _told(self) -> list[Any]:
        return [OidcAdapter.scope_display[scope] for scope in self.client.scopes if scope in OidcAdapter.scope_display]

    def _page(self, template: str, **facts: Any) -> HttpResponse:
        response = render(self.request, template, {"client": self.client, **facts})
        response["Cache-Control"] = "no-store"
        return response

    def _enter(self, user: Account, name: answers.Name, context: str, proven: datetime | None) -> HttpResponse:
        now, entity, session = timezone.now(), provider_of(self.request).entity, this_session(self.request)
        client, ticket = self.client, self.ticket
        index = str(uuid.uuid5(session or uuid.uuid4(), client.id))
        actions.enter(
            user,
            actions.SignIn(client, ticket.request, entity, session),
            told={"name": name.value, "format": name.format, "index": index},
            to=ticket.consumer,
            at=now,
        )
        told = answers.Told(
            name=name,
            attributes=attributes_of(user, client.scopes),
            context=context,
            proven_at=proven or now,
            index=index,
            ends_at=now + timedelta(seconds=settings.SESSION_COOKIE_AGE),
        )
        root = answers.success(
            told,
            issuer=entity,
            audience=client.system.entity,
            recipient=ticket.consumer,
            in_response_to=ticket.request,
            at=now,
            key=actions.signing_key(now),
            encrypt_to=next(iter(client.system.encryption), ""),
        )
        return send(self.request, bindings.by_post(ticket.consumer, "SAMLResponse", root, ticket.relay), client)

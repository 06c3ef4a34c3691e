"""Where allauth asks the platform: who may sign up, what happens at sign-in, what the trail learns of it."""

import base64
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import zone
from quancheng.kernel.config import data_dir
from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import rules
from quancheng.security.identity.adapters import signing_out
from quancheng.security.identity.config import config
from quancheng.security.identity.models import Account, Session
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is for citizens, so it is open where the extranet is served. Every coming and going leaves a trace."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return zone.serves({zone.EXTRANET})

    def login(self, request: HttpRequest, user: Account) -> None:
        super().login(request, user)
        _record("identity.session.open", user.actor_id, user.name, request)

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        if isinstance(user, Account):
            _record("identity.session.close", user.actor_id, user.name, request)
        stamp = request.session.get(rules.SESSION)
        if stamp and isinstance(user, Account):
            with transaction.atomic():
                at = timezone.now()
                signing_out.end(Session.objects.filter(pk=stamp["id"]), at=at)
                # Systems that hear of it only through this browser (SAML): SessionMiddleware sends it past them.
                request.leaving = signing_out.for_browser(at=at, accounts=[user.pk])  # type: ignore[attr-defined]
        super().logout(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask once more only when the platform's own sensitive pages would: a fresh sign-in has shown it already."""
        return super().is_reauthentication_required(app=app, **kwargs) and not pmi.shown_lately(self.request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        # What was typed as a user name may be a password by mistake: only a name that exists goes into the trail.
        found = Account.objects.filter(username__iexact=str(credentials.get("username", ""))).first()
        subject = found.actor_id if found else "anonymous"
        _record("identity.session.open", subject, found.name if found else "", request, "identity.wrong-password")

    def _address(self, request: HttpRequest) -> str:
        return str(self.get_client_ip(request))


class MfaAdapter(DefaultMFAAdapter):
    """Secrets of second factors rest encrypted; staff who must have one cannot switch off the last."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _("The second factor may not be switched off: your organisation requires it."),
    }

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if not config.require_totp or authenticator.user.kind != Account.Kind.STAFF:
            return True
        proofs = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
        others = Authenticator.objects.filter(user=authenticator.user, type__in=proofs).exclude(pk=authenticator.pk)
        return others.exists()

    def get_totp_label(self, user: Account) -> str:
        return user.username


def signing_key() -> str:
    """Return the RSA key (PEM) that signs identity tokens, made on first use and kept in the site's data folder."""
    file = data_dir() / "openid-key.pem"
    if not file.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        # Written aside and linked into place, so that of several processes starting at once all read the same key.
        draft = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as new:
            new.write(made)
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text()


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address, read behind as many proxies as the site has (QC_PROXIES)."""
    return AccountAdapter(request)._address(request)


def proven_at(request: HttpRequest) -> datetime | None:
    """Return when the visitor last showed who they are in this session: by signing in, or again since."""
    records = get_authentication_records(request, request.user)
    return datetime.fromtimestamp(records[-1]["at"], UTC) if records else None


def sign_in_with(request: HttpRequest, user: Account, *, method: str, **facts: str) -> None:
    """Sign `user` in who has proven themselves by `method`, in a fresh session, and note it there and in the trail."""
    DefaultAccountAdapter.login(AccountAdapter(request), request, user)
    record_authentication(request, user, method, **facts)
    _record("identity.session.open", user.actor_id, user.name, request, detail={"method": method, **facts})


def enter_failure(request: HttpRequest, refusal: Refusal, *, action: str = "identity.session.open") -> None:
    """Enter in the trail that somebody could not sign in, and why."""
    _record(action, "anonymous", "", request, refusal.code)


def proofs_of(request: HttpRequest) -> frozenset[str]:
    """Return what the visitor has shown in this session (`rules.assurance` names the proofs)."""
    records = get_authentication_records(request, request.user)
    return frozenset(str(record.get("type") or record["method"]) for record in records)


def assurance_of(request: HttpRequest) -> int:
    """Return how surely the visitor has shown in this session who they are (`rules.assurance`)."""
    return rules.assurance(proofs_of(request))


def way_to_prove(request: HttpRequest) -> str:
    """Return the address at which the visitor shows once more who they are: the second factor where there is one."""
    methods = DefaultAccountAdapter(request).get_reauthentication_methods(request.user)
    return methods[-1]["url"] if methods else reverse("account_login")


def has_second_factor(user: object) -> bool:
    """Test whether somebody can show a second factor."""
    return bool(is_mfa_enabled(user))


def way_past(notices: list[str], **end: object) -> str:
    """Return the address that leads a browser past the systems of these notices, and then to the `end`."""
    ticket = signing.dumps({"notices": notices, **end}, salt=rules.LEAVING, compress=True)
    return f"{reverse('identity:saml-leave')}?{urlencode({'way': ticket})}"


def _cipher() -> Fernet:
    # A key of its own purpose from the site's secret (RFC 5869), so that a stolen database alone opens nothing.
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"quancheng identity mfa").derive(
        settings.SECRET_KEY.encode()
    )
    return Fernet(base64.urlsafe_b64encode(key))


def _record(
    action: str,
    actor_id: str,
    name: str,
    request: HttpRequest,
    outcome: str = "done",
    *,
    detail: Mapping[str, str] | None = None,
) -> None:
    address = address_of(request)
    subjects = (actor_id,) if actor_id != "anonymous" else ()
    trail.record(
        action=action,
        actor_id=actor_id,
        actor_name=name,
        outcome=outcome,
        subjects=subjects,
        detail={"address": address, **(detail or {})},
    )

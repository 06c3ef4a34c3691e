"""Keys in a PKCS#11 token (an HSM, a card, SoftHSM): made in it, used in it, never out of it.

One session a process, opened at first use and again after a fork or when the token was away. Every signature looks its
key up, so that a key that was removed is missed at once.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

import pkcs11
from cryptography.hazmat.primitives.asymmetric import utils
from django.utils.translation import gettext_lazy as _
from pkcs11.util.ec import encode_named_curve_parameters

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki.engine import der, keys
from quancheng.security.pki.engine.suites import MODERN, Suite

SCHEME: Final = b"pkcs11:"
_HALF: Final = 32
# A SubjectPublicKeyInfo on P-256 begins like this; an uncompressed point follows.
_P256_PUBLIC: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_PRIVATE: Final = {
    pkcs11.Attribute.SENSITIVE: True,
    pkcs11.Attribute.EXTRACTABLE: False,
    pkcs11.Attribute.PRIVATE: True,
    pkcs11.Attribute.SIGN: True,
}


class TokenUnreachable(Refusal):
    """The token, its slot or its library is not there, or does not do what it should."""

    code = "pki.token-unreachable"
    message = _("The key token %(token)s cannot be used: %(why)s.")
    status = 503


class WrongPin(Refusal):
    """The token refused the PIN; it is not shown to it again, for tokens lock themselves after a few attempts."""

    code = "pki.wrong-pin"
    message = _("The key token %(token)s refuses the PIN. It is not shown to it again, or the token would lock itself.")
    status = 503


class KeyGone(Refusal):
    """The token no longer holds a key that a certificate of ours needs."""

    code = "pki.key-gone"
    message = _("The key %(key)s is not in the key token %(token)s.")
    status = 503


class NotInTokens(Refusal):
    """PKCS#11 names no mechanism for the suite guomi; each maker has its own."""

    code = "pki.suite-not-in-tokens"
    message = _("Keys of the suite %(suite)s are kept in encrypted files: PKCS#11 has no standard mechanism for SM2.")


@dataclass(slots=True, eq=False)
class Token:
    """A token by its label, reached through a PKCS#11 library; `pin` is the user's."""

    module: str
    label: str
    pin: str = field(repr=False)
    _session: Any = field(default=None, repr=False)
    _pid: int = 0
    _refused: bool = False
    _lock: Lock = field(default_factory=Lock, repr=False)

    def new(self, suite: Suite) -> tuple["TokenKey", bytes]:
        """Return a new key and its address (a PKCS#11 URI, RFC 7512).

        :raises NotInTokens: when the suite is not MODERN.
        :raises TokenUnreachable: or another refusal when the token does not make it.
        """
        if suite is not MODERN:
            raise NotInTokens(suite=suite.code)
        identifier = secrets.token_bytes(16)
        point = self._do(lambda session: self._generate(session, identifier))
        public = keys.read(_P256_PUBLIC + der.single(point).content)
        address = b"pkcs11:token=%b;id=%b" % (quote(self.label, safe="").encode(), _percent(identifier).encode())
        return TokenKey(self, identifier, public), address

    @staticmethod
    def _generate(session: Any, identifier: bytes) -> bytes:
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        public, _private = parameters.generate_keypair(
            store=True,
            id=identifier,
            label=f"quancheng {identifier.hex()[:8]}",
            capabilities=pkcs11.MechanismFlag.SIGN | pkcs11.MechanismFlag.VERIFY,
            private_template=_PRIVATE,
        )
        return bytes(public[pkcs11.Attribute.EC_POINT])

    def open(self, address: bytes) -> "TokenKey":
        """Return the key at an address.

        :raises KeyGone: when it is not in this token.
        :raises TokenUnreachable: or another refusal when the token does not answer.
        """
        parts = dict(part.split(b"=", 1) for part in address.strip().removeprefix(SCHEME).split(b";"))
        label, identifier = unquote_to_bytes(parts[b"token"]).decode(), unquote_to_bytes(parts[b"id"])
        if label != self.label:
            raise KeyGone(key=identifier.hex(), token=self.label)
        point = self._do(lambda session: self._point(session, identifier), key=identifier)
        return TokenKey(self, identifier, keys.read(_P256_PUBLIC + der.single(point).content))

    @staticmethod
    def _point(session: Any, identifier: bytes) -> bytes:
        session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, id=identifier)
        found = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, id=identifier)
        return bytes(found[pkcs11.Attribute.EC_POINT])

    def sign(self, identifier: bytes, digest: bytes) -> bytes:
        """Return r and s, one after the other, over a digest. :raises KeyGone: when the key is not in the token."""

        def do(session: Any) -> bytes:
            key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, id=identifier)
            return bytes(key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))

        return self._do(do, key=identifier)

    def _do(self, work: Callable[[Any], bytes], *, key: bytes = b"") -> bytes:
        """Return what `work` does with the session; a session that broke is opened once more."""
        with self._lock:
            try:
                try:
                    return work(self._open())
                except (pkcs11.NoSuchKey, pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.NoSuchToken):
                    raise
                except pkcs11.PKCS11Error:
                    self._session = None
                    return work(self._open(anew=True))
            except pkcs11.NoSuchKey:
                raise KeyGone(key=key.hex(), token=self.label) from None
            except (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinLenRange):
                self._refused = True
                raise WrongPin(token=self.label) from None
            except pkcs11.NoSuchToken:
                raise TokenUnreachable(token=self.label, why=_("there is no token with this label")) from None
            except pkcs11.PKCS11Error as error:
                self._session = None
                raise TokenUnreachable(token=self.label, why=type(error).__name__) from error
            except (RuntimeError, OSError) as error:
                raise TokenUnreachable(token=self.label, why=str(error)) from error

    def _open(self, *, anew: bool = False) -> Any:
        if self._refused:
            raise WrongPin(token=self.label)
        if self._session is not None and self._pid == os.getpid():
            return self._session
        if not self.module or not Path(self.module).exists():
            raise TokenUnreachable(token=self.label, why=_("the PKCS#11 library is not there"))
        library = pkcs11.lib(self.module)
        if anew or (self._pid and self._pid != os.getpid()):
            # A library belongs to the process that woke it, and it sees tokens that came later only when woken again.
            library.reinitialize()
        self._session = library.get_token(token_label=self.label).open(rw=True, user_pin=self.pin)
        self._pid = os.getpid()
        return self._session


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A P-256 key in a token."""

    token: Token
    identifier: bytes
    public: keys.Public
    suite: Suite = MODERN

    def sign(self, content: bytes) -> bytes:
        """Return the ECDSA signature with SHA-256 over `content`, DER."""
        both = self.token.sign(self.identifier, sha256(content).digest())
        r, s = (int.from_bytes(both[at : at + _HALF], "big") for at in (0, _HALF))
        return utils.encode_dss_signature(r, s)


def _percent(content: bytes) -> str:
    return "".join(f"%{byte:02X}" for byte in content)

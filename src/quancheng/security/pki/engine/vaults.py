"""Where this site keeps private keys: in encrypted files, or in a PKCS#11 token. One way to make and to open them.

A key's file under `keys/` holds either the encrypted key or its address in the token, so that a site may move on to a
token while its older keys serve out their time.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import config
from quancheng.security.pki.engine import keys, tokens
from quancheng.security.pki.engine.suites import Suite


class UnknownVault(Refusal):
    """QC_PKI_KEYS names no place that is known."""

    code = "pki.unknown-vault"
    message = _("Keys are kept in “file” or in “pkcs11”, not in “%(vault)s”.")


class Vault(Protocol):
    """A place for private keys."""

    def new(self, suite: Suite) -> tuple[keys.Key, bytes]:
        """Return a new key, and what its file shall hold."""
        ...

    def open(self, content: bytes) -> keys.Key:
        """Return the key of a file. :raises ValueError: when it does not open. :raises Refusal: when it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Files:
    """Keys in files, each encrypted with the passphrase."""

    passphrase: bytes = field(repr=False)

    def new(self, suite: Suite) -> tuple[keys.FileKey, bytes]:
        """Return a new key, and its encrypted PKCS#8 (PEM)."""
        key = keys.new(suite)
        return key, key.to_pem(self.passphrase)

    def open(self, content: bytes) -> keys.FileKey:
        """Return the key of a file. :raises ValueError: when the passphrase is wrong or it holds no key of ours."""
        return keys.open_file(content, self.passphrase)


def here(*, passphrase: bytes | None = None) -> Vault:
    """Return where this site makes new keys; files are encrypted with `passphrase`, by default the site's.

    :raises UnknownVault: when the settings name another place.
    """
    kind = config.settings().keys
    if kind == "pkcs11":
        return token()
    if kind != "file":
        raise UnknownVault(vault=kind)
    return Files(passphrase or config.passphrase())


def open_key(content: bytes, *, passphrase: bytes | None = None) -> keys.Key:
    """Return the key of a file, wherever it is kept.

    :raises ValueError: when the passphrase is wrong or it holds no key of ours.
    :raises Refusal: when it lies in a token that does not give it.
    """
    if content.startswith(tokens.SCHEME):
        return token().open(content)
    return Files(passphrase or config.passphrase()).open(content)


def token() -> tokens.Token:
    """Return the token of the settings."""
    found = config.settings()
    pin = found.pkcs11_pin or (Path(found.pkcs11_pin_file).read_text().strip() if found.pkcs11_pin_file else "")
    return _token(found.pkcs11_module, found.pkcs11_label, pin)


@lru_cache(maxsize=8)
def _token(module: str, label: str, pin: str) -> tokens.Token:
    return tokens.Token(module, label, pin)

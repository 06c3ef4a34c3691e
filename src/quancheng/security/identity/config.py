"""This app's settings."""

from dataclasses import dataclass

from quancheng.kernel.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_IDENTITY_*.

    `require_totp`: staff may work only after they have enrolled a second factor. `delegation_days`: how long a post may
    be delegated at most. `invitation_hours`, `code_hours`: how long the link to a new account, and the code that is
    handed over instead, can be taken up. `proxy_secret`: what the proxy that ends TLS proves itself with when it passes
    on a certificate, at least 32 characters; without one nobody signs in with a certificate. `proxy_addresses`: from
    where it calls. `certificate_url`: the address at which it asks browsers for certificates, shown on the login page.
    """

    require_totp: bool = False
    delegation_days: int = 90
    invitation_hours: int = 72
    code_hours: int = 24
    proxy_secret: str = ""
    proxy_addresses: str = "127.0.0.1,::1"
    certificate_url: str = ""


config = read(Config, prefix="QC_IDENTITY_")

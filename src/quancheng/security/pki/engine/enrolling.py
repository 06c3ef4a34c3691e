"""What a holder brings: a certificate request (PKCS#10, RFC 2986), its key, and the names it may stand for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import assembling, chains, keys

LARGEST = 64 * 1024
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


class Unfit(ValueError):
    """A request that cannot become a certificate; the message says why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request whose signature fits its key.

    `names` are the DNS names it asks for, in lower case; `common` is its subject's common name, empty without one.
    """

    public: keys.Public
    names: tuple[str, ...]
    der: bytes
    common: str = ""

    @property
    def key_digest(self) -> str:
        """The SHA-256 of the public key, in hex."""
        return self.public.digest


def read(content: bytes) -> Wish:
    """Return what a CSR (PEM or DER) asks for. :raises Unfit: when it is damaged, unsigned or its key too weak."""
    (found,) = read_many([content])
    if isinstance(found, Unfit):
        raise found
    return found


def read_many(contents: Iterable[bytes]) -> list[Wish | Unfit]:
    """Return what each CSR (PEM or DER) asks for, or why it cannot become a certificate."""
    opened = [_opened(content) for content in contents]
    held = iter(assembling.hold([item[1] for item in opened if not isinstance(item, Unfit)]))
    return [
        item if isinstance(item, Unfit)
        else item[0] if next(held)
        else Unfit(_("the request is not signed by its own key"))
        for item in opened
    ]  # fmt: skip


def _opened(content: bytes) -> tuple[Wish, assembling.Proof] | Unfit:
    """Return what a request asks for, with the proof that is to be tested."""
    if len(content) > LARGEST:
        return Unfit(_("the request is too large"))
    try:
        load = x509.load_pem_x509_csr if b"-----BEGIN" in content else x509.load_der_x509_csr
        request = load(content)
        whole = request.public_bytes(serialization.Encoding.DER)
        proof = assembling.request_proof(request, whole)
        common = [str(item.value) for item in request.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
        return Wish(proof.public, _names(request, common), whole, common[0] if common else ""), proof
    except Unfit as error:
        return error
    except keys.Unaccepted:
        return Unfit(_("the key must be P-256, P-384, SM2 or RSA with 2048 to 4096 bits"))
    except chains.DAMAGED:
        return Unfit(_("the request cannot be read"))


def _names(request: x509.CertificateSigningRequest, common: list[str]) -> tuple[str, ...]:
    try:
        found = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return tuple(item.lower() for item in common if is_dns_name(item.lower()))
    if any(not isinstance(item, x509.DNSName) for item in found):
        raise Unfit(_("the request asks for names that are no DNS names"))
    names = dict.fromkeys(item.value.lower() for item in found if isinstance(item, x509.DNSName))
    return tuple(names)


def is_dns_name(name: str) -> bool:
    """Test whether `name` is a full host name in lower case, perhaps with `*.` in front."""
    labels = name.removeprefix("*.").split(".")
    whole = len(name) <= 253 and len(labels) >= 2 and not labels[-1].isdigit()
    return whole and all(LABEL.fullmatch(label) for label in labels)


def check_names(names: Sequence[str], issuer: x509.Certificate) -> None:
    """Check that the names are DNS names which the authority may vouch for (RFC 5280 section 4.2.1.10).

    :raises Unfit: when one is not.
    """
    permitted, excluded = constraints(issuer)
    for name in names:
        if not is_dns_name(name):
            raise Unfit(_("%(name)s is no DNS name") % {"name": name})
        bare = name.removeprefix("*.")
        outside = permitted is not None and not any(below(bare, top) for top in permitted)
        if outside or any(below(bare, top) for top in excluded):
            raise Unfit(_("the authority may not vouch for %(name)s") % {"name": name})


def constraints(issuer: x509.Certificate) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Return the DNS trees that an authority may and may not vouch for; None when it may for any."""
    try:
        found = issuer.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return None, ()
    permitted, excluded = (
        tuple(item.value for item in trees or () if isinstance(item, x509.DNSName))
        for trees in (found.permitted_subtrees, found.excluded_subtrees)
    )
    return permitted or None, excluded


def below(name: str, top: str) -> bool:
    """Test whether `name` is `top` or a name in its tree."""
    top = top.lower().lstrip(".")
    return not top or name == top or name.endswith(f".{top}")

#!/usr/bin/env python3
"""Verifies the timestamps in an export of Quancheng's trail (folder or .zip) without Quancheng.

    python verify_stamps.py trail.zip --trust city-root.pem [--trust other-root.pem] [--need-both]

Every checkpoint may carry two tokens (RFC 3161) of two independent authorities; both are checked down to a certificate
in the files that you trust. Needs Python 3.11 and `cryptography`; tokens signed with SM2 are for `openssl ts -verify`.
Names all that is wrong; exits 0 when nothing is. What the checkpoints say is for verify_trail.py.
"""

# ruff: noqa: T201
import argparse
import base64
import hashlib
import json
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

TSTINFO, DIGEST, SIGNED_DATA = (
    bytes.fromhex(text) for text in ("060b2a864886f70d0109100104", "06092a864886f70d010904", "06092a864886f70d010702")
)
HASHES = {
    bytes.fromhex(f"060960864801650304020{number}"): kind
    for number, kind in ((1, hashes.SHA256()), (2, hashes.SHA384()), (3, hashes.SHA512()))
}
STAMPING = [x509.oid.ExtendedKeyUsageOID.TIME_STAMPING]


class Wrong(Exception): ...


UNREADABLE = (OSError, LookupError, ValueError, TypeError, AttributeError, zipfile.BadZipFile, UnsupportedAlgorithm)
FAULTS = (Wrong, InvalidSignature, x509.ExtensionNotFound, *UNREADABLE)


def demand(holds, sentence):
    if not holds:
        raise Wrong(sentence)


def words(error):
    return str(error) if isinstance(error, Wrong) else f"it cannot be read or does not fit ({error!r})"


def values(data):
    """Return the values that follow one another in DER as (tag, content, all its bytes)."""
    found, at = [], 0
    while at < len(data):
        start, size, at = at, data[at + 1], at + 2
        if size > 127:
            at, size = at + size - 128, int.from_bytes(data[at : at + size - 128], "big")
        demand(at + size <= len(data), "a value ends too early")
        found.append((data[start], data[at : at + size], data[start : at + size]))
        at += size
    return found


def issued(lower, upper):
    """Test whether `upper` is an authority and signed `lower`."""
    try:
        lower.verify_directly_issued_by(upper)
        return upper.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False


def check_way(signer, offered, trusted, at):
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    demand(usage.critical and list(usage.value) == STAMPING, "the certificate is not for timestamps alone")
    for _depth in range(8):
        demand(signer.not_valid_before_utc <= at <= signer.not_valid_after_utc, "a certificate was not valid then")
        if signer in trusted:
            return
        above = [item for item in (*trusted, *offered) if item != signer and issued(signer, item)]
        demand(above, "its certificate does not lead to one that you trust")
        signer = above[0]
    raise Wrong("its certificate does not lead to one that you trust")


def check_token(token, content, trusted):
    """Check a token over `content`; return its signer's certificate and the time that it states."""
    kind, explicit = values(values(token)[0][1])
    demand(kind[2] == SIGNED_DATA, "it is no signed message")
    parts = values(values(explicit[1])[0][1])
    (name, wrapped), infos = values(parts[2][1]), values(parts[-1][1])
    demand(name[2] == TSTINFO and len(infos) == 1, "it is no timestamp token")
    stated = values(wrapped[1])[0][1]
    brought = [x509.load_der_x509_certificate(item[2]) for part in parts if part[0] == 0xA0 for item in values(part[1])]
    _version, sid, hashed, signed, _algorithm, signature = values(infos[0][1])[:6]
    demand(sid[0] == 0x30 and signed[0] == 0xA0, "its signer is not named by issuer and number")
    issuer, number = values(sid[1])
    number = int.from_bytes(number[1], "big", signed=True)
    mine = [item for item in brought if item.issuer.public_bytes() == issuer[2] and item.serial_number == number]
    demand(mine, "it does not bring its signer's certificate")
    demand(values(hashed[1])[0][2] in HASHES, "its digest is none of SHA-2: check it with openssl")
    hashed = HASHES[values(hashed[1])[0][2]]
    attributes = {values(item[1])[0][2]: values(values(item[1])[1][1])[0][1] for item in values(signed[1])}
    demand(attributes[DIGEST] == hashlib.new(hashed.name, stated).digest(), "what it states was changed")
    key, body = mine[0].public_key(), b"\x31" + signed[2][1:]
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature[1], body, ec.ECDSA(hashed))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature[1], body, padding.PKCS1v15(), hashed)
    else:
        raise Wrong("its key is neither ECDSA nor RSA: check it with openssl")
    _version, _policy, imprint, _serial, time = values(values(stated)[0][1])[:5]
    over, digest = values(imprint[1])
    kind = HASHES.get(values(over[1])[0][2])
    demand(kind and hashlib.new(kind.name, content).digest() == digest[1], "it is over something else")
    at = datetime.strptime(time[1].decode()[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    check_way(mine[0], brought, trusted, at)
    return mine[0], at


def called(certificate):
    return ", ".join(str(item.value) for item in certificate.subject if item.oid != x509.NameOID.COUNTRY_NAME)


def check(folder, trusted, need_both):
    """Check all tokens in the folder of an export; print what they show and what is wrong."""
    counts, problems, latest = {"token": 0, "second": 0}, [], ""
    for line in (folder / "checkpoints.jsonl").read_text(encoding="utf-8").splitlines():
        item, signers = json.loads(line), []
        for kind in counts:
            place = f"checkpoint {item['size']}, {'first' if kind == 'token' else 'second'} timestamp"
            try:
                if item.get(kind):
                    token = base64.b64decode(item[kind], validate=True)
                    signer, at = check_token(token, item["text"].encode(), trusted)
                    demand(signer not in signers, "both tokens are by one authority")
                    signers.append(signer)
                    counts[kind] += 1
                    latest += f"\n{place}: {at:%Y-%m-%d %H:%M:%S} UTC by {called(signer)}"
                else:
                    demand(kind == "token" or not (need_both and item["token"]), "there is none")
            except FAULTS as error:
                problems.append((place, words(error)))
    print(f"{counts['token']} first and {counts['second']} second timestamps are genuine; the last:")
    print("\n".join(latest.split("\n")[-2:]))
    for place, sentence in problems:
        print(f"WRONG: {place}: {sentence}")
    print(f"{len(problems)} problems" if problems else "The timestamps are sound.")
    return 1 if problems else 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="an export (folder or .zip)")
    parser.add_argument("--trust", action="append", default=[], type=Path, required=True, help="certificates (PEM)")
    parser.add_argument("--need-both", action="store_true", help="a checkpoint with one token alone is wrong")
    wish = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            trusted = [item for file in wish.trust for item in x509.load_pem_x509_certificates(file.read_bytes())]
            if wish.path.is_file():
                zipfile.ZipFile(wish.path).extract("checkpoints.jsonl", scratch)
            return check(Path(scratch) if wish.path.is_file() else wish.path, trusted, wish.need_both)
        except FAULTS as error:
            print(f"WRONG: {wish.path.name}: {words(error)}")
            return 1


if __name__ == "__main__":
    sys.exit(main())

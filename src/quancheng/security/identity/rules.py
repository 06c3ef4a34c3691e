"""Identity numbers, mobile numbers and organisation paths: decisions on plain text."""

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS: Final = "10X98765432"
MOBILE: Final = re.compile(r"1[3-9]\d{9}")
# Where a session keeps the seat that its owner has chosen to act in.
SEAT: Final = "identity.seat"
# What departments' systems may ask for at sign-in, and how (OpenID Connect Core 1.0; RFC 6749, 7636).
SCOPES: Final = ("openid", "profile", "email", "posts")
GRANT_TYPES: Final = ("authorization_code", "refresh_token", "client_credentials")
SESSION: Final = "identity.session"
LEAVING: Final = "identity.leaving"
# How surely somebody shows who they are, by what they show (after NIST SP 800-63B, section 4).
PASSWORD_LEVEL, TWO_FACTOR_LEVEL, KEY_LEVEL = 1, 2, 3
KEYS: Final = frozenset({"webauthn", "certificate"})
SECOND_FACTORS: Final = frozenset({"totp", "recovery_codes"})
# The number of an official document: who issues it, the year in brackets, the serial (GB/T 9704-2012, 7.2.5).
DOCUMENT: Final = re.compile(r"[^\W\d_]{1,20}〔(?:19|20)\d{2}〕[1-9]\d{0,5}号")
CODE: Final = re.compile(r"[0-9a-z][0-9a-z-]*")


def check_character(first_seventeen: str) -> str:
    """Return the eighteenth character of an identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return CHECK_CHARACTERS[
        sum(int(digit) * weight for digit, weight in zip(first_seventeen, WEIGHTS, strict=True)) % 11
    ]


def normal_identity_number(text: str) -> str:
    """Return `text` as it is stored: without blanks, with a capital X."""
    return re.sub(r"\s", "", text).upper()


def is_identity_number(text: str, *, today: date = date.max) -> bool:
    """Test a citizen's identity number: 18 characters, a real birthday not after `today`, the right check character."""
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", text, re.ASCII) or check_character(text[:17]) != text[17]:
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return date(1880, 1, 1) <= born <= today


def is_mobile(text: str) -> bool:
    """Test a mobile number of the mainland: eleven digits, beginning with 13 to 19."""
    return bool(MOBILE.fullmatch(text))


def is_code(text: str) -> bool:
    """Test an organisation code: small letters, digits and hyphens, so that it can stand in a path and a URL."""
    return bool(CODE.fullmatch(text))


def masked_identity_number(text: str) -> str:
    """Return the number with everything hidden that tells the person apart: 3701**********1234."""
    return f"{text[:4]}{'*' * (len(text) - 8)}{text[-4:]}" if len(text) > 8 else "*" * len(text)


def masked_mobile(text: str) -> str:
    """Return the number with its middle hidden: 138****0000."""
    return f"{text[:3]}****{text[-4:]}" if len(text) == 11 else "*" * len(text)


def document_number(text: str) -> str:
    """Return the number of an official document as it is written (GB/T 9704-2012), e.g. 济政发〔2026〕12号.

    Other brackets and blanks are put right; the answer is empty when `text` is no such number.
    """
    written = re.sub(r"[\[\(（【［](\d{4})[\]\)）】］]", r"〔\1〕", re.sub(r"\s", "", text))
    return written if DOCUMENT.fullmatch(written) else ""


def lowest_cover(paths: Iterable[str], *, without: str) -> list[str]:
    """Return `paths` without those at or below another one of them or `without`, sorted."""
    found: list[str] = []
    for path in sorted({path for path in paths if not path.startswith(without)}):
        if not found or not path.startswith(found[-1]):
            found.append(path)
    return found


def path_of(code: str, *, parent: str = "") -> str:
    """Return the path of an organisation below the path `parent`, e.g. 370100/370100-spfw/."""
    return f"{parent}{code}/"


def ancestors(path: str) -> tuple[str, ...]:
    """Return the paths above `path` and itself, the root first."""
    codes = path.rstrip("/").split("/")
    return tuple("/".join(codes[: length + 1]) + "/" for length in range(len(codes)))


def in_order_of_tree(ranks: Mapping[str, int]) -> list[str]:
    """Return the paths of `ranks`, parents before children, siblings by rank and then by code."""
    return sorted(ranks, key=lambda path: [(ranks.get(step, 0), step) for step in ancestors(path)])


def common_path(paths: Iterable[str]) -> str:
    """Return the lowest path at or above all of `paths`, empty when they share nothing."""
    lines = [ancestors(path) for path in paths]
    shared = [step[0] for step in zip(*lines, strict=False) if len(set(step)) == 1]
    return shared[-1] if shared else ""


def department(path: str) -> str:
    """Return the path of the department that `path` belongs to: two codes deep, or the whole path when shorter."""
    return ancestors(path)[:2][-1]


BROWSERS: Final = (
    ("MicroMessenger", "微信"), ("Edg", "Edge"), ("OPR", "Opera"), ("QQBrowser", "QQ浏览器"), ("Firefox", "Firefox"),
    ("HeadlessChrome", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("UOS", "统信 UOS"), ("Kylin", "麒麟"), ("Linux", "Linux"),
)  # fmt: skip


def device(user_agent: str) -> str:
    """Return the browser and system that a User-Agent header names, e.g. "Chrome · Windows"; empty when neither."""
    found = (next((name for mark, name in marks if mark in user_agent), "") for marks in (BROWSERS, SYSTEMS))
    return " · ".join(name for name in found if name)


def is_callback(address: str) -> bool:
    """Test an address to which a sign-in may return: https, or http on this very machine (RFC 8252), no fragment."""
    try:
        parts = urlsplit(address)
        loopback = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
        return bool(
            parts.hostname and (parts.scheme == "https" or loopback) and not parts.fragment and "*" not in address
        )
    except ValueError:
        return False


def origin(address: str) -> str:
    """Return scheme, host and port of an address, as a content security policy names them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def assurance(shown: Iterable[str]) -> int:
    """Return how surely somebody is known who has shown these proofs in one session: 0 none, up to 3.

    A proof is `webauthn`, `certificate`, `totp`, `recovery_codes`, or anything else that counts as much as a password.
    A second factor alone counts no more than a password alone.
    """
    proofs = set(shown)
    if proofs & KEYS:
        return KEY_LEVEL
    if proofs & SECOND_FACTORS and proofs - SECOND_FACTORS:
        return TWO_FACTOR_LEVEL
    return PASSWORD_LEVEL if proofs else 0


def fingerprint(lines: Iterable[str]) -> str:
    """Return a short digest of `lines` and their order, by which a page knows again what it has shown."""
    return sha256("\n".join(lines).encode()).hexdigest()[:32]


def is_token(text: str) -> bool:
    """Test whether `text` can be a code or token of ours: visible ASCII characters (RFC 6749, appendix A), not many."""
    return bool(re.fullmatch(r"[\x21-\x7e]{1,200}", text))


# How signing keys of SAML follow one another: announced this long before they sign, shown this long after, made anew
# this long before the certificate ends.
KEY_ANNOUNCED: Final = timedelta(days=7)
KEY_KEPT: Final = timedelta(days=30)
KEY_EARLY: Final = timedelta(days=60)


def signing_now(made: Sequence[datetime], at: datetime) -> int:
    """Return the place of the key that signs, of keys made at these moments, the oldest first: the newest that was
    announced long enough, or the oldest when none was."""
    ready = [place for place, moment in enumerate(made) if moment + KEY_ANNOUNCED <= at]
    return ready[-1] if ready else 0


def shown_now(made: Sequence[datetime], at: datetime) -> tuple[int, ...]:
    """Return the places of the keys that others must know: the one that signs first, those to come, those just past."""
    current = signing_now(made, at)
    past = [place for place in range(current) if made[place + 1] + KEY_ANNOUNCED + KEY_KEPT > at]
    return (current, *range(current + 1, len(made)), *past)


# What departments' systems may ask for as classes of authentication (SAML Authentication Context 3.4; REFEDS MFA), the
# level of each, and the proof that it needs beside.
PASSWORD_CONTEXT: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"  # noqa: S105
FACTORS_CONTEXT: Final = "https://refeds.org/profile/mfa"
CERTIFICATE_CONTEXT: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509"
UNSPECIFIED_CONTEXT: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"
CONTEXTS: Final[Mapping[str, tuple[int, str]]] = {
    UNSPECIFIED_CONTEXT: (0, ""),
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Password": (PASSWORD_LEVEL, ""),
    PASSWORD_CONTEXT: (PASSWORD_LEVEL, ""),
    "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken": (TWO_FACTOR_LEVEL, "totp"),
    FACTORS_CONTEXT: (TWO_FACTOR_LEVEL, ""),
    CERTIFICATE_CONTEXT: (KEY_LEVEL, "certificate"),
    "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient": (KEY_LEVEL, "certificate"),
}


def context_of(shown: Iterable[str]) -> str:
    """Return the class that says best what somebody has shown in this session."""
    proofs = set(shown)
    if "certificate" in proofs:
        return CERTIFICATE_CONTEXT
    level = assurance(proofs)
    return FACTORS_CONTEXT if level >= TWO_FACTOR_LEVEL else PASSWORD_CONTEXT if level else UNSPECIFIED_CONTEXT


def context_for(asked: Sequence[str], comparison: str, shown: Iterable[str]) -> str:
    """Return the class that answers a request for these (SAML Core 3.3.2.2.1), empty when what was shown does not do.

    `comparison` is exact, minimum, better or maximum, of the levels. Classes that nobody here knows are passed over.
    """
    proofs = set(shown)
    level, known = assurance(proofs), [name for name in asked if name in CONTEXTS]
    if not asked:
        return context_of(proofs)
    if not known:
        return ""
    levels = [CONTEXTS[name][0] for name in known]
    if comparison == "exact":
        return next((name for name in known if _is_shown(name, level, proofs)), "")
    fits = {
        "minimum": level >= min(levels),
        "better": level > max(levels),
        "maximum": 0 < level <= max(levels),
    }
    return context_of(proofs) if fits[comparison] else ""


def level_for(asked: Sequence[str], comparison: str) -> int:
    """Return the lowest level that may answer such a request; beyond the highest one when none can."""
    levels = [CONTEXTS[name][0] for name in asked if name in CONTEXTS]
    if not levels:
        return KEY_LEVEL + 1
    return {"better": max(levels) + 1, "maximum": PASSWORD_LEVEL}.get(comparison, min(levels))


def _is_shown(name: str, level: int, proofs: Set[str]) -> bool:
    needed, proof = CONTEXTS[name]
    return level >= needed and (not proof or proof in proofs)


def pairwise(secret: bytes, *parts: str) -> str:
    """Return a name for somebody that tells nobody who they are, and is another one at every system."""
    return hmac.new(secret, "\0".join(parts).encode(), sha256).hexdigest()


def saml_client(entity: str) -> str:
    """Return under which identifier the system is registered that calls itself `entity`."""
    return f"saml-{sha256(entity.encode(errors='surrogatepass')).hexdigest()[:40]}"

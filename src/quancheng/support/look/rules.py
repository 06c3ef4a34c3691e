"""What look decides on plain values: icons, words for states, how dates, sums and identity numbers are written."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


def pgettext(_context: str, text: str) -> str:
    """Mark `text` for makemessages and return it as it is; the template tag translates it."""
    return text


# Our name -> the drawing's name in @tabler/icons (MIT). scripts/vendor.py assembles exactly these into one sprite.
ICONS = {
    "home": "home",
    "search": "search",
    "menu": "menu-2",
    "close": "x",
    "user": "user",
    "users": "users",
    "people": "users-group",
    "id": "id",
    "login": "login-2",
    "logout": "logout",
    "bell": "bell",
    "mail": "mail",
    "message": "message-2",
    "messages": "messages",
    "phone": "phone",
    "help": "help-circle",
    "info": "info-circle",
    "check": "check",
    "done": "circle-check",
    "warning": "alert-triangle",
    "overdue": "clock-exclamation",
    "near": "clock-hour-9",
    "normal": "clock-check",
    "stopped": "player-pause",
    "play": "player-play",
    "refused": "circle-x",
    "wait": "hourglass",
    "clock": "clock",
    "calendar": "calendar",
    "calendar-due": "calendar-due",
    "stamp": "rubber-stamp",
    "seal": "certificate",
    "licence": "license",
    "document": "file-text",
    "documents": "files",
    "folder": "folder",
    "archive": "archive",
    "upload": "upload",
    "download": "download",
    "print": "printer",
    "attach": "paperclip",
    "link": "link",
    "external": "external-link",
    "edit": "pencil",
    "sign": "writing-sign",
    "add": "plus",
    "remove": "minus",
    "delete": "trash",
    "filter": "filter",
    "sort": "arrows-sort",
    "settings": "settings",
    "more": "dots",
    "up": "chevron-up",
    "down": "chevron-down",
    "left": "chevron-left",
    "right": "chevron-right",
    "back": "arrow-left",
    "next": "arrow-right",
    "return": "arrow-back-up",
    "forward": "arrow-forward-up",
    "exchange": "arrows-exchange",
    "route": "route",
    "drawing": "sitemap",
    "process": "timeline-event",
    "timeline": "timeline",
    "list": "list",
    "table": "table",
    "grid": "layout-grid",
    "chart": "chart-bar",
    "map": "map-2",
    "pin": "map-pin",
    "building": "building",
    "bank": "building-bank",
    "community": "building-community",
    "store": "building-store",
    "restaurant": "tools-kitchen-2",
    "fire": "flame",
    "shield": "shield-check",
    "lock": "lock",
    "key": "key",
    "trail": "fingerprint",
    "qr": "qrcode",
    "verify": "rosette-discount-check",
    "eye": "eye",
    "eye-off": "eye-off",
    "language": "language",
    "contrast": "contrast",
    "moon": "moon",
    "sun": "sun",
    "elder": "text-size",
    "accessible": "accessible",
    "briefcase": "briefcase",
    "scale": "scale",
    "book": "book-2",
    "law": "gavel",
    "speech": "speakerphone",
    "news": "news",
    "database": "database",
    "server": "server",
    "network": "network",
    "ferry": "ferry",
    "money": "coin-yuan",
    "card": "credit-card",
    "heart": "heart",
    "baby": "baby-carriage",
    "car": "car",
    "school": "school",
    "hospital": "building-hospital",
    "house": "home-2",
    "tree": "trees",
    "water": "droplet",
    "star": "star",
    "bookmark": "bookmark",
    "flag": "flag",
    "tag": "tag",
    "inbox": "inbox",
    "send": "send",
    "copy": "copy",
    "history": "history",
    "refresh": "refresh",
    "command": "command",
    "keyboard": "keyboard",
    "bug": "bug",
    "point": "point",
    "circle": "circle",
    "alert": "alert-circle",
    "certificate": "certificate",
    "package": "package",
    "trash": "trash",
    "plus": "plus",
    "x": "x",
    "reply": "arrow-back-up",
    "bolt": "bolt",
    "bulb": "bulb",
    "cake": "cake",
    "rings": "hearts",
    "old": "old",
    "plant": "plant",
    "scan": "scan",
    "cloud": "cloud",
    "wallet": "wallet",
    "gift": "gift",
}


@dataclass(frozen=True, slots=True)
class State:
    """How a state is shown: never by colour alone. `tone` is good | info | warn | bad | quiet."""

    word: str
    icon: str
    tone: str


STATES = {
    # Clocks
    "normal": State(pgettext("state", "On time"), "normal", "good"),
    "near": State(pgettext("state", "Due soon"), "near", "info"),
    "warning": State(pgettext("state", "Nearly due"), "warning", "warn"),
    "overdue": State(pgettext("state", "Overdue"), "overdue", "bad"),
    "stopped": State(pgettext("state", "Clock stopped"), "stopped", "quiet"),
    "suspended": State(pgettext("state", "Clock suspended"), "stopped", "quiet"),
    # Applications
    "draft": State(pgettext("state", "Draft"), "edit", "quiet"),
    "lodged": State(pgettext("state", "Submitted"), "send", "info"),
    "received": State(pgettext("state", "Received"), "inbox", "info"),
    "correction": State(pgettext("state", "Corrections needed"), "edit", "warn"),
    "accepted": State(pgettext("state", "Accepted"), "stamp", "info"),
    "reviewing": State(pgettext("state", "Under review"), "eye", "info"),
    "decided": State(pgettext("state", "Decided"), "law", "info"),
    "issued": State(pgettext("state", "Licences issued"), "licence", "good"),
    "granted": State(pgettext("state", "Granted"), "done", "good"),
    "refused": State(pgettext("state", "Refused"), "refused", "bad"),
    "withdrawn": State(pgettext("state", "Withdrawn"), "return", "quiet"),
    # Steps and tasks
    "waiting": State(pgettext("state", "Waiting"), "wait", "quiet"),
    "open": State(pgettext("state", "To do"), "point", "info"),
    "active": State(pgettext("state", "In progress"), "play", "info"),
    "done": State(pgettext("state", "Done"), "done", "good"),
    "returned": State(pgettext("state", "Returned"), "return", "warn"),
    "failed": State(pgettext("state", "Failed"), "refused", "bad"),
    # Certificates and messages
    "valid": State(pgettext("state", "Valid"), "verify", "good"),
    "verified": State(pgettext("state", "Verified"), "verify", "good"),
    "expired": State(pgettext("state", "Expired"), "overdue", "warn"),
    "revoked": State(pgettext("state", "Revoked"), "refused", "bad"),
    "invalid": State(pgettext("state", "Not valid"), "refused", "bad"),
    "delivered": State(pgettext("state", "Delivered"), "done", "good"),
    "quarantined": State(pgettext("state", "In quarantine"), "warning", "bad"),
}


def state(code: str) -> State:
    """Return how `code` is shown; a state nobody described here is shown by its own name, quietly."""
    key = str(code).lower().replace("_", "-")
    return STATES.get(key) or State(key.replace("-", " "), "point", "quiet")


def day(value: date, *, language: str) -> str:
    """Return a date: 2026年11月23日, or 23 November 2026."""
    if language.startswith("zh"):
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {value:%B %Y}"


def when(value: datetime, *, language: str) -> str:
    """Return a date and time of day: 2026年11月23日 14:05. The caller has put `value` into the reader's time zone."""
    return f"{day(value, language=language)} {value:%H:%M}"


# From this length on: how many characters stay at the head and at the tail. 11 is a mobile number, 18 an identity.
KEPT = {0: (0, 0), 2: (1, 0), 5: (1, 1), 8: (3, 2), 11: (3, 4), 12: (4, 4)}


SHORTEST_NUMBER = 11


def within_quotes(text: str) -> str:
    """Return `text` for use between “ and ”: its own quotation marks become the inner ones (GB/T 15834-2011, 4.8)."""
    return str(text).translate(str.maketrans("“”", "‘’"))


def masked(text: str) -> str:
    """Hide the middle of an identity number, credit code or mobile number: 3701**********1234, 138****5678.

    A text of four characters or fewer keeps only its first character.
    """
    text = str(text or "")
    longest = next(length for length in sorted(KEPT, reverse=True) if len(text) >= length)
    head, tail = KEPT[longest]
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


def veiled(text: str) -> str:
    """Hide somebody's data for whom a grant obliges to it: of a number its middle, of everything else all but the head.

    The end of an address is its door, the end of a birth date its day.
    """
    text = str(text or "")
    if len(text) >= SHORTEST_NUMBER and text.isascii() and text.isalnum():
        return masked(text)
    return text[:1] + "*" * min(len(text) - 1, 7)


def money(amount: Decimal | int | float | str) -> str:
    """Return yuan: ¥1,234.56; a loss is written with a minus before the sign."""
    value = Decimal(str(amount)).quantize(Decimal("0.01"))
    return f"{'-' if value < 0 else ''}¥{abs(value):,.2f}"


def size(octets: int) -> str:
    """Return a file size in the unit people say: 820 B, 12.4 KB, 3.1 MB."""
    amount, unit = float(octets or 0), "B"
    for larger in ("KB", "MB", "GB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def pages_around(number: int, total: int) -> list[int | None]:
    """Return which page numbers to offer, None standing for a gap: 1 … 4 [5] 6 … 20."""
    wanted = sorted({1, 2, total - 1, total, number - 1, number, number + 1} & set(range(1, total + 1)))
    offered: list[int | None] = []
    for page in wanted:
        if offered and offered[-1] is not None and page - offered[-1] > 1:
            offered.append(None)
        offered.append(page)
    return offered

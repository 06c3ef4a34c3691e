"""Texts with places: `{name}` stands for what the occasion brings."""

import re
from collections.abc import Collection, Mapping
from typing import Final

LANGUAGES: Final = ("zh-hans", "en")
FIELDS: Final = ("title", "text", "email_subject", "email_text", "sms", "voice")
"""What a template says: the title and text of the inbox; for the others see `engine.kinds`."""
PLACE = re.compile(r"\{([^{}\n]{1,60})\}")


def places(text: str) -> tuple[str, ...]:
    """Return the names in the places of `text`, each once, in their order."""
    return tuple(dict.fromkeys(found.strip() for found in PLACE.findall(text)))


def unknown(text: str, *, names: Collection[str]) -> tuple[str, ...]:
    """Return the names in `text` that are none of `names`."""
    return tuple(name for name in places(text) if name not in names)


def fill(text: str, words: Mapping[str, str]) -> str:
    """Return `text` with the words in its places. What a word says is not looked at again.

    A line that has places and nothing but blanks around them once these are filled falls away.
    """
    lines = []
    for line in text.splitlines():
        filled = PLACE.sub(lambda found: words[found[1].strip()], line)
        if filled.strip() or not PLACE.search(line):
            lines.append(filled)
    return "\n".join(lines).strip()


def tidy(text: str) -> str:
    """Return `text` on one line, as a title or a header of a letter must stand (RFC 5322 2.2)."""
    return " ".join(text.split())

"""How a search is understood: plain arithmetic on words, because what people type is not what offices call things."""

import re
from collections.abc import Iterable, Mapping

SEPARATORS = re.compile(r"[\s,，。、；;：:！!？?（）()《》“”\"']+")
# Words that carry no subject; left in, "我想办…" would match every page that says how to do something.
FILLER = (
    *("我想要", "我想", "我要", "怎么样", "怎么", "如何", "哪里", "在哪", "需要什么"),
    *("什么", "办理", "想办", "可以", "请问", "一个", "一家", "个", "家", "的"),
)


def words(text: str, synonyms: Mapping[str, str]) -> tuple[str, ...]:
    """Return what `text` asks for: its own words without filler, and the official words for what it calls things.

    `synonyms` maps what people say to what offices say: 饭店 -> 餐饮. Longer sayings are understood first.
    """
    text = text.strip().lower()[:60]
    official = [
        synonyms[saying] for saying in sorted(synonyms, key=lambda item: (-len(item), item)) if saying.lower() in text
    ]
    plain = text
    for filler in FILLER:
        plain = plain.replace(filler, " ")
    own = [word for word in SEPARATORS.split(plain) if word]
    # A single character (开, 办) stands in half of all documents; it counts only when there is nothing else.
    telling = [word for word in own if len(word) > 1]
    return tuple(dict.fromkeys([*official, *(telling or ([] if official else own))]))


def pairs(word: str) -> tuple[str, ...]:
    """Return the neighbouring pairs of characters of a Chinese word; other words stay whole."""
    if len(word) < 3 or word.isascii():
        return (word,)
    return tuple(word[place : place + 2] for place in range(len(word) - 1))


def score(wanted: Iterable[str], *, title: str, text: str) -> float:
    """Return how well something fits: 0 = not at all. A whole word in the title weighs most, single pairs least.

    A word of which less than half of the pairs appear counts nothing: one shared pair is an accident.
    """
    title, text = title.lower(), text.lower()
    total = 0.0
    for word in wanted:
        if word in title:
            total += 10 + len(word)
        elif word in text:
            total += 4 + len(word) / 2
        else:
            parts = pairs(word)
            found = sum(2 if part in title else 1 if part in text else 0 for part in parts) / 2
            total += found if found * 2 >= len(parts) and len(parts) > 1 else 0
    return total


def excerpt(text: str, wanted: Iterable[str], *, length: int = 96) -> str:
    """Return `length` characters of `text` around the first wanted word, with … where something is left out."""
    text = " ".join(text.split())
    places = [place for place in (text.lower().find(word) for word in wanted) if place >= 0]
    start = max(min(places, default=0) - length // 4, 0)
    piece = text[start : start + length]
    return f"{'…' if start else ''}{piece}{'…' if start + length < len(text) else ''}"

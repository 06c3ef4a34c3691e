"""How a question is understood: what must be found, in which other words, and what people say around it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from quancheng.support.search.rules.folding import LONGEST_QUESTION, fold, shield, tidy
from quancheng.support.search.rules.tokens import (
    INITIALS,
    PINYIN,
    grams,
    is_chinese,
    pairs,
    runs,
    spellings,
    words,
)

FILLERS: Final = (
    *("我想要", "我想", "我要", "怎么样", "怎么", "如何", "在哪里", "哪里", "在哪", "需要什么", "什么", "办理", "想办"),
    *("可以", "请问", "一个", "一家", "有没有", "能不能"),
)
"""Words that carry no subject; left in, "我想办…" would ask every document for them."""

PARTICLES: Final = frozenset("的了吗呢吧个家和与及在是我")
TRAILING: Final = frozenset("个了的吗呢吧")
MOST_GROUPS: Final = 8
LONGEST_LIST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Group:
    """One thing that is asked for. `ways` are sets of tokens, one of which must be found whole, and what it counts."""

    text: str
    ways: tuple[tuple[tuple[str, ...], float], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its text as shown, folded, what must be found, and the words to mark in an answer."""

    text: str
    folded: str = ""
    groups: tuple[Group, ...] = ()
    marks: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Lists of words that mean the same, folded. `official` maps what people say to the words of the offices."""

    official: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def others(self, word: str) -> tuple[str, ...]:
        """Return what else `word` is called."""
        return self.official.get(word, ())

    def said_in(self, text: str) -> tuple[str, ...]:
        """Return the sayings that stand in `text`, longest first and none inside another."""
        found: list[str] = []
        for saying in sorted(self.official, key=lambda item: (-len(item), item)):
            if len(saying) > 1 and saying in text and not any(saying in longer for longer in found):
                found.append(saying)
        return tuple(found)


def ill_formed(text: str) -> tuple[int, ...]:
    """Return the numbers of the lines, from 1, that are no list of synonyms."""
    wrong = []
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.split("#")[0].strip()
        if plain and (len(_line(plain)[0]) + len(_line(plain)[1]) < 2 or len(plain) > 200):
            wrong.append(number)
    return tuple(wrong)


def read_synonyms(text: str) -> Synonyms:
    """Read a list: `饭店, 饭馆 => 餐饮` says that who asks for the first also means the last; `甲, 乙` go both ways.

    `#` begins a remark. Lines that are no list are passed over (`ill_formed` names them).
    """
    found: dict[str, dict[str, None]] = {}
    for line in text.splitlines()[:LONGEST_LIST]:
        left, right = _line(line.split("#")[0])
        for saying in left:
            for other in right or left:
                if other != saying:
                    found.setdefault(saying, {})[other] = None
    return Synonyms({saying: tuple(others) for saying, others in found.items()})


def _line(line: str) -> tuple[list[str], list[str]]:
    left, arrow, right = fold(line).replace("→", "=>").partition("=>")
    split = [[word for item in side.replace("、", ",").split(",") if (word := item.strip())] for side in (left, right)]
    return (split[0], split[1]) if arrow else (split[0], [])


def understand(text: str, synonyms: Synonyms) -> Question:
    """Return what `text` asks for; a question without any letter or digit, or only of personal numbers, asks nothing.

    Whatever stands in `text` is taken as words: no character of it is a command to an index.
    """
    shown = tidy(text[: 4 * LONGEST_QUESTION])[:LONGEST_QUESTION]
    folded = fold(shield(shown))
    sayings = synonyms.said_in(folded)
    plain = folded
    for filler in FILLERS:
        plain = plain.replace(filler, " ")
    # A saying that the list knows is taken whole, whatever the dictionary would make of it.
    asked: dict[str, None] = {}
    for piece in _around(plain, sayings):
        asked.update(dict.fromkeys([piece] if piece in sayings else _asked(piece)))
    telling = [word for word in asked if not is_chinese(word) or len(word) > 1]
    # A single character (开, 办) stands in half of all documents; it counts only when there is nothing else.
    chosen = telling or [word for word in asked if word not in PARTICLES] or list(asked)
    others = {word: synonyms.others(word) for word in chosen[:MOST_GROUPS]}
    groups = tuple(_group(word, found) for word, found in others.items())
    known = tuple(dict.fromkeys(other for found in others.values() for other in found))
    marks = tuple(sorted({*others, *known}, key=lambda word: (-len(word), word)))
    return Question(shown, " ".join(folded.split()), groups, marks, known)


def _around(text: str, sayings: Iterable[str]) -> list[str]:
    pieces = [text]
    known = set(sayings)
    for saying in sayings:
        cut: list[str] = []
        for piece in pieces:
            if piece in known:
                cut.append(piece)
                continue
            first, *rest = piece.split(saying)
            cut.append(first)
            for part in rest:
                cut.extend((saying, part))
        pieces = cut
    return [piece for piece in pieces if piece.strip()]


def _asked(piece: str) -> list[str]:
    found: list[str] = []
    for run in runs(piece):
        if not is_chinese(run):
            found.append(run)
            continue
        # 开个, 办了: what comes after the verb says nothing about the thing.
        cut = (part[0] if len(part) == 2 and part[1] in TRAILING else part for part in words(run))
        parts = [part for part in cut if part not in PARTICLES]
        # Characters of which the dictionary makes no word stay together: they are a name.
        unknown = all(len(part) == 1 for part in parts) and (len(run) > 2 or len(parts) > 1)
        found.extend([run] if unknown else parts)
    return found


def _group(word: str, others: Iterable[str]) -> Group:
    ways: dict[tuple[str, ...], float] = {}
    for text, weight in ((word, 1.0), *((other, 0.7) for other in others)):
        tokens = tuple(
            dict.fromkeys(token for run in runs(text) for token in (pairs(run) if is_chinese(run) else (run,)))
        )
        if tokens:
            ways.setdefault(tokens, weight)
    if word.isascii() and word.isalpha() and len(word) > 1:
        ways.setdefault(tuple(INITIALS + piece for piece in (_pieces(word))), 0.6)
        for way in spellings(word):
            if len(way) > 1:
                ways.setdefault(tuple(PINYIN + one + two for one, two in pairwise(way)), 0.8)
    return Group(word, tuple(ways.items()))


def _pieces(letters: str) -> tuple[str, ...]:
    if len(letters) <= 4:
        return (letters,)
    return tuple(dict.fromkeys(piece for piece in grams(letters) if len(piece) == 4))

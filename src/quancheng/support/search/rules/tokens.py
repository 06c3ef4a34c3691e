"""Text as tokens. Chinese is indexed by neighbouring pairs of characters: no dictionary decides what can be found.

A title also gives pairs of pinyin syllables and runs of initials, so that `jinanshizheng` and `jnsz` find 济南市政.
Words (rjieba) are needed only for the vocabulary, from which suggestions come, and to take a question apart. Both
dictionaries (words and pinyin) take 90 MB; they are read when the first text needs them, for most processes never do.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from quancheng.support.search.rules.folding import fold

CJK: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
RUNS = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
TITLE, INITIALS, PINYIN = "t_", "i_", "p_"
LONGEST_TEXT: Final = 20_000
LONGEST_RUN: Final = 40
LONGEST_WORD: Final = 20
_CHINESE = re.compile(rf"[{CJK}]")
_FUZZY = ((re.compile(r"zh"), "z"), (re.compile(r"ch"), "c"), (re.compile(r"sh"), "s"), (re.compile(r"ng"), "n"))


def is_chinese(run: str) -> bool:
    """Test whether a run is Chinese."""
    return bool(_CHINESE.match(run))


def runs(folded: str) -> list[str]:
    """Return the runs of Chinese characters and of other letters and digits, in order."""
    return [run[:LONGEST_RUN] if run[0] < "\u2e80" else run for run in RUNS.findall(folded)]


def pairs(run: str) -> tuple[str, ...]:
    """Return the neighbouring pairs of a Chinese run; a single character is its own token."""
    return (run,) if len(run) < 2 else tuple(run[place : place + 2] for place in range(len(run) - 1))


def tokens_of_text(text: str) -> list[str]:
    """Return the tokens of a text, in order and with repetitions; they carry no spaces."""
    found: list[str] = []
    for run in runs(fold(text[:LONGEST_TEXT])):
        found.extend(pairs(run) if is_chinese(run) else (run,))
    return found


def tokens_of_title(title: str) -> tuple[list[str], set[str]]:
    """Return the tokens of a title, single characters included, and those that only help finding it by sound."""
    found, aids = [], set[str]()
    for run in runs(fold(title)):
        if not is_chinese(run):
            found.append(run)
            continue
        found.extend(pairs(run))
        if len(run) > 1:
            found.extend(run)
        syllables = spoken(run)
        aids.update(PINYIN + first + second for first, second in pairwise(syllables))
        aids.update(INITIALS + piece for piece in grams("".join(item[:1] for item in syllables)))
    return found, aids


def grams(letters: str) -> Iterator[str]:
    """Yield the pieces of two, three and four letters."""
    for size in (2, 3, 4):
        for place in range(len(letters) - size + 1):
            yield letters[place : place + size]


@lru_cache(maxsize=200_000)
def words(run: str) -> tuple[str, ...]:
    """Return the words of a Chinese run."""
    import rjieba

    return tuple(rjieba.cut(run))


@lru_cache(maxsize=200_000)
def _spoken_word(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(word))


def spoken(run: str) -> tuple[str, ...]:
    """Return the syllables of a Chinese run without tones, read word by word."""
    return tuple(syllable for word in words(run) for syllable in _spoken_word(word))


def initials(text: str) -> str:
    """Return the first letters of the syllables of `text`; other letters stay."""
    return "".join("".join(item[:1] for item in spoken(run)) if is_chinese(run) else run for run in runs(fold(text)))


def sound(text: str) -> str:
    """Return how `text` sounds, with zh, ch, sh and final ng as many people say them: equal for what is confused."""
    heard = "".join("".join(spoken(run)) if is_chinese(run) else run for run in runs(fold(text)))
    return blur(heard)


def blur(letters: str) -> str:
    """Return pinyin letters as `sound` writes them."""
    for pattern, plain in _FUZZY:
        letters = pattern.sub(plain, letters)
    return letters


def vocabulary(*texts: str) -> set[str]:
    """Return the words of two characters or more that can be suggested; numbers are no words."""
    found = set[str]()
    for run in (run for text in texts for run in runs(fold(text))):
        pieces: Iterable[str] = words(run) if is_chinese(run) else (run,)
        found.update(piece for piece in pieces if 2 <= len(piece) <= LONGEST_WORD and not piece[0].isdigit())
    return found


@cache
def _syllables() -> frozenset[str]:
    from pypinyin.constants import PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_normal

    spelled = {item for line in set(PINYIN_DICT.values()) for item in line.split(",")}
    plain = {to_normal(item).replace("ü", "v") for item in spelled}
    return frozenset(item for item in plain if item.isascii() and item.isalpha() and set(item) & set("aeiouv"))


def spellings(letters: str, *, most: int = 4) -> tuple[tuple[str, ...], ...]:
    """Return the ways to read `letters` as pinyin syllables, those with fewest syllables first; none: it is no pinyin.

    Single vowels stand only alone in dictionaries (a, e, o); they are read as syllables too.
    """
    if not (letters.isascii() and letters.isalpha()) or len(letters) > LONGEST_RUN:
        return ()
    ways: list[list[tuple[str, ...]]] = [[()], *([] for _letter in letters)]
    for end in range(1, len(letters) + 1):
        for start in range(max(end - 6, 0), end):
            piece = letters[start:end]
            if ways[start] and piece in _syllables() and (len(piece) > 1 or piece in "aeo"):
                ways[end].extend((*way, piece) for way in ways[start])
        ways[end] = sorted(ways[end], key=lambda way: (len(way), way))[:most]
    return tuple(ways[-1])

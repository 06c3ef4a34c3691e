"""How well a document answers (BM25 over fields), what is shown of it, and which words are near each other."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from quancheng.support.search.rules.asking import Group, Question
from quancheng.support.search.rules.folding import fold_with_places
from quancheng.support.search.rules.tokens import INITIALS, PINYIN, RUNS, is_chinese, spoken

# After Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), sections 3.3 and 3.5.
SATURATION, LENGTH, OF_TITLE = 1.2, 0.6, 6.0
USUAL_LENGTH: Final = 150
"""Tokens of a usual document. A constant: the mean of all documents would tell of those that a reader may not see."""

FRESH, HALF_LIFE_DAYS = 0.35, 365
IN_TITLE, IS_TITLE = 1.6, 2.4


@dataclass(frozen=True, slots=True)
class Scored:
    """A document to be ranked: its tokens, each followed by a line feed on both sides, and what else counts."""

    id: int
    title: str
    names: str
    words: str
    length: int
    day: date | None = None
    weight: float = 1.0


def rank(found: Iterable[Scored], question: Question, *, today: date, least: int = 0) -> list[tuple[int, float]]:
    """Return the ids and scores, best first; equal ones in the order they came in.

    How rare a word is, is counted among `found` itself, in documents and in titles: nothing else is known of the
    reader's documents at no cost. Documents with fewer than `least` groups are left out.
    """
    rows = list(found)
    weights = [[_weight(group, one) for group in question.groups] for one in rows]
    rarity = [_rarity(group, rows, [each[place] for each in weights]) for place, group in enumerate(question.groups)]
    asked = question.folded.replace(" ", "")
    scored = []
    for one, each in zip(rows, weights, strict=True):
        if sum(value > 0 for value in each) < least:
            continue
        title = one.title.replace(" ", "")
        whole = IS_TITLE if title == asked else IN_TITLE if asked and asked in title else 1.0
        age = max((today - one.day).days, 0) if one.day else HALF_LIFE_DAYS
        fresh = 1 + FRESH * 0.5 ** (age / HALF_LIFE_DAYS)
        told = sum(value * rare for value, rare in zip(each, rarity, strict=True))
        scored.append((one.id, told * whole * fresh * one.weight))
    return sorted(scored, key=lambda pair: -pair[1])


def _rarity(group: Group, rows: Sequence[Scored], weights: Sequence[float]) -> float:
    held = sum(value > 0 for value in weights)
    titled = sum(any(all(f"\n{token}\n" in one.names for token in way) for way, _worth in group.ways) for one in rows)
    return math.log(1 + 2 * len(rows) / (1 + held + titled))


def _weight(group: Group, one: Scored) -> float:
    best = 0.0
    norm = 1 - LENGTH + LENGTH * one.length / USUAL_LENGTH
    for tokens, worth in group.ways:
        if tokens[0].startswith((INITIALS, PINYIN)):
            # By sound a title is found or not; how often is no measure.
            times = OF_TITLE if all(f"\n{token}\n" in one.names for token in tokens) else 0.0
        else:
            in_title = min(one.names.count(f"\n{token}\n") for token in tokens)
            times = OF_TITLE * in_title + min(one.words.count(f"\n{token}\n") for token in tokens)
            if not times and len(tokens) > 1:
                # A word may begin in the title and go on in the text only for the index, which keeps both together.
                times = 0.3 * all(f"\n{token}\n" in one.names or f"\n{token}\n" in one.words for token in tokens)
        best = max(best, worth * times * (SATURATION + 1) / (times + SATURATION * norm))
    return best


def excerpt(text: str, marks: Iterable[str], *, length: int = 110) -> str:
    """Return `length` characters of `text` around the first of `marks`, with … where something is left out."""
    folded, places = fold_with_places(text)
    found = [at for word in marks if (at := folded.find(word)) >= 0]
    first = places[min(found)] if found else 0
    start = max(first - length // 4, 0) if first > length // 2 else 0
    piece = text[start : start + length]
    return f"{'…' if start else ''}{piece}{'…' if start + length < len(text) else ''}"


def mark(text: str, marks: Sequence[str], *, by_sound: bool = False) -> list[tuple[str, bool]]:
    """Return `text` in pieces, and whether each is one of the words asked for. Together they are `text`, unchanged.

    With `by_sound` Chinese characters are also marked that are spelt so, in full or by their initials.
    """
    folded, places = fold_with_places(text)
    marked = [False] * len(text)
    for word in marks:
        at = folded.find(word)
        while word and at >= 0:
            for place in places[at : at + len(word)]:
                marked[place] = True
            at = folded.find(word, at + len(word))
        if by_sound and len(word) > 1 and word.isascii() and word.isalpha():
            for start, end in _sounding(folded, word):
                for place in places[start:end]:
                    marked[place] = True
    pieces: list[tuple[str, bool]] = []
    for character, is_marked in zip(text, marked, strict=True):
        if pieces and pieces[-1][1] == is_marked:
            pieces[-1] = (pieces[-1][0] + character, is_marked)
        else:
            pieces.append((character, is_marked))
    return pieces


def _sounding(folded: str, letters: str) -> Iterator[tuple[int, int]]:
    """Yield from where to where the folded text is spelt `letters`, as whole syllables or as their initials."""
    for run in RUNS.finditer(folded):
        if not is_chinese(run[0]):
            continue
        syllables = spoken(run[0])
        if len(syllables) != len(run[0]):
            continue
        for start in range(len(syllables)):
            for end in range(start + 1, len(syllables) + 1):
                piece = syllables[start:end]
                if "".join(piece) == letters or "".join(item[:1] for item in piece) == letters:
                    yield run.start() + start, run.start() + end
                if end - start >= len(letters):
                    break


def distance(one: str, other: str, *, most: int = 2) -> int:
    """Return how many characters must be changed, added or left out, at most `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before = list(range(len(other) + 1))
    for place, character in enumerate(one, start=1):
        now = [place]
        for at, wanted in enumerate(other, start=1):
            now.append(min(before[at] + 1, now[-1] + 1, before[at - 1] + (character != wanted)))
        before = now
    return min(before[-1], most + 1)

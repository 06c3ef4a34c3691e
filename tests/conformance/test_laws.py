"""Every citation in the data resolves to an article, paragraph and item of a law in force."""

import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from quancheng.business.approvals.engine import texts
from quancheng.support.calendar import public as calendar
from quancheng.systems.portal.demo import documents, pages

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "quancheng"
LAWS = ROOT / ".." / "shared" / "data" / "laws"
ELSEWHERE: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parent / "laws.toml").read_text(encoding="utf-8"),
)["elsewhere"]
NUMBER = "[零一二三四五六七八九十百]+"
# 《title》第N条第M款第K项 and what follows it: 、第K项, 至第K项, ，第N条…
PLACE = f"第{NUMBER}[条款项]"
CITATION = re.compile(f"《([^《》]+)》((?:{PLACE}(?:[、，至](?={PLACE}))?)*)")
PIECE = re.compile(f"([、，至]?)第({NUMBER})([条款项])")
LINE = re.compile(f"(?m)^#?(第{NUMBER}条)")
# A title in book marks that is no law: a standard, a draft for comment.
NO_LAW = re.compile("方法$|征求意见稿")


class Place(NamedTuple):
    """An article with the paragraph and the item that are meant, 0 for none."""

    article: int
    paragraph: int = 0
    item: int = 0


class Citation(NamedTuple):
    where: str
    law: str
    places: str


def number(text: str) -> int:
    """Return the value of a Chinese numeral up to 999."""
    hundreds, _, rest = text.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    digit = "零一二三四五六七八九".index
    value = digit(hundreds) * 100 if hundreds else 0
    value += (digit(tens.lstrip("零") or "一") if ten else 0) * 10
    return value + (digit(ones.lstrip("零") or "零"))


def places(text: str) -> list[Place]:
    """Return every place that a citation names, ranges (至) opened: 第一款第一项至第四项 gives four."""
    found: list[Place] = []
    for joint, value, unit in PIECE.findall(text):
        n = number(value)
        last = found[-1] if found else Place(0)
        if unit == "条":
            found.append(Place(n))
            continue
        here = last._replace(paragraph=n, item=0) if unit == "款" else last._replace(item=n)
        if joint == "至":
            found += [last._replace(item=item) for item in range(last.item + 1, n)]
        if not joint:
            found.pop()
        found.append(here)
    return found


def strings(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yield every text in nested data."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from strings(inner, f"{where}[{place}]")


def pairs(value: Any, where: str) -> Iterator[Citation]:
    """Yield the tables of nested data that cite with `law` and `article`."""
    if isinstance(value, dict):
        if "law" in value and "article" in value:
            yield Citation(where, value["law"], value["article"])
        for key, inner in value.items():
            yield from pairs(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from pairs(inner, f"{where}[{place}]")


def in_text(data: Any, where: str) -> Iterator[Citation]:
    for place, text in strings(data, where):
        for law, article in CITATION.findall(text):
            if not NO_LAW.search(law):
                yield Citation(place, law, article)


def collected() -> Iterator[Citation]:
    """Yield every citation of the data files and of the sample city's public pages."""
    offers = list(texts.services())
    yield from pairs(offers, "services.toml")
    yield from in_text(offers, "services.toml")
    declared = (str(file) for kind in ("resources", "notices") for file in SOURCE.glob(f"*/*/{kind}.toml"))
    for name in ("business/approvals/letters.toml", *declared):
        yield from in_text(tomllib.loads((SOURCE / name).read_text(encoding="utf-8")), Path(name).name)
    for file in sorted(SOURCE.glob("*/*/eforms/*.form")):
        yield from in_text(json.loads(file.read_text(encoding="utf-8")), file.name)
    confirmed = (rule for rule in calendar.shipped_rules() if rule.confirmed)
    for rule in (*confirmed, *calendar.principles()):
        yield Citation(rule.code, rule.law, rule.article)
    for group in (pages.SECTIONS, pages.TOPICS, pages.NOTICES, pages.PLAIN):
        yield from in_text(group, "pages.py")
    for document in documents.DOCUMENTS:
        law = document.title.split("（")[0]
        yield Citation(document.slug, law, "")
        yield from (Citation(document.slug, law, article) for article in LINE.findall(document.body))
        yield from in_text(document.body, document.slug)


CITATIONS = sorted(set(collected()))


@cache
def collection() -> dict[str, Path]:
    """Return the newest text of each law by its full title. File names end with the date of the version."""
    found: dict[str, tuple[str, Path]] = {}
    for file in LAWS.rglob("*(*).md"):
        with file.open(encoding="utf-8") as lines:
            title = next(lines).lstrip("# ").strip()
        found[title] = max(found.get(title, ("", file)), (file.stem.rpartition("(")[2], file))
    return {title: file for title, (_date, file) in found.items()}


@cache
def articles(law: str) -> dict[int, list[list[int]]]:
    """Return for each article the numbers of the items in each of its paragraphs."""
    body = collection()[law].read_text(encoding="utf-8").rpartition("<!-- INFO END -->")[2]
    found: dict[int, list[list[int]]] = {}
    current: list[list[int]] | None = None
    for line in filter(None, map(str.strip, body.splitlines())):
        if opening := re.match(f"第({NUMBER})条[ \u3000]", line):
            current = found[number(opening[1])] = [[]]
        elif line.startswith("#"):
            current = None
        elif current is not None:
            if item := re.match(f"[（(]({NUMBER})[）)]", line):
                current[-1].append(number(item[1]))
            else:
                current.append([])
    return found


@pytest.fixture
def laws():
    if not LAWS.exists():
        pytest.skip("the collection of laws (../shared/data/laws) is not on this machine")


class TestReadingACitation:
    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("第十五条", [Place(15)]),
            ("第三十二条第一款第四项", [Place(32, 1, 4)]),
            ("第七十三条第三项", [Place(73, 0, 3)]),
            ("第十五条第一款、第三款", [Place(15, 1), Place(15, 3)]),
            ("第三十三条第一款第一项至第三项", [Place(33, 1, 1), Place(33, 1, 2), Place(33, 1, 3)]),
            ("第三十三条第一款第三项，第三十五条第二款", [Place(33, 1, 3), Place(35, 2)]),
            ("第二百七十九条", [Place(279)]),
        ],
    )
    def test_gives_every_place_that_is_meant(self, text, meant):
        assert places(text) == meant

    @pytest.mark.parametrize(("text", "value"), [("十", 10), ("二十", 20), ("一百零五", 105), ("三百一十", 310)])
    def test_reads_chinese_numerals(self, text, value):
        assert number(text) == value


class TestTheCitations:
    def test_are_many(self):
        assert len(CITATIONS) > 80

    @pytest.mark.parametrize("citation", CITATIONS, ids=lambda each: f"{each.where}-{each.law}{each.places}")
    def test_stand_in_the_law(self, laws, citation):
        if citation.law in texts.unverified():
            pytest.skip("listed as unverified in services.toml, and shown so to the office")
        if citation.law in ELSEWHERE:
            assert {place.article for place in places(citation.places)} <= {
                place.article for article in ELSEWHERE[citation.law] for place in places(article)
            }
            return
        assert citation.law in collection(), "no such title in the collection"
        known = articles(citation.law)
        for place in places(citation.places):
            assert place.article in known
            paragraphs = known[place.article]
            assert place.paragraph <= len(paragraphs)
            if place.item:
                assert place.item in paragraphs[max(place.paragraph, 1) - 1]

    def test_of_an_article_with_several_lists_say_which_paragraph(self, laws):
        for citation in CITATIONS:
            if citation.law in collection():
                for place in places(citation.places):
                    lists = [items for items in articles(citation.law)[place.article] if items]
                    assert place.paragraph or not place.item or len(lists) == 1, citation


class TestTheListsOfExceptions:
    def test_hold_only_laws_that_the_collection_lacks(self, laws):
        assert not {*ELSEWHERE, *texts.unverified()} & set(collection())

    def test_hold_only_laws_that_are_cited(self):
        assert {*ELSEWHERE, *texts.unverified()} <= {citation.law for citation in CITATIONS}


class TestTheCollection:
    def test_gives_food_permits_the_five_years_that_they_are_issued_for(self, laws):
        text = collection()["中华人民共和国食品安全法实施条例"].read_text(encoding="utf-8")

        assert "食品生产经营许可的有效期为5年" in text
        assert texts.licence("food-permit")["years"] == 5

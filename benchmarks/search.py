"""Milliseconds of a search over many documents, trimmed to what one clerk may see, on this site's database.

Documents of city offices: titles and texts of words drawn by Zipf's law, two thirds for everybody, the others spread
over forty departments, of which the clerk reads one. Questions of one to three words, frequent and rare, pinyin, slips
of the pen and chosen facets, mixed. The numbers of answers are compared with what the clerk may see, counted by hand.

- ours: `search.find`: understanding, trimming, number of answers, facets, BM25 over the best thousand, excerpts;
- ours_suggest: words that begin as what was typed, under the same trimming;
- ours_meant: the word that was meant, for the slips of the pen, as the page asks it when little was found;
- limit: the bare index: FTS5's or tsvector's own answer to the same words, untrimmed, newest twenty, nothing counted.

The goal is 300 ms at the 95th percentile with 1,000,000 documents. Documents are analysed by the product's own code.
Run: python benchmarks/search.py [documents]; with PostgreSQL: python scripts/postgres.py -- python benchmarks/search.py
An index of this size that was built before in the same database is used again (QC_BENCH_FOLDER keeps SQLite's).
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import bisect
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]
SITE = tempfile.TemporaryDirectory(prefix="quancheng-bench-", ignore_cleanup_errors=True)
os.environ |= {"QC_DATA": os.environ.get("QC_BENCH_FOLDER", SITE.name), "QC_ZONE": "intranet"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction

from quancheng.security.pmi import public as pmi
from quancheng.support.search import queries, rules
from quancheng.support.search.engine import backends, writing
from quancheng.support.search.engine.gates import EVERYBODY, Readers
from quancheng.support.search.engine.sources import Entry, Source, _sources
from quancheng.support.search.models import Generation

SYNONYMS = rules.Synonyms()
SIZE = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
GOAL_MS, ROUNDS, BATCH = 300.0, 120, 2_000
NOW, TODAY = datetime(2026, 11, 23, tzinfo=UTC), date(2026, 11, 23)
CHARACTERS = (
    "济南市区行政审批服务水电气热道路房屋食品消防餐饮建设规划环境卫生教育医疗养老"
    "就业税务工商企业登记许可执照备案公告通知办法规定条例标准收费"
)
READ, OWN = "bench.document.read", 7
MARKER, EVERY = "望远镜", 997


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the facets that were chosen with it."""

    text: str
    chosen: queries.Filters


def words(chance: random.Random, count: int) -> list[str]:
    """Return different words of two to four characters."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chance.choices(CHARACTERS, k=chance.choice((2, 2, 2, 3, 4))))] = None
    return list(found)


class Zipf:
    """Draws words, the first most often: the n-th n times more rarely."""

    def __init__(self, chance: random.Random, vocabulary: list[str]) -> None:
        self.chance, self.vocabulary = chance, vocabulary
        self.sums = list(accumulate(1 / place for place in range(1, len(vocabulary) + 1)))

    def draw(self, count: int) -> list[str]:
        """Return `count` words."""
        return [
            self.vocabulary[bisect.bisect(self.sums, self.chance.random() * self.sums[-1])] for _word in range(count)
        ]


def documents(chance: random.Random, vocabulary: Zipf) -> Iterator[Entry]:
    """Yield the documents, the same every time."""
    for number in range(SIZE):
        department = f"370100-{number % 40:02d}"
        who = EVERYBODY if number % 3 else Readers(READ, f"370100/{department}/")
        yield Entry(
            key=str(number),
            title="".join(vocabulary.draw(4)) + (MARKER if number % EVERY == 0 else ""),
            text="，".join(vocabulary.draw(20)),
            url=f"/documents/{number}/",
            readers=(who,),
            department=department,
            state=("OPEN", "CLOSED", "")[number % 3],
            day=TODAY - timedelta(days=chance.randrange(2_000)),
        )


def build(source: Source) -> float:
    """Take the documents into the index; return how many a second, 0 where they are there already."""
    if Generation.objects.filter(state="LIVE", documents__key=str(SIZE - 1)).exists():
        return 0.0
    generation = Generation.objects.create(started_at=NOW)
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgres:
            # A first filling as an administrator does it: the index is made when everything is there.
            cursor.execute("DROP INDEX search_index_tokens")
        else:
            cursor.execute("PRAGMA synchronous = OFF")
    entries, started, done = iter(source.entries(None)), time.perf_counter(), 0
    while batch := list(islice(entries, BATCH)):
        with transaction.atomic():
            done += writing.put(generation, source, batch, replace=False)
        if not done % 100_000:
            print(f"{done:,} documents, {done / (time.perf_counter() - started):,.0f} a second", flush=True)
    with connection.cursor() as cursor:
        if postgres:
            cursor.execute("SET maintenance_work_mem = '1GB'")
            cursor.execute("CREATE INDEX search_index_tokens ON search_index USING gin (tokens)")
            for table in ("index", "document", "body", "word", "gate", "audience"):
                cursor.execute(f"VACUUM ANALYZE search_{table}")
        else:
            cursor.execute("INSERT INTO search_index(search_index) VALUES ('optimize')")
            cursor.execute("ANALYZE")
    Generation.objects.filter(pk=generation.pk).update(state="LIVE", live_at=NOW, kinds=[source.kind])
    return done / (time.perf_counter() - started)


def questions(chance: random.Random, vocabulary: list[str]) -> list[Asked]:
    """Return questions: one to three words, a third of them frequent; some in pinyin, misspelt, or with a facet."""
    found = []
    for number in range(ROUNDS):
        pool = vocabulary[:20] if number % 3 == 0 else vocabulary[: 200 if number % 3 == 1 else None]
        asked = [chance.choice(pool) for _word in range(1 + number % 3)]
        text, chosen = " ".join(asked), queries.Filters()
        if number % 10 == 9:
            text = rules.initials(asked[0])
        elif number % 10 == 8:
            text = asked[0][:-1] + "鑫"
        elif number % 10 == 7:
            chosen = queries.Filters(department="370100-12")
        elif number % 10 == 6:
            chosen = queries.Filters(state="OPEN", year="2025")
        found.append(Asked(text, chosen))
    return found


def check(clerk: pmi.Actor) -> None:
    """Count by hand what the clerk may see of the marked documents, and compare with what search says."""
    seen = [number for number in range(0, SIZE, EVERY) if number % 3 or number % 40 == OWN]
    found = queries.find(actor=clerk, text=MARKER, today=TODAY)
    facets = {item.value: item.count for facet in found.facets if facet.name == "department" for item in facet.values}
    if found.total != len(seen) or any(
        count != sum(number % 40 == int(code[-2:]) for number in seen) for code, count in facets.items()
    ):
        sys.exit(f"{found.total} answers were counted, {len(seen)} may be seen")


def bare(text: str) -> int:
    """Ask the index itself for the newest twenty; nothing else."""
    groups = rules.understand(text, SYNONYMS).groups
    wanted = backends.Wanted(tuple(tuple(way for way, _weight in group.ways) for group in groups))
    return len(backends.select(*backends.engine().ids(wanted, 20)))


def timed(ask, given: list) -> list[float]:
    """Return the milliseconds of each question, sorted."""
    found = []
    for one in given:
        started = time.perf_counter()
        ask(one)
        found.append((time.perf_counter() - started) * 1000)
    return sorted(found)


def main() -> None:
    """Build, ask, print; the last line is the result."""
    chance = random.Random(20261123)
    call_command("migrate", verbosity=0)
    vocabulary = words(chance, 20_000)
    source = Source(
        kind="bench.document",
        title="bench",
        entries=lambda _keys: documents(random.Random(1), Zipf(chance, vocabulary)),
    )
    _sources.clear()
    _sources[source.kind] = source
    rate = build(source)
    clerk = pmi.Actor(id="account:1", name="", kind="staff", grants=(pmi.Grant(READ, f"370100/370100-{OWN:02d}/"),))
    check(clerk)
    given = questions(random.Random(2), vocabulary)
    texts = [one.text for one in given]
    slips = [understood for one in given if "鑫" in one.text and (understood := rules.understand(one.text, SYNONYMS))]

    def find(one: Asked) -> queries.Found:
        return queries.find(actor=clerk, text=one.text, today=TODAY, filters=one.chosen)

    # Other questions first: a server that runs has the index in memory.
    for one in questions(random.Random(3), vocabulary):
        find(one)
    totals = sorted(find(one).total for one in given[::6])
    answers = timed(find, given)
    typed = timed(lambda text: queries.suggest(actor=clerk, text=text[:2]), texts)
    meant = timed(lambda question: queries.meant(actor=clerk, question=question), slips)
    limit = timed(bare, texts)
    high = int(len(texts) * 0.95)
    print(f"answers to a question: {totals[0]:,} … {median(totals):,.0f} … {totals[-1]:,}")
    print(
        json.dumps(
            {
                "name": "search",
                "database": connection.vendor,
                "documents": SIZE,
                "unit": "ms",
                "ours": round(median(answers), 1),
                "ours_p95": round(answers[high], 1),
                "ours_worst": round(answers[-1], 1),
                "ours_suggest_p95": round(typed[high], 1),
                "ours_meant_worst": round(meant[-1], 1),
                "limit": round(median(limit), 1),
                "limit_p95": round(limit[high], 1),
                "indexed_per_second": round(rate),
                "counts_as_by_hand": True,
                "goal_p95": GOAL_MS,
            }
        )
    )


if __name__ == "__main__":
    main()

"""Finding: one condition with the reader's passes in it, counted, ranked and shown.

Everything that comes back is computed from documents that fulfil the condition, so from ones the reader may see:
the number, the facets, the order (how rare a word is, is counted among the answers) and the excerpts.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.search import rules
from quancheng.support.search.engine import backends, gates, sources, writing
from quancheng.support.search.engine.backends import Wanted
from quancheng.support.search.models import Body, Generation
from quancheng.support.search.queries import report
from quancheng.support.search.rules.tokens import TITLE

COUNTED = 2_000
"""Up to here the number of answers and the facets are exact; beyond it says "more than"."""
RANKED = 1_000
"""So many answers are put in order, those with the words in the title first; nobody reads further."""
PAGE_SIZE = 20
MOST_VALUES = 12
FACETS = ("kind", "department", "state", "year")


@dataclass(frozen=True, slots=True)
class Filters:
    """Chosen values of facets; "" for any. `kinds` limits to several kinds at once, for an app's own box."""

    kind: str = ""
    department: str = ""
    state: str = ""
    year: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value with its title, how many answers have it, and whether it is chosen."""

    value: str
    title: str
    count: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its values, most frequent first."""

    name: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """An answer. `title_parts` and `excerpt_parts` are pieces of text and whether each is one of the words asked."""

    kind: str
    kind_title: str
    icon: str
    key: str
    title: str
    title_parts: tuple[tuple[str, bool], ...]
    excerpt_parts: tuple[tuple[str, bool], ...]
    url: str
    department: str
    state: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a question. `capped`: there are more than `total`. `partly`: no document has all the words."""

    question: rules.Question
    hits: tuple[Hit, ...] = ()
    total: int = 0
    capped: bool = False
    partly: bool = False
    ranked: int = 0
    page: int = 1
    facets: tuple[Facet, ...] = field(default_factory=tuple)

    @property
    def pages(self) -> int:
        """How many pages can be turned."""
        return -(-self.ranked // PAGE_SIZE)


def live() -> Generation | None:
    """Return the generation that readers ask; None before the first one is built."""
    return Generation.objects.filter(state=Generation.State.LIVE).first()


def kinds() -> tuple[sources.Source, ...]:
    """Return what kinds of things can be found here."""
    return tuple(sources.sources().values())


def find(
    *, actor: pmi.Actor, text: str, today: date, filters: Filters | None = None, page: int = 1, size: int = PAGE_SIZE
) -> Found:
    """Return what `actor` may see that answers `text`, best first. Nothing asked finds nothing."""
    question = rules.understand(text, report.synonyms())
    generation = live()
    if not question.groups or generation is None:
        return Found(question)
    chosen = filters or Filters()
    visible = seen(generation, actor, chosen)
    wanted = Wanted((*visible.all_of, *(_ways(group) for group in question.groups)))
    keys = _newest(wanted, COUNTED + 1)
    capped, partly = len(keys) > COUNTED, not keys and len(question.groups) > 1
    if partly:
        keys, capped = _some(visible, question.groups)
    pool = _pool(keys if partly else _first(keys, visible, question.groups))
    least = -(-len(question.groups) // 2) if partly else 0
    ranked = rules.rank(pool, question, today=today, least=least)
    if partly:
        keys = [key for key, _score in ranked]
    counts = _facts(keys)
    number = min(max(page, 1), max(-(-len(ranked) // size), 1))
    shown = [key for key, _score in ranked[(number - 1) * size : number * size]]
    names = _departments(counts)
    return Found(
        question=question,
        hits=_hits(shown, question, names),
        total=min(sum(counts.values()), COUNTED),
        capped=capped,
        partly=partly,
        ranked=len(ranked),
        page=number,
        facets=_facets(counts, chosen, names),
    )


def seen(generation: Generation, actor: pmi.Actor, filters: Filters) -> Wanted:
    """Return the condition for what `actor` may see under the filters."""
    parts = [tuple((writing.passage(generation.pk, item),) for item in gates.passes(actor))]
    for name in ("kind", "department", "year"):
        if value := getattr(filters, name):
            parts.append(((writing.facet(name, value),),))
    if filters.state:
        parts.append(tuple((writing.facet("state", f"{kind} {filters.state}"),) for kind in sources.sources() or ("",)))
    if filters.kinds:
        parts.append(tuple((writing.facet("kind", kind),) for kind in filters.kinds))
    return Wanted(tuple(parts))


def _ways(group: rules.Group, prefix: str = "") -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(prefix + token for token in tokens) for tokens, _weight in group.ways)


Facts = tuple[str, str, str, str]


def _newest(wanted: Wanted, limit: int) -> list[int]:
    """Return the ids of the newest documents that fulfil a condition, newest first."""
    return [row[0] for row in backends.select(*backends.engine().ids(wanted, limit))]


def _facts(keys: list[int]) -> "Counter[Facts]":
    """Return how many of the documents have the same facts (kind, department, state, year)."""
    if not keys:
        return Counter()
    condition, parameters = backends.among(keys)
    rows = backends.select(
        "SELECT kind, department, state, year, count(*) FROM search_document"  # noqa: S608
        f" WHERE id {condition} GROUP BY kind, department, state, year",
        parameters,
    )
    return Counter({(kind, department, state, str(year or "")): n for kind, department, state, year, n in rows})


def _first(keys: list[int], visible: Wanted, groups: tuple[rules.Group, ...]) -> list[int]:
    """Return which answers are ranked: all, or the newest with the words in the title, then the newest others."""
    if len(keys) <= RANKED:
        return keys
    titled = _newest(Wanted((*visible.all_of, *(_ways(group, TITLE) for group in groups))), RANKED)
    return list(dict.fromkeys([*titled, *keys[:RANKED]]))[:RANKED]


def _some(visible: Wanted, groups: tuple[rules.Group, ...]) -> tuple[list[int], bool]:
    """Return documents with at least one of the groups, newest first, and whether there are more.

    As many of each group, so that a rare word is not lost among frequent ones.
    """
    most = RANKED // len(groups)
    found = [_newest(visible.and_one_of(*_ways(group)), most) for group in groups]
    return sorted({key for keys in found for key in keys}, reverse=True), any(len(keys) == most for keys in found)


def _pool(keys: list[int]) -> list[rules.Scored]:
    """Return the documents as they are ranked, in the order of `keys`."""
    condition, parameters = backends.among(keys)
    rows = {
        row[0]: rules.Scored(row[0], row[1], row[2], row[3], row[4], _day(row[5]), row[6])
        for row in backends.select(
            "SELECT body.document_id, title, names, words, length, day, weight FROM search_body AS body"  # noqa: S608
            f" JOIN search_document AS document ON document.id = body.document_id WHERE body.document_id {condition}",
            parameters,
        )
    }
    return [rows[key] for key in keys if key in rows]


def _day(value: date | str | None) -> date | None:
    """Return a day as databases give it; SQLite has no type of its own for it."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _departments(counts: "Counter[Facts]") -> dict[str, str]:
    codes = {department for _kind, department, *_others in counts if department}
    return {place.code: place.name for place in identity.organisations() if place.code in codes} if codes else {}


def _facets(counts: "Counter[Facts]", chosen: Filters, names: dict[str, str]) -> tuple[Facet, ...]:
    known = sources.sources()
    found = []
    for place, name in enumerate(FACETS):
        by_value: Counter[str] = Counter()
        titles: dict[str, str] = {}
        # Sorted, so that the order of equal counts does not depend on the database.
        for facts, count in sorted(counts.items()):
            if value := facts[place]:
                by_value[value] += count
                titles[value] = _title(name, value, facts[0], known, names)
        picked = getattr(chosen, name)
        if picked and picked not in by_value:
            by_value[picked], titles[picked] = 0, _title(name, picked, chosen.kind, known, names)
        order = sorted(by_value) if name == "year" else [value for value, _count in by_value.most_common()][::-1]
        values = [FacetValue(value, titles[value], by_value[value], value == picked) for value in reversed(order)]
        if picked or len(values) > 1 or (values and values[0].count < counts.total()):
            found.append(Facet(name, tuple(values[:MOST_VALUES])))
    return tuple(found)


def _title(name: str, value: str, kind: str, known: Any, names: dict[str, str]) -> str:
    if name == "kind":
        return str(known[value].title) if value in known else value
    if name == "state":
        source = known.get(kind)
        return str(source.states.get(value, value)) if source else value
    return names.get(value, value)


def _hits(keys: list[int], question: rules.Question, names: dict[str, str]) -> tuple[Hit, ...]:
    rows = {row.pk: row for row in Body.objects.filter(pk__in=keys).select_related("document")}
    known, found = sources.sources(), []
    for row in (rows[key] for key in keys if key in rows):
        source, about = known.get(row.document.kind), row.document
        found.append(
            Hit(
                kind=about.kind,
                kind_title=str(source.title) if source else about.kind,
                icon=source.icon if source else "file",
                key=about.key,
                title=row.title,
                title_parts=tuple(rules.mark(row.title, question.marks, by_sound=True)),
                excerpt_parts=tuple(rules.mark(rules.excerpt(row.text, question.marks), question.marks)),
                url=row.url,
                department=names.get(about.department, about.department),
                state=str(source.states.get(about.state, about.state)) if source else about.state,
                day=about.day,
            )
        )
    return tuple(found)

"""Taking documents into a generation of the index and out of it; everything in the caller's transaction."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b

from django.db import connection
from django.db.models import F

from quancheng.support.search import rules
from quancheng.support.search.engine import gates
from quancheng.support.search.engine.backends import engine
from quancheng.support.search.engine.sources import Entry, Source
from quancheng.support.search.models import Audience, Body, Document, Gate, Generation, Word
from quancheng.support.search.rules.tokens import TITLE

LONGEST_TEXT = 6_000
"""Characters of a text that are kept and searched."""

Counts = Counter[tuple[int, str]]


def facet(name: str, value: str) -> str:
    """Return the token that stands for a facet's value."""
    return f"f_{blake2b(f'{name}={value}'.encode(), digest_size=8).hexdigest()}"


def passage(generation: int, gate: str) -> str:
    """Return the token of a gate in one generation: readers of another one never meet its documents."""
    return f"g{generation}_{gate}"


def put(generation: Generation, source: Source, entries: Iterable[Entry], *, replace: bool = True) -> int:
    """Make the index say of these entries what they say now; return how many documents changed.

    Without `replace` a document that is there already stays: whoever put it there knew something newer.
    """
    # One writer a generation: counts of words and audiences are shared by its documents.
    Generation.objects.select_for_update().get(pk=generation.pk)
    given = {entry.key: entry for entry in entries}
    known = {
        row.key: row
        for row in Document.objects.filter(generation=generation, kind=source.kind, key__in=list(given)).only(
            "id", "key", "digest"
        )
    }
    if not replace:
        given = {key: entry for key, entry in given.items() if key not in known}
    prepared = {key: _shielded(entry) for key, entry in given.items()}
    digests = {key: _digest(entry, source) for key, entry in prepared.items()}
    changed = {key: item for key, item in prepared.items() if key not in known or known[key].digest != digests[key]}
    if not changed:
        return 0
    _take_out([known[key].pk for key in changed if key in known])
    audiences = _audiences(generation, {key: gates.gates(entry.readers) for key, entry in changed.items()})
    rows = Document.objects.bulk_create(
        Document(
            generation=generation,
            kind=source.kind,
            key=key,
            audience_id=audiences[key],
            department=entry.department[:64],
            state=entry.state[:30],
            day=entry.day,
            year=entry.day.year if entry.day else None,
            digest=digests[key],
        )
        for key, entry in changed.items()
    )
    bodies = [_body(generation, row, changed[row.key], source) for row in rows]
    Body.objects.bulk_create(bodies)
    engine().add([(body.pk, body.index) for body in bodies])
    _count(Counter((row.audience_id, word) for row, body in zip(rows, bodies, strict=True) for word in body.known))
    return len(rows)


def remove(generation: Generation, kind: str, keys: Collection[str]) -> int:
    """Take documents out of a generation; return how many there were."""
    Generation.objects.select_for_update().get(pk=generation.pk)
    return _take_out(
        Document.objects.filter(generation=generation, kind=kind, key__in=list(keys)).values_list("pk", flat=True)
    )


def clear(generation: Generation, *, most: int) -> int:
    """Take at most `most` documents out of a generation that nobody asks any more; return how many."""
    rows = list(Body.objects.filter(document__generation=generation).values_list("pk", "index")[:most])
    engine().remove(rows)
    keys = [key for key, _index in rows]
    Body.objects.filter(pk__in=keys).delete()
    Document.objects.filter(pk__in=keys).delete()
    return len(rows)


def _shielded(entry: Entry) -> Entry:
    return Entry(
        key=entry.key,
        title=rules.shield(rules.tidy(entry.title))[:300],
        url=entry.url[:400],
        readers=entry.readers,
        text=rules.shield(rules.tidy(entry.text[: 2 * LONGEST_TEXT])[:LONGEST_TEXT]),
        words=tuple(rules.shield(rules.tidy(word)) for word in entry.words),
        department=entry.department,
        state=entry.state,
        day=entry.day,
    )


def _digest(entry: Entry, source: Source) -> str:
    parts = (entry.title, entry.text, *entry.words, entry.url, entry.department, entry.state, str(entry.day))
    told = "\0".join((*parts, str(source.weight), *gates.gates(entry.readers)))
    return blake2b(told.encode(), digest_size=16).hexdigest()


def _audiences(generation: Generation, wanted: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """Return the audience of each key, made where it is new."""
    names = {key: blake2b("".join(item).encode(), digest_size=16).hexdigest() for key, item in wanted.items()}
    of_name = dict(zip(names.values(), wanted.values(), strict=True))
    Audience.objects.bulk_create(
        [Audience(generation=generation, digest=name) for name in sorted(of_name)], ignore_conflicts=True
    )
    rows = dict(Audience.objects.filter(generation=generation, digest__in=of_name).values_list("digest", "pk"))
    Gate.objects.bulk_create(
        [Gate(audience_id=rows[name], gate=gate) for name, item in sorted(of_name.items()) for gate in item],
        ignore_conflicts=True,
    )
    return {key: rows[name] for key, name in names.items()}


def _body(generation: Generation, row: Document, entry: Entry, source: Source) -> Body:
    names, aids = rules.tokens_of_title(entry.title)
    for word in entry.words:
        more, also = rules.tokens_of_title(word)
        names, aids = [*names, *more], aids | also
    words = rules.tokens_of_text(entry.text)
    facets = (("kind", row.kind), ("department", row.department), ("state", f"{row.kind} {row.state}"))
    index = {
        *names,
        *words,
        *aids,
        *(TITLE + token for token in {*names, *aids}),
        *(facet(name, value) for name, value in facets if value),
        *([facet("year", str(row.day.year))] if row.day else ()),
        *(passage(generation.pk, gate) for gate in gates.gates(entry.readers)),
    }
    return Body(
        document=row,
        title=entry.title,
        text=entry.text,
        url=entry.url,
        names=_lines([*names, *sorted(aids)]),
        words=_lines(words),
        index=" ".join(sorted(index)),
        vocabulary=" ".join(sorted(rules.vocabulary(entry.title, *entry.words))),
        length=len(names) + len(words),
        weight=source.weight,
    )


def _lines(tokens: Sequence[str]) -> str:
    """Return the tokens so that each stands between two line feeds of its own: counting them is counting substrings."""
    return "".join(f"\n{token}\n" for token in tokens)


def _take_out(keys: Iterable[int]) -> int:
    rows = list(Body.objects.filter(pk__in=list(keys)).select_related("document"))
    engine().remove([(body.pk, body.index) for body in rows])
    _uncount(Counter((body.document.audience_id, word) for body in rows for word in body.known))
    gone = [body.pk for body in rows]
    Body.objects.filter(pk__in=gone).delete()
    Document.objects.filter(pk__in=gone).delete()
    return len(rows)


def _count(counts: Counts) -> None:
    rows = [
        (audience, word, rules.sound(word)[:120], rules.initials(word)[:20], word[::-1], times)
        for (audience, word), times in sorted(counts.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO search_word (audience_id, text, sound, initials, mirror, count)"
            " VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (audience_id, text) DO UPDATE SET count = search_word.count + excluded.count",
            rows,
        )


def _uncount(counts: Counts) -> None:
    for (audience, word), times in sorted(counts.items()):
        Word.objects.filter(audience=audience, text=word).update(count=F("count") - times)
    Word.objects.filter(audience__in={audience for audience, _word in counts}, count=0).delete()


def known_keys(generation: Generation, kind: str) -> list[str]:
    """Return the keys of a kind that a generation holds."""
    return list(Document.objects.filter(generation=generation, kind=kind).values_list("key", flat=True))

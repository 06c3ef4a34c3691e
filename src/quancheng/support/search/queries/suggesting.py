"""Words a reader may have meant, and words that begin as what is being typed: only from what they may see."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet, Sum

from quancheng.security.pmi import public as pmi
from quancheng.support.search import rules
from quancheng.support.search.engine import gates
from quancheng.support.search.models import Gate, Word
from quancheng.support.search.queries.finding import live
from quancheng.support.search.rules.tokens import blur, is_chinese, runs

MOST = 8
NEAR = 400


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A word to search for instead, and in how many titles that the reader may see it stands."""

    text: str
    count: int


def _words(actor: pmi.Actor) -> QuerySet[Word]:
    generation = live()
    if generation is None:
        return Word.objects.none()
    open_to = Gate.objects.filter(audience=OuterRef("audience"), gate__in=gates.passes(actor))
    return Word.objects.filter(Exists(open_to), audience__generation=generation)


def _counted(rows: QuerySet[Word], most: int) -> list[tuple[str, str, int]]:
    found = rows.values("text", "sound").annotate(times=Sum("count")).order_by("-times", "text")
    return [(row["text"], row["sound"], row["times"]) for row in found[:most]]


def suggest(*, actor: pmi.Actor, text: str, most: int = MOST) -> tuple[Suggestion, ...]:
    """Return the words that begin as `text` does, written or spoken (pinyin, initials), most frequent first."""
    typed = rules.fold(rules.shield(rules.tidy(text[:200]))).replace(" ", "")[:20]
    if not runs(typed):
        return ()
    begins = pmi.below("text", typed)
    if typed.isascii() and typed.isalpha():
        begins |= pmi.below("initials", typed) | pmi.below("sound", blur(typed))
    return tuple(Suggestion(text, times) for text, _sound, times in _counted(_words(actor).filter(begins), most))


def meant(*, actor: pmi.Actor, question: rules.Question) -> str:
    """Return the question with those words replaced that stand in no title the reader may see but are near one; or "".

    Near is what sounds alike (营业之照, 营业执照), then what differs in one character.
    """
    plain, changed = question.folded, False
    for part in [run for run in runs(plain) if len(run) > 1][:4]:
        for word in _parts(part):
            if found := _nearest(actor, word):
                plain, changed = plain.replace(word, found), True
                break
    return plain if changed and plain != question.folded else ""


def _parts(run: str) -> Iterable[str]:
    """Yield the run itself, then its words: a slip of the pen falls apart in the dictionary."""
    if len(run) <= 20:
        yield run
    if is_chinese(run):
        yield from (word for word in rules.tokens.words(run) if len(word) > 1 and word != run)


def _nearest(actor: pmi.Actor, word: str) -> str:
    rows = _words(actor)
    if rows.filter(text=word).exists():
        return ""
    heard = rules.sound(word)
    alike = [text for text, _sound, _times in _counted(rows.filter(sound=heard), 1) if text != word]
    if alike:
        return alike[0]
    if len(word) < 3:
        return ""
    # One slip leaves the first half as it was, or the second.
    half = len(word) // 2
    near = rows.filter(pmi.below("text", word[:half]) | pmi.below("mirror", word[half:][::-1]))
    close = [
        (rules.distance(word, text), -times, text)
        for text, _sound, times in _counted(near, NEAR)
        if abs(len(text) - len(word)) <= 1
    ]
    best = min(close, default=None)
    return best[2] if best and best[0] <= 1 else ""

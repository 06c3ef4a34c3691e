"""What a designer should put right in a form before it is published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.support.eforms.engine import reading, state
from quancheng.support.eforms.engine.schema import BadForm, Field, Group, Item, Picture, Schema, Table, walk
from quancheng.support.feel import public as feel

KEY = re.compile(r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*")
# Names that FEEL reads as something else (DMN 1.5, 10.3.1.2), and those a row has of its own.
RESERVED = frozenset(
    {
        "true", "false", "null", "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "between",
        "and", "or", "not", "instance", "of", "function", "external", "list", "context", "range", "i", "parent",
    }
)  # fmt: skip
MOST_TRIED = 2000


@dataclass(frozen=True, slots=True)
class Finding:
    """A doubt about a form. `where` is a key or id; `is_fault` tells what stops publication from what is advice."""

    code: str
    where: str
    sentence: str | Promise
    is_fault: bool = True


def check(source: Any, *, context: Mapping[str, Any] | frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """Return everything to put right in a form-js schema, in the order of the form; `context` names what else is known.

    A form that cannot be loaded gives one finding that says why.
    """
    try:
        schema = reading.load(source)
    except BadForm as error:
        return (Finding("unreadable", error.where, str(error)),)
    return (*_duplicates(schema), *_of_items(schema.items, schema.fields, frozenset(context)))


def _duplicates(schema: Schema) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for field in schema.fields.values():
        if field.label in seen and not field.part_of:
            yield Finding(
                "label-twice", field.key, _("Another field has the same label; tell them apart."), is_fault=False
            )
        seen[field.label] = field.key


def _of_items(items: tuple[Item, ...], around: Mapping[str, Field], known: frozenset[str]) -> Iterator[Finding]:
    for item, hides in walk(items):
        if isinstance(item, Field):
            yield from _of_field(item)
            own = {inner.key: inner for inner in item.fields}
            yield from _of_items(item.items, {**around, **own}, known | {"i", "parent"})
        if isinstance(item, Group) and not item.label:
            yield Finding("no-label", item.id, _("This group has no label."), is_fault=False)
        if isinstance(item, Picture) and not item.alt:
            yield Finding("no-words", item.id, _("This image has no words for those who do not see it."))
        if isinstance(item, Table) and not item.label:
            yield Finding("no-label", item.id, _("This table has no label."))
        where = item.key if isinstance(item, Field) else item.id
        own_texts = [getattr(item, name, "") for name in ("required_if", "disable", "lock_if")]
        for text in (*hides[-1:], *own_texts):
            if text:
                yield from _of_condition(text, where, around, known)
        for text in (getattr(item, "expression", ""), item.source if isinstance(item, Table) else ""):
            if text:
                yield from _unknown(text, where, around, known)


def _of_field(field: Field) -> Iterator[Finding]:
    if field.label == field.key and field.type != "expression":
        yield Finding("no-label", field.key, _("This field has no label."))
    if not KEY.fullmatch(field.key) or field.key in RESERVED:
        yield Finding("bad-key", field.key, _("FEEL cannot read this key: use letters, digits and underscores."))
    if field.type == "textfield" and field.pattern and not field.pattern_message:
        yield Finding("no-message", field.key, _("Say in pattern_message what the pattern asks for."), is_fault=False)
    values = [option.value for option in field.options]
    if len(set(values)) < len(values):
        yield Finding("option-twice", field.key, _("Two choices have the same value."))
    if field.least is not None and field.most is not None and field.least > field.most:
        yield Finding("empty-range", field.key, _("The least is more than the most: nothing can be entered."))


def _unknown(text: str, where: str, around: Mapping[str, Field], known: frozenset[str]) -> Iterator[Finding]:
    # Where nobody said what else is known, e.g. answers to guided questions, this is a doubt and no more.
    fault = bool(known - {"i", "parent"})
    for name in sorted(feel.names(text) - set(around) - known):
        sentence = _("“%(name)s” is no field of this form.") % {"name": name}
        yield Finding("unknown-name", where, sentence, is_fault=fault)


def _of_condition(text: str, where: str, around: Mapping[str, Field], known: frozenset[str]) -> Iterator[Finding]:
    yield from _unknown(text, where, around, known)
    names = feel.names(text)
    if not names:
        yield Finding("constant", where, _("This condition looks at no answer."), is_fault=False)
        return
    answers = [_answers(around.get(name)) for name in sorted(names)]
    if any(found is None for found in answers):
        return
    size = 1
    for found in answers:
        size *= len(found or ())
    if size > MOST_TRIED:
        return
    chosen = (dict(zip(sorted(names), values, strict=True)) for values in product(*(found or () for found in answers)))
    tried = {state.holds(text, values) for values in chosen}
    if tried == {False}:
        yield Finding("never", where, _("This condition never holds, whatever is chosen."))
    if tried == {True}:
        yield Finding("always", where, _("This condition always holds, whatever is chosen."))


def _answers(field: Field | None) -> list[Any] | None:
    """Return every value that a field can have, None where there are too many to tell."""
    if field is None or field.options_from:
        return None
    if field.type in ("select", "radio"):
        return [None, *(option.value for option in field.options)]
    if field.type in ("checklist", "taglist") and len(field.options) <= 8:
        values = [option.value for option in field.options]
        return [None, *(list(chosen) for n in range(len(values)) for chosen in combinations(values, n + 1))]
    return [None, True] if field.type == "checkbox" else None

"""A form together with what somebody filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any

from quancheng.support.eforms.engine import formats
from quancheng.support.eforms.engine.choices import options_of
from quancheng.support.eforms.engine.schema import Field, Group, Item, Option, Page, Schema, Text, load, walk
from quancheng.support.feel import public as feel

REFRESH = "_refresh"


@dataclass(frozen=True, slots=True)
class Form:
    """A loaded form. `bind` joins it with values."""

    schema: Schema

    @property
    def id(self) -> str:
        """The id of the schema."""
        return self.schema.id

    @property
    def title(self) -> str:
        """The title of the form, "" when it has none."""
        return self.schema.title

    @property
    def fields(self) -> Mapping[str, Field]:
        """Every field by key, in the order of the form."""
        return self.schema.fields

    @property
    def pages(self) -> tuple[Page, ...]:
        """The pages, numbered from 1: one for each top-level group."""
        return self.schema.pages

    @property
    def catalogue_items(self) -> dict[str, str]:
        """The catalogue item that can prefill each field, by field key."""
        return self.schema.catalogue_items

    @property
    def bases(self) -> dict[str, str]:
        """The law each field rests on, by field key."""
        return self.schema.bases

    def bind(
        self,
        data: Mapping[str, Any] | None,
        files: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
        sources: Mapping[str, str] | None = None,
        *,
        page: int | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> Bound:
        """Join the form with what was sent.

        `data` is a QueryDict or plain JSON values; None shows the form without judging it. `initial` holds values known
        before: of other pages, of a draft, prefilled ones. `sources` says where a prefilled value comes from, key to
        words such as "人口库，2026年11月20日"; it stays unless the field is editable. With `page` only that page is
        judged. `context` adds names for the conditions, such as the answers to guided questions.
        """
        return Bound(
            self,
            data=data,
            files=files or {},
            initial=initial or {},
            sources=sources or {},
            page=page,
            context=context or {},
        )


def load_form(source: str | bytes | Mapping[str, Any]) -> Form:
    """Read a form-js schema (JSON text or mapping). :raises BadForm:"""
    return Form(load(source))


class Bound:
    """What was filled in: `values` as sent, `errors` (key -> sentence), `cleaned` checked values of visible fields."""

    def __init__(
        self,
        form: Form,
        *,
        data: Mapping[str, Any] | None,
        files: Mapping[str, Any],
        initial: Mapping[str, Any],
        sources: Mapping[str, str],
        page: int | None,
        context: Mapping[str, Any],
    ) -> None:
        self.form = form
        self.data = data
        self.files = files
        self.initial = initial
        self.sources = sources
        self.page = page
        self.context = context
        self._offered: dict[str, tuple[Option, ...] | None] = {}

    @property
    def is_bound(self) -> bool:
        """Whether something was sent."""
        return self.data is not None

    @property
    def is_refresh(self) -> bool:
        """Whether the person only asked for the form to be brought up to date (no script in the browser)."""
        return self.data is not None and REFRESH in self.data

    def locked(self, field: Field) -> bool:
        """Test whether the value is prefilled from a register and not the person's to change."""
        if field.readonly:
            return True
        return field.key in self.sources and not field.editable and not formats.is_empty(self.initial.get(field.key))

    @cached_property
    def judged(self) -> tuple[Field, ...]:
        """The fields this binding judges: those of its page, or all."""
        if self.page is None:
            return tuple(self.form.fields.values())
        return next((page.fields for page in self.form.pages if page.number == self.page), ())

    @cached_property
    def values(self) -> dict[str, Any]:
        """Every field's value as sent, or as known before where nothing could be sent."""
        judged = {field.key for field in self.judged}
        return {key: self._value(field, sent=key in judged) for key, field in self.form.fields.items()}

    def _value(self, field: Field, *, sent: bool) -> Any:
        known = self.initial.get(field.key)
        if not self.is_bound or not sent or self.locked(field):
            return known if known is not None or (self.is_bound and not field.readonly) else field.default
        return self._file_value(field) if field.type == "filepicker" else self._sent(field)

    def _sent(self, field: Field) -> Any:
        assert self.data is not None  # noqa: S101  (only asked when bound)
        many = getattr(self.data, "getlist", None)
        if field.type == "checklist" and many:
            return many(field.key)
        return self.data.get(field.key)

    def _file_value(self, field: Field) -> Any:
        many = getattr(self.files, "getlist", None)
        found = many(field.key) if many else self.files.get(field.key)
        if not formats.is_empty(found):
            return found
        given = self.data.get(field.key) if self.data is not None else None
        # Browsers send no file again: one that was kept before stays until another takes its place.
        return given if isinstance(given, list) else self.initial.get(field.key)

    def options(self, field: Field) -> tuple[Option, ...] | None:
        """Return the choices of a field, given what is chosen above it; None when nobody provides them."""
        # Providers read tables, and rendering asks several times.
        if field.key not in self._offered:
            parent = self._chosen(self.form.fields[field.parent]) if field.parent else ""
            self._offered[field.key] = options_of(field, parent)
        return self._offered[field.key]

    def _chosen(self, field: Field) -> str:
        """Return what is chosen in a field that others depend on; a choice that is no longer offered is none."""
        value, offered = self.values.get(field.key), self.options(field)
        if formats.is_empty(value) or (offered is not None and str(value) not in {item.value for item in offered}):
            return ""
        return str(value)

    @cached_property
    def _checked(self) -> dict[str, tuple[Any, str]]:
        """Each field's checked value and error, before anything is hidden."""
        found: dict[str, tuple[Any, str]] = {}
        for key, field in self.form.fields.items():
            value = self.values[key]
            if formats.is_empty(value):
                found[key] = (None, "")
                continue
            try:
                found[key] = (formats.clean(field, value, self.options(field)), "")
            except formats.Wrong as wrong:
                found[key] = (None, str(wrong))
        return found

    @cached_property
    def _hidden(self) -> frozenset[str]:
        """Ids of hidden items. A hidden field counts as empty for the other conditions, so this is a fixed point."""
        conditions = list(walk(self.form.schema.items))
        hidden: frozenset[str] = frozenset()
        # Each round can hide or show at least one more item; conditions that contradict each other end with the rounds.
        for _round in range(len(conditions) + 1):
            names = {
                **dict.fromkeys(self.form.fields),
                **self.context,
                **{
                    key: _plain(value)
                    for key, (value, _error) in self._checked.items()
                    if value is not None and self.form.fields[key].id not in hidden
                },
            }
            now = frozenset(item.id for item, hides in conditions if any(_holds(hide, names) for hide in hides))
            if now == hidden:
                break
            hidden = now
        return hidden

    def is_hidden(self, item: Item | Page) -> bool:
        """Test whether a condition hides a field, text, group or page."""
        return item.id in self._hidden

    @property
    def visible_pages(self) -> tuple[Page, ...]:
        """The pages that have something to fill in or to read for this person."""
        return tuple(page for page in self.form.pages if any(not self.is_hidden(item) for item, _ in walk(page.items)))

    @cached_property
    def errors(self) -> dict[str, str]:
        """A sentence for each field that must be corrected, in the order of the form."""
        if not self.is_bound or self.is_refresh:
            return {}
        found: dict[str, str] = {}
        for field in self.judged:
            if self.is_hidden(field):
                continue
            value, error = self._checked[field.key]
            if error:
                found[field.key] = error
            elif field.required and formats.is_empty(value):
                found[field.key] = formats.missing(field)
        return found

    def is_valid(self) -> bool:
        """Test whether everything judged can be accepted; asking for a refresh is never valid."""
        return self.is_bound and not self.is_refresh and not self.errors

    @cached_property
    def cleaned(self) -> dict[str, Any]:
        """The checked values of the judged, visible fields that were filled in: str, int, Decimal, bool, list, date."""
        return {
            field.key: self._checked[field.key][0]
            for field in self.judged
            if not self.is_hidden(field) and self._checked[field.key][0] is not None
        }

    @property
    def as_data(self) -> dict[str, Any]:
        """`cleaned` in JSON's types: dates as ISO 8601, decimals as text; uploaded files are left out."""
        return {
            key: _json(value)
            for key, value in self.cleaned.items()
            if self.form.fields[key].type != "filepicker" or all(isinstance(item, Mapping) for item in value)
        }


def _holds(condition: str, names: Mapping[str, Any]) -> bool:
    try:
        return feel.holds(condition, names)
    except feel.FeelError:
        # A condition that cannot be evaluated must not make a question disappear.
        return False


def _plain(value: Any) -> Any:
    """Return a value for the conditions; of files only how many there are is known."""
    if isinstance(value, list):
        return [item if isinstance(item, str) else True for item in value]
    return value


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return value


__all__ = ["REFRESH", "Bound", "Field", "Form", "Group", "Item", "Page", "Text", "load_form"]

"""A form together with what somebody filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from quancheng.support.eforms.config import config
from quancheng.support.eforms.engine import formats, rows, state
from quancheng.support.eforms.engine.choices import options_of
from quancheng.support.eforms.engine.reading import load
from quancheng.support.eforms.engine.schema import Field, Group, Item, Option, Page, Schema, Table, Text, walk

REFRESH = "_refresh"
LONGEST_KEPT = max(20_000, config.longest_text, config.largest_signature_kb * 1400)


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
        words such as "人口库，2026年11月20日"; it stays unless the field is editable. Of a repeating group every known
        row (key) or one of them (key.0, key.1, …) can have a source. With `page` only that page is judged. `context`
        adds names for the conditions, such as the answers to guided questions.
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
        """Whether the person only asked for the form to be brought up to date, or for a row more or less."""
        return self.data is not None and (REFRESH in self.data or rows.CHANGE in self.data)

    def locked(self, field: Field) -> bool:
        """Test whether the value is prefilled from a register and not the person's to change."""
        return self._fixed(field) or bool(field.lock_if and state.holds(field.lock_if, self._state.names))

    def _fixed(self, field: Field) -> bool:
        if field.readonly:
            return True
        if field.type == "dynamiclist":
            return False
        return field.key in self.sources and not field.editable and not formats.is_empty(self.initial.get(field.key))

    @cached_property
    def judged(self) -> tuple[Field, ...]:
        """The fields this binding judges: those of its page, or all."""
        if self.page is None:
            return tuple(self.form.fields.values())
        return next((page.fields for page in self.form.pages if page.number == self.page), ())

    @cached_property
    def _judged_keys(self) -> frozenset[str]:
        return frozenset(field.key for field in self.judged)

    @cached_property
    def values(self) -> dict[str, Any]:
        """Every field's value as sent, as calculated, or as known before where nothing could be sent."""
        found = dict(self._raw)
        for key, field in self.form.fields.items():
            if field.type == "expression":
                found[key] = self._state.calculated.get(key)
            elif field.type == "dynamiclist":
                found[key] = [row.values for row in self._state.rows.get(key, ())]
            elif field.lock_if and self.locked(field):
                found[key] = self._known(field)
        return found

    @cached_property
    def _raw(self) -> dict[str, Any]:
        """Every field's value as sent, before any condition is looked at."""
        return {key: self._value(field) for key, field in self.form.fields.items()}

    def _known(self, field: Field) -> Any:
        known = self.initial.get(field.key)
        return known if known is not None or (self.is_bound and not field.readonly) else field.default

    def _value(self, field: Field) -> Any:
        if field.type == "expression":
            return None
        if not self.is_bound or field.key not in self._judged_keys or self._fixed(field):
            return self._known(field)
        return self._file_value(field) if field.type == "filepicker" else self._sent(field)

    def _sent(self, field: Field) -> Any:
        assert self.data is not None  # noqa: S101  (only asked when bound)
        many = getattr(self.data, "getlist", None)
        if field.type in formats.SEVERAL and many:
            return many(field.key)
        if field.type == "dynamiclist":
            return rows.sent(field, self.data)
        if field.type == "signature" and not formats.is_empty(drawn := self.data.get(f"{field.key}.drawn")):
            return drawn
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
        value, offered = self._raw.get(field.key), self.options(field)
        if formats.is_empty(value) or (offered is not None and str(value) not in {item.value for item in offered}):
            return ""
        return str(value)

    def checked_as(self, field: Field, value: Any) -> tuple[Any, str]:
        """Return the checked value and no error, or None and the sentence that says what is wrong."""
        if field.type in ("dynamiclist", "expression") or formats.is_empty(value):
            return None, ""
        try:
            checked = formats.clean(field, value, self.options(field))
        except formats.Wrong as wrong:
            return None, str(wrong)
        return (None if formats.is_empty(checked) else checked), ""

    @cached_property
    def _checked(self) -> dict[str, tuple[Any, str]]:
        """Each field's checked value and error, as sent."""
        return {key: self.checked_as(field, self._raw[key]) for key, field in self.form.fields.items()}

    @cached_property
    def _checked_known(self) -> dict[str, tuple[Any, str]]:
        """The same of the values known before, for fields that a condition can lock."""
        return {
            key: self.checked_as(field, self._known(field)) for key, field in self.form.fields.items() if field.lock_if
        }

    @cached_property
    def _state(self) -> state.State:
        return state.settle(
            self.form.schema,
            sent={key: value for key, (value, _error) in self._checked.items()},
            known={key: value for key, (value, _error) in self._checked_known.items()},
            context=self.context,
            rows_of=self._row_bounds,
        )

    def _row_bounds(self, field: Field, names: Mapping[str, Any]) -> tuple[Bound, ...]:
        """Return the rows of a repeating group, each bound by itself with the names around it."""
        known = [row if isinstance(row, Mapping) else {} for row in rows.listed(self.initial.get(field.key))]
        is_sent = self.is_bound and field.key in self._judged_keys and not field.readonly
        firm = rows.firm(field, known, self.sources)
        given: list[Any] = rows.listed(self._raw.get(field.key)) if is_sent else known
        if is_sent and self.data is not None:
            given = rows.changed(field, given, self.data.get(rows.CHANGE), firm=firm)
        if not self.is_bound and not given:
            given = [{}] * rows.at_first(field)
        given = [*given, *known[len(given) : firm]]
        form = Form(Schema(field.id, "", field.items, {inner.key: inner for inner in field.fields}, {}))
        return tuple(
            Bound(
                form,
                data=(row if isinstance(row, Mapping) else {}) if is_sent else None,
                files={},
                initial=known[number] if number < len(known) else (row if not is_sent else {}),
                sources=rows.sources(field, number, known, self.sources),
                page=None,
                context={**names, "i": number + 1},
            )
            for number, row in enumerate(given[: rows.most(field) + 1])
        )

    def rows(self, field: Field) -> tuple[Bound, ...]:
        """Return the rows of a repeating group as filled in, each a binding of its own."""
        return self._state.rows.get(field.key, ())

    def is_firm(self, field: Field, number: int) -> bool:
        """Test whether a row (from 0) of a repeating group is from a register and cannot be taken out."""
        known = [row for row in rows.listed(self.initial.get(field.key)) if isinstance(row, Mapping)]
        return field.readonly or number < rows.firm(field, known, self.sources)

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all was filled in."""
        return all(
            formats.is_empty(value) for key, value in self._raw.items() if self.form.fields[key].type != "expression"
        )

    def table(self, item: Table) -> list[list[Any]]:
        """Return the cells of a read-only table, row by row; none when its source gives no rows."""
        found = state.value(item.source, self._state.names)
        listed = found if isinstance(found, list) else []
        return [[row.get(key) for key, _heading in item.columns] for row in listed[:200] if isinstance(row, Mapping)]

    def is_hidden(self, item: Item | Page) -> bool:
        """Test whether a condition hides a field, text, group or page."""
        return item.id in self._state.hidden

    def is_disabled(self, field: Field) -> bool:
        """Test whether a condition switches a field off: it is shown, but neither required nor kept."""
        return field.key in self._state.disabled

    def is_required(self, field: Field) -> bool:
        """Test whether a field must be filled in, always or under its condition."""
        return field.required or bool(field.required_if and state.holds(field.required_if, self._state.names))

    def _is_out(self, field: Field) -> bool:
        return self.is_hidden(field) or self.is_disabled(field)

    @property
    def visible_pages(self) -> tuple[Page, ...]:
        """The pages that have something to fill in or to read for this person."""
        return tuple(page for page in self.form.pages if any(not self.is_hidden(item) for item, _ in walk(page.items)))

    @cached_property
    def errors(self) -> dict[str, str]:
        """A sentence for each field that must be corrected, in the order of the form."""
        if not self.is_bound or self.is_refresh:
            return {}
        found = {field.key: self._error(field) for field in self.judged if not self._is_out(field)}
        return {key: text for key, text in found.items() if text}

    def _error(self, field: Field) -> str:
        if field.type == "expression":
            return ""
        if field.type == "dynamiclist":
            return self._error_of_rows(field)
        checked = self._checked_known if field.lock_if and self.locked(field) else self._checked
        value, error = checked[field.key]
        if not error and self.is_required(field) and formats.is_empty(value):
            return formats.missing(field)
        return error

    def _error_of_rows(self, field: Field) -> str:
        found = self.rows(field)
        if any(not isinstance(row, Mapping) for row in rows.listed(self._raw.get(field.key))):
            return _("These rows cannot be read; fill them in again.")
        if len(found) > rows.most(field):
            return formats.too_many_rows(rows.most(field))
        for number, row in enumerate(found, start=1):
            if not row.is_blank and row.errors:
                key, text = next(iter(row.errors.items()))
                named = formats.named(row.form.fields[key], text)
                return _("Row %(number)d: %(error)s") % {"number": number, "error": named}
        filled = sum(not row.is_blank for row in found)
        least = max(field.fewest, int(self.is_required(field)))
        return formats.too_few_rows(field, least) if filled < least else ""

    def is_valid(self) -> bool:
        """Test whether everything judged can be accepted; asking for a refresh is never valid."""
        return self.is_bound and not self.is_refresh and not self.errors

    @cached_property
    def cleaned(self) -> dict[str, Any]:
        """The checked values of the judged, visible fields that were filled in: str, int, Decimal, bool, list, date."""
        found = {field.key: self._cleaned(field) for field in self.judged if not self._is_out(field)}
        return {key: value for key, value in found.items() if value is not None}

    def _cleaned(self, field: Field) -> Any:
        if field.type == "expression":
            return self._state.calculated.get(field.key)
        if field.type == "dynamiclist":
            return [row.cleaned for row in self.rows(field) if not row.is_blank and row.cleaned] or None
        checked = self._checked_known if field.lock_if and self.locked(field) else self._checked
        return checked[field.key][0]

    @property
    def as_data(self) -> dict[str, Any]:
        """`cleaned` in JSON's types: dates as ISO 8601, decimals as text; uploaded files are left out."""
        return {
            key: formats.as_json(value)
            for key, value in self.cleaned.items()
            if self.form.fields[key].type != "filepicker" or all(isinstance(item, Mapping) for item in value)
        }

    @property
    def kept(self) -> dict[str, Any]:
        """What a draft keeps of the judged fields: what is right as checked, what is wrong as typed, None for nothing.

        Fields that are locked, hidden or files are left out; a row just added stays, empty as it is.
        """
        right = self.as_data
        found: dict[str, Any] = {}
        for field in self.judged:
            if field.type == "filepicker" or self._is_out(field) or self.locked(field):
                continue
            if field.type == "dynamiclist":
                found[field.key] = [row.kept_row for row in self.rows(field)[: rows.most(field)]] or None
                continue
            raw = self.values.get(field.key)
            typed = formats.storable(raw[:LONGEST_KEPT]) if isinstance(raw, str | list) and raw else None
            found[field.key] = right.get(field.key, typed)
        return found

    @property
    def kept_row(self) -> dict[str, Any]:
        """What a draft keeps of a row: locked values too, for a row is replaced as a whole."""
        locked = {field.key: self.values.get(field.key) for field in self.judged if self.locked(field)}
        return {
            key: formats.as_json(value) for key, value in {**self.kept, **locked}.items() if not formats.is_empty(value)
        }


__all__ = ["REFRESH", "Bound", "Field", "Form", "Group", "Item", "Page", "Text", "load_form"]

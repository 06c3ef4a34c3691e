"""Whatever is sent to whatever field: a sentence, never a crash; and what was stored is stored the same again."""

import json

import pytest
from django.http import QueryDict
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quancheng.support.eforms import public as eforms
from quancheng.support.eforms.engine import hooks
from quancheng.support.eforms.engine.reading import FORMATS

OPTIONS = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]
KINDS = {
    "textfield": {},
    "textarea": {},
    "number": {"decimalDigits": 2},
    "select": {"values": OPTIONS},
    "radio": {"values": OPTIONS},
    "checklist": {"values": OPTIONS},
    "taglist": {"values": OPTIONS},
    "checkbox": {},
    "datetime": {},
    "filepicker": {"multiple": True},
    "signature": {},
    "dynamiclist": {
        "components": [{"type": "textfield", "key": "x", "label": "x"}, {"type": "number", "key": "n", "label": "n"}]
    },
}
ONE_OF_EACH = [
    *({"type": kind, "key": f"k_{kind}", "label": kind, **more} for kind, more in KINDS.items()),
    *({"type": "textfield", "key": f"f_{n}", "properties": {"format": name}} for n, name in enumerate(sorted(FORMATS))),
    *({"type": "datetime", "key": f"d_{part}", "subtype": part} for part in ("time", "datetime")),
    {"type": "number", "key": "money", "properties": {"format": "money"}},
    {"type": "datetime", "key": "working", "properties": {"format": "working-day"}},
    {"type": "expression", "key": "total", "label": "合计", "expression": "=k_number * 3 + money"},
    {"type": "textfield", "key": "hidden", "conditional": {"hide": '=k_radio = "a"'}},
    {"type": "textfield", "key": "off", "disabled": "=k_number > 3"},
    {"type": "textfield", "key": "fixed", "readonly": "=k_checkbox"},
    {"type": "table", "id": "T", "dataSource": "=k_dynamiclist", "columns": [{"key": "x"}]},
]
FORM = eforms.load({"components": ONE_OF_EACH})
KEYS = sorted(FORM.fields)
NAMES = [*KEYS, "_rows", "k_dynamiclist.0.x", "k_signature.drawn"]
WISHES = ["k_dynamiclist:add:1", "k_dynamiclist:remove:0", "k:add:99999"]
NASTY = [
    '<a href="javascript:x">a</a>',
    "<p><script>x</script>",
    "<svg onload=x>",
    '<p style="x" onclick=x>',
    "<a href='//evil'>",
]
LIKELY = st.sampled_from(
    ["", " ", "a", "b", "\x00", "\ud800", "0", "-1", "1e999", "NaN", "１２", "2026-11-23", "2026-02-30", "09:30",
     "2026-11-23T09:30", "true", "false", "data:image/png;base64,AAAA", "x" * 3000, "0001-01-01", "9999-12-31",
     "11010519491231002X", "13800000000", "1_000", "12,000.50", "2026-11-23T09:30+08:00", "24:00"]
)  # fmt: skip
PLAIN = st.one_of(LIKELY, st.text(max_size=30), st.none(), st.booleans(), st.integers(), st.floats())
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["x", "n", "name", "size"]), inner),
    max_leaves=8,
)
SENT = st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=len(KEYS))


@pytest.fixture(scope="module", autouse=True)
def weekdays_only():
    """No calendar: which days are worked is in the database, and these tests have none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hooks, "_days", {})
        yield


class TestValues:
    @given(sent=SENT)
    @settings(max_examples=40, deadline=None)
    def test_anything_is_judged_shown_and_read_without_a_crash(self, sent):
        bound = FORM.bind(sent)

        assert all(isinstance(text, str) and text for text in bound.errors.values())
        assert eforms.render(bound).encode()
        json.dumps(bound.as_data)
        assert "\\u0000" not in json.dumps(bound.kept)
        assert eforms.as_paper(FORM, sent).encode()
        assert len(eforms.sections(FORM, sent)) >= 1

    @given(sent=SENT)
    @settings(max_examples=40, deadline=None)
    def test_what_was_stored_is_stored_the_same_again(self, sent):
        once = FORM.bind(sent).as_data
        stored = json.loads(json.dumps(once))

        assert FORM.bind(stored).as_data == stored
        assert FORM.bind(FORM.bind(sent).kept).as_data == {
            key: value for key, value in stored.items() if key not in ("k_filepicker", "fixed")
        } | ({"fixed": stored["fixed"]} if "fixed" in stored else {})

    @given(sent=SENT)
    @settings(max_examples=40, deadline=None)
    def test_hidden_and_disabled_fields_are_never_kept_nor_required(self, sent):
        bound = FORM.bind(sent)

        for key, field in FORM.fields.items():
            if bound.is_hidden(field) or bound.is_disabled(field):
                assert key not in bound.cleaned
                assert key not in bound.errors

    @given(
        pairs=st.lists(st.tuples(st.sampled_from([*KEYS, "_rows", "k_dynamiclist.0.x", "k_signature.drawn"]), LIKELY))
    )
    @example(pairs=[("working", "0001-01-01")])
    @settings(max_examples=40, deadline=None)
    def test_what_a_browser_sends_is_judged_without_a_crash(self, pairs):
        sent = QueryDict(mutable=True)
        for key, value in pairs:
            sent.appendlist(key, value)

        assert isinstance(FORM.bind(sent).errors, dict)

    @given(
        wish=st.text(max_size=30) | st.sampled_from(["k_dynamiclist:add:1", "k_dynamiclist:remove:0", "k:add:99999"])
    )
    def test_a_wish_for_rows_that_cannot_be_changes_nothing_or_one_row(self, wish):
        bound = FORM.bind({"k_dynamiclist": [{"x": "1"}], "_rows": wish})

        assert len(bound.rows(FORM.fields["k_dynamiclist"])) in (0, 1, 2)


WORDS = [
    *("type", "key", "id", "label", "components", "values", "value", "validate", "required", "min", "maxLength"),
    *("pattern", "conditional", "hide", "properties", "format", "path", "expression", "columns", "dataSource"),
]
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(["=a", "=1 +", "a", "[("])
)
SCHEMA = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS), inner | st.sampled_from(sorted(eforms.TYPES)), max_size=6)
    ),
    max_leaves=12,
)


def loaded(source):
    """The form, or the words of its refusal; anything else is a crash."""
    try:
        return eforms.load({"components": [source]}).bind({}).as_data
    except eforms.BadForm as refusal:
        return str(refusal)


class TestSchemas:
    @given(component=SCHEMA, kind=st.sampled_from(sorted(eforms.TYPES)))
    @settings(max_examples=80, deadline=None)
    def test_a_schema_is_loaded_or_refused_by_name(self, component, kind):
        source = {**component, "type": kind} if isinstance(component, dict) else component

        assert loaded(source) is not None
        assert isinstance(eforms.check({"components": [source]}), tuple)

    @pytest.mark.parametrize("source", ["", "[]", "null", "{", '{"components": 3}', b"\xff", '{"components": [3]}'])
    def test_what_is_no_form_is_refused(self, source):
        with pytest.raises(eforms.BadForm):
            eforms.load(source)

    @given(html=st.text(max_size=80) | st.sampled_from(NASTY))
    def test_html_keeps_no_script_no_handler_and_no_style(self, html):
        form = eforms.load({"components": [{"type": "html", "id": "h", "content": html}]})
        shown = eforms.render(form.bind(None)).lower().split("data-item")[1]

        for word in ("<script", "<svg", "onclick=", "onload=", "style=", "javascript:", 'href="//'):
            assert word not in shown

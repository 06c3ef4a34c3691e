"""Conditions and calculations mean the same in the browser (feelin, which form-js uses) and on the server.

Where they do not, the difference has a name and an example here. Pages of citizens ask the server anyway; this matters
where a form is tried in the designer.
"""

import json
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.support.feel import public as feel

FEELIN = Path(__file__).resolve().parents[5] / "node_modules/feelin/dist/index.js"
RUNNER = Path(__file__).with_name("feelin.mjs")
MODERN = 20


def node_version():
    """The major version of Node on this machine, 0 for none."""
    node = shutil.which("node")
    if not node:
        return 0
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(told.strip().lstrip("v").partition(".")[0] or 0)


pytestmark = [
    pytest.mark.skipif(not FEELIN.exists(), reason="node_modules is absent: run npm ci"),
    pytest.mark.skipif(node_version() < MODERN, reason="feelin needs Node 20"),
]

# Whole numbers and halves, which both hold exactly; other fractions are among the known differences.
NUMBERS = st.one_of(st.none(), st.integers(-50, 50), st.integers(-99, 99).map(lambda n: Decimal(n) / 2))
TEXTS = st.one_of(st.none(), st.sampled_from(["a", "b", "历下区", ""]))
DAYS = st.one_of(st.none(), st.dates(date(2025, 1, 1), date(2027, 12, 31)))
ROW = st.fixed_dictionaries({"q": st.integers(0, 9), "p": st.integers(1, 9)})
VALUES = st.fixed_dictionaries(
    {
        "n": NUMBERS,
        "m": NUMBERS,
        "s": TEXTS,
        "c": st.sampled_from([None, True, False]),
        "l": st.one_of(st.none(), st.lists(st.sampled_from(["a", "b"]), unique=True, min_size=1)),
        "d": DAYS,
        "rows": st.lists(
            st.fixed_dictionaries({"q": st.integers(0, 9), "p": st.integers(1, 9)}), min_size=1, max_size=3
        ),
    }
)
NUMERIC = st.recursive(
    st.sampled_from(["n", "m", "0", "3", "12.5", "sum(rows.q)", "count(rows)", "max(rows.p)", "rows[1].q"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*"]), inner),
        st.builds("(if {0} = null then 0 else {0})".format, inner),
        st.builds("round half up({}, 2)".format, inner),
        st.builds("abs({})".format, inner),
    ),
    max_leaves=4,
)
SIMPLE = st.one_of(
    st.builds("{} {} {}".format, NUMERIC, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), NUMERIC),
    st.builds("s {} {}".format, st.sampled_from(["=", "!="]), st.sampled_from(['"a"', '"历下区"', "null"])),
    st.builds("d {} {}".format, st.sampled_from(["<", ">=", "="]), st.sampled_from(['date("2026-11-23")', "null"])),
    st.sampled_from(
        ["c", "c = true", 'list contains(l, "a")', "l = null", "(n in [1..10])", 's in ("a", "b")', "n between 1 and 9",
         "some r in rows satisfies r.q > 5", "every r in rows satisfies r.p > 0", 'contains(s, "区")',
         "count(rows[q > 3]) > 0"]
    ),
)  # fmt: skip
CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner), st.builds("not({})".format, inner)
    ),
    max_leaves=3,
)


def plain(value):
    """A value as JSON carries it to the browser."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def in_browser(cases):
    sent = [{"expression": expression, "context": plain(context)} for expression, context in cases]
    answer = subprocess.run(
        [shutil.which("node") or "node", str(RUNNER), str(FEELIN)],
        input=json.dumps(sent),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [found.get("value") for found in json.loads(answer.stdout)]


def on_server(expression, context):
    try:
        return feel.evaluate(expression, context)
    except feel.FeelError:
        return None


# name: (expression, context, what the server says, what the browser says)
KNOWN = {
    "fractions are decimal on the server and binary in the browser": ("0.1 + 0.2 = 0.3", {}, True, False),
    "half a cent is rounded up only where it is exact": ("round half up(n, 2)", {"n": Decimal("1.005")}, 1.01, 1),
    "feelin takes what follows a range without brackets for a part of it": (
        "n in [1..10] or c", {"n": 0, "c": True}, True, False,
    ),
}  # fmt: skip


class TestTheDifferences:
    @pytest.mark.parametrize("name", KNOWN)
    def test_are_known_by_name(self, name):
        expression, context, server, browser = KNOWN[name]

        assert plain(on_server(expression, context)) == server
        assert in_browser([(expression, context)]) == [browser]


class TestTheSame:
    @given(cases=st.lists(st.tuples(CONDITIONS, VALUES), min_size=80, max_size=120))
    @settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
    def test_conditions_hold_in_both_or_in_neither(self, cases):
        browser = in_browser(cases)
        different = [
            (case, theirs)
            for case, theirs in zip(cases, browser, strict=True)
            if (theirs is True) != (on_server(*case) is True)
        ]

        assert different == []

    @given(cases=st.lists(st.tuples(NUMERIC, VALUES), min_size=80, max_size=120))
    @settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
    def test_calculations_give_the_same_number_to_ten_decimals(self, cases):
        browser = in_browser(cases)
        different = []
        for case, theirs in zip(cases, browser, strict=True):
            ours = on_server(*case)
            near = ours is not None and theirs is not None and abs(float(ours) - theirs) < 1e-10
            if not near and not (ours is None and theirs is None):
                different.append((case, ours, theirs))

        assert different == []

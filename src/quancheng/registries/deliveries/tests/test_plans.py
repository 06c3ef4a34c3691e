"""A file is judged and compared before anything changes, whichever register it is for."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.registries.deliveries.engine import plans

SHAPE = plans.Shape(
    columns={"号码": "number", "名称": "name", "住址": "address"},
    key="number",
    clean=dict,
    optional=frozenset({"住址"}),
)
DAY = date(2026, 9, 30)
WORDS = st.text("甲乙丙丁", max_size=3)
ROWS = st.lists(
    st.fixed_dictionaries({"number": st.text("12", min_size=1, max_size=2), "name": WORDS, "address": WORDS})
)


def known_after(result):
    """Return what a register knows that was empty before it carried out the plan."""
    return {
        key: plans.Known(values, {name: DAY for name, value in values.items() if value})
        for key, values in result.new.items()
    }


@given(ROWS)
def test_every_row_is_taken_in_or_rejected_with_its_place(rows):
    result = plans.plan(rows, SHAPE, as_of=DAY, known={})

    assert len(result.new) + len(result.rejected) == len(rows)
    assert [rows[item.row - 2]["number"] for item in result.rejected] == [item.key for item in result.rejected]


@given(ROWS)
def test_the_same_rows_again_change_nothing(rows):
    known = known_after(plans.plan(rows, SHAPE, as_of=DAY, known={}))

    again = plans.plan(rows, SHAPE, as_of=DAY, known=known)

    assert not again.new
    assert not again.changed


@given(ROWS, ROWS, st.integers(1, 400))
def test_older_rows_change_nothing_that_is_known(rows, older, days):
    known = known_after(plans.plan(rows, SHAPE, as_of=DAY, known={}))

    result = plans.plan(older, SHAPE, as_of=DAY - timedelta(days), known=known)

    assert all(item.old == "" for changes in result.changed.values() for item in changes)


@given(ROWS, ROWS)
def test_an_empty_cell_takes_nothing_away(rows, newer):
    known = known_after(plans.plan(rows, SHAPE, as_of=DAY, known={}))

    result = plans.plan(newer, SHAPE, as_of=DAY + timedelta(1), known=known)

    assert all(item.new for changes in result.changed.values() for item in changes)


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        ("住址\n泉城路\n".encode(), "columns", "号码、名称"),
        (b"", "columns", "号码、名称"),
        (b"\xff\xff\xff", "encoding", ""),
    ],
    ids=["other columns", "nothing", "no text"],
)
def test_what_is_no_such_file_is_refused_by_name(content, code, detail):
    with pytest.raises(plans.UnreadableFile) as caught:
        plans.read(content, SHAPE)

    assert (caught.value.code, caught.value.detail) == (code, detail)


def test_files_of_windows_are_read_too():
    rows = plans.read("号码,名称\n1,泉韵\n".encode("gb18030"), SHAPE)

    assert rows == [{"number": "1", "name": "泉韵"}]

"""How an entry is written for a collector: RFC 5424, RFC 6587, CEF, and what stays here."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.security.trail.engine import syslog

AT = datetime(2026, 11, 23, 6, 5, 4, 123456, UTC)
LINE = syslog.Line(
    index=41, at=AT, action="hall.submission.lodge", outcome="done", title="提交申请", leaf='{"v":1}',
    actor="account:7", actor_name="张三", organisation="370100/", subjects=("person:37", "application:1"),
    detail={"purpose": "办理", "decided": {"by": "own"}},
)  # fmt: skip
PAIR = re.compile(r'(\w[\w.]*)="((?:[^"\\\]]|\\["\\\]])*)"')
WHOLE = re.compile(
    r"<(\d{1,3})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) "
    r'((?:\[[^\s="\]]+(?: \w[\w.]*="(?:[^"\\\]]|\\["\\\]])*")*\])+)(?: \ufeff(.*))?'
)


def form(*fields, body="text"):
    return syslog.Form(host="site", origin="city/trail", enterprise=32473, fields=fields, body=body)


def read(message):
    """Return priority, message id, pairs and text of a message, by the grammar of RFC 5424 section 6."""
    found = WHOLE.fullmatch(message.decode())
    assert found is not None
    pairs = [(name, re.sub(r'\\(["\\\]])', r"\1", value)) for name, value in PAIR.findall(found[7])]
    return int(found[1]), found[6], pairs, found[8]


def test_an_entry_follows_the_grammar_of_syslog():
    priority, kind, pairs, text = read(syslog.message(LINE, form("action", "outcome", "actor")))

    assert (priority, kind, text) == (110, "hall", "提交申请: done")
    assert pairs == [
        ("sequenceId", "42"), ("n", "41"), ("log", "city/trail"), ("action", "hall.submission.lodge"),
        ("outcome", "done"), ("actor", "account:7"),
    ]  # fmt: skip


@given(
    st.builds(
        syslog.Line,
        index=st.integers(0, 2**40), at=st.datetimes(timezones=st.just(UTC)), action=st.text(max_size=50),
        outcome=st.text(max_size=20), title=st.text(), leaf=st.text(), actor=st.text(), actor_name=st.text(),
        organisation=st.text(), subjects=st.lists(st.text()).map(tuple), detail=st.dictionaries(st.text(), st.text()),
    ),
    st.sampled_from(syslog.BODIES),
)  # fmt: skip
def test_whatever_an_entry_says_it_is_one_line_of_the_grammar(line, body):
    message = syslog.message(line, form(*syslog.FIELDS, body=body))

    _priority, _kind, pairs, text = read(message)
    assert ("n", str(line.index)) in pairs
    assert not syslog.CONTROL.search(message.decode())
    assert (text is None) == (body == "none")


def test_what_is_personal_goes_only_where_it_is_named():
    plain = syslog.message(LINE, form("action", "outcome", "organisation", "leaf")).decode()
    named = syslog.message(LINE, form("actor_name", "subjects", "detail.purpose", "detail.decided")).decode()

    assert not any(word in plain for word in ("张三", "person:37", "account:7", "办理"))
    assert '[trail@32473 n="41" log="city/trail" actor_name="张三" subject="person:37"' in named
    assert 'purpose="办理"' in named
    assert "own" not in named


def test_a_refusal_is_a_warning_and_an_erased_entry_says_so():
    refused = syslog.Line(index=1, at=AT, action="a.b.c", outcome="pmi.forbidden", title="A", leaf="{}", erased=True)

    priority, _kind, pairs, text = read(syslog.message(refused, form("outcome")))

    assert (priority, text) == (108, "A: refused (pmi.forbidden)")
    assert ("erased", "true") in pairs


def test_the_common_event_format_escapes_its_own_signs():
    line = syslog.Line(index=3, at=AT, action="a.b.c", outcome="done", title="x|y\\z", leaf="{}", actor="k=v")

    assert syslog.cef(line, ("actor", "organisation")) == (
        "CEF:0|Quancheng|Trail|1|a.b.c|x\\|y\\\\z|3|rt=1795413904123 externalId=3 suid=k\\=v"
    )


@pytest.mark.parametrize("wrong", ["salary", "detail.", "detail.a b"])
def test_a_field_that_there_is_not_is_refused(wrong):
    with pytest.raises(syslog.BadField, match=re.escape(wrong)):
        form(wrong)


def test_frames_count_bytes_not_signs():
    assert syslog.frame("泉".encode()) == b"3 \xe6\xb3\x89"

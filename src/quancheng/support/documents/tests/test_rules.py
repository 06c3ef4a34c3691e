"""Plain decisions: types, marks, names, ranges, metadata, retention."""

import base64
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.support.documents import rules
from quancheng.support.documents.queries.retention import legal_rules, retention_classes
from quancheng.support.documents.rules import ranges, tus
from quancheng.support.documents.rules.retention import Bar, RetentionClass


class TestSecrecyMark:
    @pytest.mark.parametrize(
        "text",
        [
            "机密★5年",
            "机 密 ★ 5 年",
            "绝密 ★长期\n正文",
            "前言\n秘　密\n正文",
            "密级：秘密",
            "【机密】通知",
            "密级: 绝 密  保密期限：30年",
            "秘密大5年",
        ],
    )
    def test_is_seen_however_it_is_set(self, text):
        assert rules.secrecy_mark(text)

    @pytest.mark.parametrize(
        "text",
        [
            "关于保守国家秘密的学习通知",
            "国家秘密分为绝密、机密、秘密三级。",
            "商业秘密保护办法",
            "密级：秘密/机密/绝密",
            "评级★★★",
        ],
    )
    def test_is_not_seen_in_ordinary_words(self, text):
        assert rules.secrecy_mark(text) is None

    @pytest.mark.parametrize("name", ["机密★5年.pdf", "关于××的报告（机密）.docx", "【秘密】会议纪要.ofd", "绝密.pdf"])
    def test_is_seen_in_a_name(self, name):
        assert rules.mark_in_name(name)

    @pytest.mark.parametrize("name", ["保守国家秘密法学习材料.pdf", "机密文件管理办法.docx", ".pdf", "★.txt"])
    def test_of_a_name_does_not_trip_over_words(self, name):
        assert rules.mark_in_name(name) is None

    @given(st.text(max_size=300))
    def test_reads_any_text(self, text):
        assert rules.secrecy_mark(text) in {None, "绝密", "机密", "秘密"}


class TestNames:
    @given(st.text(max_size=600))
    def test_lead_nowhere_and_fit(self, name):
        plain = rules.plain_name(name)

        assert 0 < len(plain) <= 255
        assert not {"/", "\\", "\0", "\n", "\r", "\u202e"} & set(plain)
        assert plain not in {".", ".."}

    def test_that_are_long_keep_their_ending(self):
        assert rules.plain_name("长" * 400 + ".pdf").endswith(".pdf")


class TestRanges:
    @pytest.mark.parametrize(
        ("header", "first", "last"),
        [
            ("bytes=0-0", 0, 0),
            ("bytes=5-", 5, 99),
            ("bytes=-7", 93, 99),
            ("bytes=90-400", 90, 99),
            ("bytes=-400", 0, 99),
        ],
    )
    def test_say_which_bytes(self, header, first, last):
        assert ranges.asked(header, size=100) == ranges.Span(first, last)

    @pytest.mark.parametrize("header", ["bytes=100-", "bytes=-0", "bytes=500-600"])
    def test_beyond_the_end_cannot_be_met(self, header):
        with pytest.raises(ranges.Unsatisfiable):
            ranges.asked(header, size=100)

    @pytest.mark.parametrize("header", ["", "bytes=", "bytes=-", "bytes=9-3", "bytes=0-1,5-6", "lines=1-2", "bytes=٣-"])
    def test_that_cannot_be_read_mean_the_whole(self, header):
        assert ranges.asked(header, size=100) is None

    @given(st.text(max_size=40), st.integers(0, 10**12))
    def test_never_leave_the_file(self, header, size):
        try:
            span = ranges.asked("bytes=" + header, size=size)
        except ranges.Unsatisfiable:
            return
        assert span is None or 0 <= span.first <= span.last < size


class TestMetadata:
    @given(st.dictionaries(st.sampled_from(["filename", "title", "note"]), st.text(min_size=1, max_size=50)))
    def test_comes_back_as_it_was_sent(self, given_):
        header = ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in given_.items())

        assert tus.metadata(header) == given_

    @pytest.mark.parametrize("header", ["filename !!!", "filename /w==", "x" * 9000])
    def test_that_is_none_is_refused(self, header):
        with pytest.raises(ValueError):
            tus.metadata(header)

    @pytest.mark.parametrize("text", [None, "", "-1", "1.5", "٣", "1" * 40])
    def test_numbers_are_plain(self, text):
        assert tus.number(text) is None


TEN = RetentionClass("ten", "定期10年", "10 years", 10, "某规定", "第一条", False)
EVER = RetentionClass("ever", "永久", "For ever", None, "某规定", "第一条", False)
DAYS = st.dates(date(1950, 1, 1), date(2080, 1, 1))


class TestRetention:
    def test_counts_whole_years_after_the_year_of_closing(self):
        assert rules.kept_until(TEN, date(2015, 3, 1)) == date(2025, 12, 31)

    def test_bars_until_the_last_day_and_no_longer(self):
        def bars(today):
            return rules.bars(TEN, since=date(2015, 3, 1), today=today, held=False, checked_out=False)

        assert bars(date(2025, 12, 31)) == (Bar.RUNNING,)
        assert bars(date(2026, 1, 1)) == ()

    @given(since=DAYS, today=DAYS, checked_out=st.booleans(), kind=st.sampled_from([None, TEN, EVER]))
    def test_nothing_held_ever_goes(self, since, today, checked_out, kind):
        assert Bar.HELD in rules.bars(kind, since=since, today=today, held=True, checked_out=checked_out)

    @given(today=DAYS)
    def test_what_is_kept_for_ever_stays(self, today):
        assert rules.bars(EVER, since=date(1900, 1, 1), today=today, held=False, checked_out=False) == (Bar.PERMANENT,)

    def test_shipped_classes_say_what_is_unverified(self):
        assert {kind.code for kind in retention_classes().values() if not kind.verified} == set(retention_classes())


LAWS = {
    "中华人民共和国档案法": "administrative-law/档案法(2020-06-20).md",
    "中华人民共和国档案法实施条例": "administrative-regulations/档案法实施条例(2024-01-12).md",
    "中华人民共和国保守国家秘密法": "administrative-law/保守国家秘密法(2024-02-27).md",
}


@pytest.mark.parametrize("about", list(legal_rules()))
def test_a_quoted_sentence_stands_in_its_article(about):
    from pathlib import Path

    rule = legal_rules()[about]
    file = Path(__file__).resolve().parents[5] / ".." / "shared" / "data" / "laws" / LAWS[rule.law]
    if not file.exists():
        pytest.skip("the collection of law texts is not here")

    article = file.read_text().partition(f"\n{rule.article} ")[2].partition("\n第")[0]

    assert rule.sentence in article

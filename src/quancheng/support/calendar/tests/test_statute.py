"""The rows of the statutory clock, each with its law and article, and what the law's own text says of them."""

import re
import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.support.calendar import rules

FOLDER = Path(__file__).parents[1]
DATA = tomllib.loads((FOLDER / "legal_rules.toml").read_text(encoding="utf-8"))
LEGAL, PRINCIPLES, GROUNDS = rules.read_rules(DATA)
TABLE = rules.CalendarTable(
    *rules.read_years(tomllib.loads((FOLDER / "holidays.toml").read_text(encoding="utf-8")))[:1]
)
LAWS = FOLDER.parents[3] / ".." / "shared" / "data" / "laws"
ONE_DAY = timedelta(days=1)
TUESDAY = date(2026, 4, 28)
# Row, rule, law, article, the last day for an event on 28 April 2026, what silence means, extension. The days were
# counted one by one with PyPI chinesecalendar: 1-5 May are off, 9 May is worked.
ROWS = (
    ("K2", "CN-AL-32-correction", "行政许可法", "第三十二条第一款第四项", "2026-05-08", "deemed-accepted", ""),
    ("K3", "CN-AL-42-decision", "行政许可法", "第四十二条第一款", "2026-05-28", "overdue", "10 agency"),
    ("K4", "CN-AL-42-joint", "行政许可法", "第四十二条第二款", "2026-07-03", "overdue", "15 government"),
    ("K5", "CN-AL-43-review", "行政许可法", "第四十三条", "2026-05-28", "overdue", ""),
    ("K6", "CN-AL-44-issue", "行政许可法", "第四十四条", "2026-05-14", "overdue", ""),
    ("K8", "CN-AL-47-hearing-request", "行政许可法", "第四十七条第一款", "2026-05-06", "lapse", ""),
    ("K8", "CN-AL-47-hearing", "行政许可法", "第四十七条第一款", "2026-05-28", "overdue", ""),
    ("K8", "CN-AL-48-hearing-notice", "行政许可法", "第四十八条第一款第一项", "2026-04-17", "overdue", ""),
    ("K9", "CN-AL-50-renewal-application", "行政许可法", "第五十条第一款", "2026-03-29", "lapse", ""),
    ("K9", "CN-AL-50-renewal-decision", "行政许可法", "第五十条第二款", "2026-04-28", "deemed-renewed", ""),
    ("K10", "CN-FOI-26-disclosure", "政府信息公开条例", "第二十六条", "2026-05-28", "overdue", ""),
    ("K11", "CN-FOI-30-correction", "政府信息公开条例", "第三十条", "2026-05-11", "overdue", ""),
    ("K11", "CN-FOI-33-answer", "政府信息公开条例", "第三十三条第二款", "2026-05-28", "overdue", "20 unit"),
    ("K13", "CN-FOI-32-third-party", "政府信息公开条例", "第三十二条", "2026-05-21", "agency-decides", ""),
    ("K13", "CN-FOI-34-co-author", "政府信息公开条例", "第三十四条", "2026-05-21", "deemed-consent", ""),
    ("K14", "CN-FOI-49-department-report", "政府信息公开条例", "第四十九条第一款", "2027-01-31", "overdue", ""),
    ("K14", "CN-FOI-49-government-report", "政府信息公开条例", "第四十九条第二款", "2027-03-31", "overdue", ""),
    ("K15", "JN-HOTLINE-24-reply", "济南市12345市民服务热线条例", "第二十四条第一款", "2026-05-08", "overdue", ""),
    ("K16", "LOCAL-HOTLINE-extension", "本市配置", "", "2026-05-14", "overdue", ""),
    ("K16", "LOCAL-HOTLINE-return", "本市配置", "", "2026-04-30", "overdue", ""),
    ("K17", "JN-BUSINESS-62-complaint", "济南市优化营商环境条例", "第六十二条", "2026-05-08", "overdue", "10 agency"),
    ("K18", "LOCAL-COMPLAINT-province", "本市配置", "", "2026-05-21", "overdue", "7 agency"),
    ("K19", "CN-NPC-51-answer", "代表法", "第五十一条第二款", "2026-07-28", "overdue", ""),
    ("K19", "CN-NPC-51-answer-broad", "代表法", "第五十一条第二款", "2026-10-28", "overdue", ""),
    ("K20", "LOCAL-PROPOSAL-refuse", "本市配置", "", "2026-05-06", "overdue", ""),
    ("K20", "LOCAL-PROPOSAL-refuse-days", "本市配置", "", "2026-05-08", "overdue", ""),
    ("K20", "LOCAL-PROPOSAL-opinion", "本市配置", "", "2026-05-28", "overdue", ""),
    ("K21", "CN-INSPECT-17-review-request", "政府督查工作条例", "第十七条", "2026-05-28", "lapse", ""),
    ("K21", "CN-INSPECT-17-review", "政府督查工作条例", "第十七条", "2026-05-28", "overdue", ""),
    ("K22", "JN-PERF-8-report", "济南市绩效管理条例", "第八条", "2026-04-30", "overdue", ""),
    ("K22", "JN-PERF-11-targets", "济南市绩效管理条例", "第十一条第一款", "2026-05-28", "overdue", ""),
    ("K22", "JN-PERF-15-answer", "济南市绩效管理条例", "第十五条第二款", "2026-05-14", "overdue", ""),
    ("K22", "JN-PERF-26-appeal", "济南市绩效管理条例", "第二十六条第一款", "2026-05-21", "lapse", ""),
    ("K22", "JN-PERF-26-decision", "济南市绩效管理条例", "第二十六条第二款", "2026-05-14", "overdue", ""),
    ("K22", "JN-PERF-26-approval", "济南市绩效管理条例", "第二十六条第二款", "2026-05-08", "overdue", ""),
    ("K23", "CN-PET-22-forward", "信访工作条例", "第二十二条第一款", "2026-05-13", "overdue", ""),
    ("K23", "CN-PET-23-tell", "信访工作条例", "第二十三条第二款", "2026-05-13", "overdue", ""),
    ("K23", "CN-PET-23-tell-forwarded", "信访工作条例", "第二十三条第三款", "2026-05-13", "overdue", ""),
    ("K23", "CN-PET-23-objection", "信访工作条例", "第二十三条第三款", "2026-05-08", "lapse", ""),
    ("K23", "CN-PET-34-finish", "信访工作条例", "第三十四条", "2026-06-27", "overdue", "30 agency"),
    ("K23", "CN-PET-35-review-request", "信访工作条例", "第三十五条", "2026-05-28", "lapse", ""),
    ("K23", "CN-PET-35-review", "信访工作条例", "第三十五条", "2026-05-28", "overdue", ""),
    ("K23", "CN-PET-36-recheck-request", "信访工作条例", "第三十六条第一款", "2026-05-28", "lapse", ""),
    ("K23", "CN-PET-36-recheck", "信访工作条例", "第三十六条第一款", "2026-05-28", "overdue", ""),
    ("K24", "CN-DECISION-15-comment", "重大行政决策程序暂行条例", "第十五条第一款", "2026-05-28", "overdue", ""),
    ("K24", "CN-BUSINESS-62-comment", "优化营商环境条例", "第六十二条第二款", "2026-05-28", "overdue", ""),
    ("K25", "CN-ARCHIVE-20-city", "档案法实施条例", "第二十条第二款", "2046-04-28", "overdue", ""),
    ("K25", "CN-ARCHIVE-20-county", "档案法实施条例", "第二十条第二款", "2036-04-28", "overdue", ""),
    ("K25", "CN-ARCHIVE-27-open", "档案法", "第二十七条", "2051-04-28", "overdue", ""),
    ("K26", "LOCAL-RATING-callback", "本市配置", "", "2026-05-08", "overdue", ""),
    ("K27", "CN-ID-12-issue", "居民身份证法", "第十二条第一款", "2026-06-27", "overdue", "30 agency"),
    ("K27", "CN-RESIDE-9-issue", "居住证暂行条例", "第九条第五款", "2026-05-13", "overdue", "15 government"),
    ("K27", "CN-RESIDE-10-endorse", "居住证暂行条例", "第十条第二款", "2026-04-27", "suspended", ""),
    ("K27", "CN-SI-6-register", "社会保险经办条例", "第六条第二款", "2026-05-14", "overdue", ""),
    ("K27", "CN-SI-10-change", "社会保险经办条例", "第十条", "2026-05-14", "overdue", ""),
    ("", "CN-MER-19-registration", "市场主体登记管理条例", "第十九条第一款", "2026-05-06", "overdue", "3 agency"),
    ("", "CN-FIRE-15-check", "消防法", "第十五条第三款", "2026-05-14", "overdue", ""),
)  # fmt: skip
COUNTING = (
    ("K1", "CN-AL-82-working-days", "中华人民共和国行政许可法", "第八十二条"),
    ("K7", "CN-AL-45-not-counted", "中华人民共和国行政许可法", "第四十五条"),
    ("K11", "CN-FOI-30-restart", "中华人民共和国政府信息公开条例", "第三十条"),
    ("K12", "CN-FOI-31-in-person", "中华人民共和国政府信息公开条例", "第三十一条第一项"),
    ("K12", "CN-FOI-31-post", "中华人民共和国政府信息公开条例", "第三十一条第二项"),
    ("K12", "CN-FOI-31-letter", "中华人民共和国政府信息公开条例", "第三十一条第二项"),
    ("K12", "CN-FOI-31-online", "中华人民共和国政府信息公开条例", "第三十一条第三项"),
    ("K13", "CN-FOI-33-not-counted", "中华人民共和国政府信息公开条例", "第三十三条第三款"),
    ("K28", "CN-BUSINESS-36-promise", "优化营商环境条例", "第三十六条第二款"),
)
SILENCE = {"overdue", "lapse"}


def article_of(item):
    """Return the text of the article that a rule names, in the collection of laws."""
    if not LAWS.exists():
        pytest.skip("the collection of laws (shared/data/laws) is not on this machine")
    text = (LAWS / item.source).read_text(encoding="utf-8")
    start = text.index("\n" + item.article.split("条")[0] + "条 ")
    return text[start : text.find("\n第", start + 3)]


def due(rule, start=TUESDAY, **more):
    """Return when a rule's period ends."""
    return rules.due_date(
        TABLE,
        start=start,
        n=rule.n,
        unit=rule.unit,
        direction=rule.direction,
        roll=rule.roll,
        annual=rule.annual,
        **more,
    )


class TestTheRows:
    @pytest.mark.parametrize(
        ("row", "code", "law", "article", "last", "on_expiry", "extension"),
        ROWS,
        ids=[f"{row[0]}-{row[1]}-{row[2]}{row[3]}" for row in ROWS],
    )
    def test_end_on_the_day_that_the_law_gives(self, row, code, law, article, last, on_expiry, extension):
        rule = LEGAL[code, 1]

        assert (rule.row, rule.article) == (row, article)
        assert rule.law.endswith(law)
        assert due(rule).date == date.fromisoformat(last)
        assert rule.on_expiry == on_expiry
        assert f"{rule.extension_n or ''} {rule.extension_by}".strip().removesuffix("-head") == extension

    @pytest.mark.parametrize(("row", "code", "law", "article"), COUNTING, ids=[row[1] for row in COUNTING])
    def test_say_how_is_counted(self, row, code, law, article):
        found = PRINCIPLES[code]

        assert (found.row, found.law, found.article) == (row, law, article)

    def test_are_all_there(self):
        named = {item.row for item in (*LEGAL.values(), *PRINCIPLES.values())} - {""}

        assert named == {f"K{number}" for number in range(1, 29)}
        assert {code for code, _version in LEGAL} == {row[1] for row in ROWS}
        assert set(PRINCIPLES) == {row[1] for row in COUNTING}

    def test_what_is_not_confirmed_claims_no_law(self):
        guessed = {item.row for item in LEGAL.values() if not item.confirmed}

        assert guessed == {"K16", "K18", "K20", "K26"}
        for item in LEGAL.values():
            assert item.confirmed == bool(item.article and item.basis and item.source)
            assert item.confirmed or item.note

    def test_what_suspends_is_what_the_law_lists(self):
        listed = {"hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert-review"}

        assert set(LEGAL["CN-AL-42-decision", 1].exclusions) == listed
        assert all(GROUNDS[code] in PRINCIPLES["CN-AL-45-not-counted"].basis for code in listed)
        assert LEGAL["CN-FOI-33-answer", 1].exclusions == ("third-party",)

    def test_a_comment_period_may_be_longer_and_an_archive_is_due_when_the_years_are_full(self):
        assert {item.row for item in LEGAL.values() if item.bound == "least"} == {"K24"}
        assert {item.row for item in LEGAL.values() if item.bound == "full"} == {"K25"}

    def test_a_day_that_needs_no_calendar_is_certain_however_far(self):
        found = due(LEGAL["CN-ARCHIVE-27-open", 1])

        assert (found.date, found.provisional) == (date(2051, 4, 28), False)


CONFIRMED = [item for item in LEGAL.values() if item.confirmed]


class TestTheLawsText:
    @pytest.mark.parametrize("item", [*CONFIRMED, *PRINCIPLES.values()], ids=lambda item: item.code)
    def test_says_what_the_rule_quotes(self, item):
        assert item.basis in article_of(item)

    @pytest.mark.parametrize("item", [each for each in CONFIRMED if each.on_expiry_text], ids=lambda item: item.code)
    def test_says_what_silence_means(self, item):
        assert item.on_expiry_text in article_of(item)

    @pytest.mark.parametrize(
        "item", [each for each in CONFIRMED if each.on_expiry not in SILENCE], ids=lambda i: i.code
    )
    def test_is_quoted_wherever_silence_does_something(self, item):
        assert item.on_expiry_text

    @pytest.mark.parametrize("item", [each for each in CONFIRMED if each.extension_n], ids=lambda item: item.code)
    def test_allows_the_extension_and_names_who_gives_it(self, item):
        text = article_of(item)

        assert "延长" in text
        assert item.extension_level.split("（")[0] in text

    @pytest.mark.parametrize("law", [each for each in DATA["law"] if each["source"]], ids=lambda law: law["title"])
    def test_says_since_when_it_is_in_force(self, law):
        if not LAWS.exists():
            pytest.skip("the collection of laws (shared/data/laws) is not on this machine")
        text, since = (LAWS / law["source"]).read_text(encoding="utf-8"), law["since"]

        # An amended article is in force from the amendment, which the file's name dates.
        begins = f"自{since.year}年{since.month}月{since.day}日起施行"
        assert begins in text or re.search(r"\((.*)\)\.md", law["source"])[1] == since.isoformat()
        assert text.startswith(f"# {law['title']}\n")


PERIODS = st.sampled_from([each for each in LEGAL.values() if each.unit != "annual"])
DAYS = st.dates(date(2006, 1, 1), date(2025, 12, 31))


class TestEveryRule:
    @given(rule=PERIODS, start=DAYS, days=st.integers(1, 60))
    def test_ends_later_the_longer_it_is_and_the_later_it_begins(self, rule, start, days):
        sign = -1 if rule.direction == "before" else 1
        short, long = replace(rule, n=days), replace(rule, n=days + 1)

        assert due(short, start).date <= due(short, start + ONE_DAY).date
        assert (due(long, start).date - due(short, start).date).days * sign >= 0

    @given(rule=PERIODS, start=DAYS, offset=st.integers(0, 90), length=st.integers(0, 60))
    def test_is_never_shortened_by_a_suspension(self, rule, start, offset, length):
        since = start + offset * ONE_DAY

        paused = due(rule, start, pauses=[rules.Pause(since, since + length * ONE_DAY)])

        assert paused.date >= due(rule, start).date


class TestVersions:
    def test_the_one_in_force_on_the_day_counts(self):
        first = LEGAL["CN-MER-19-registration", 1]
        second = replace(first, version=2, n=2, since=date(2027, 1, 1))

        assert rules.in_force([second, first], date(2026, 12, 31)).version == 1
        assert rules.in_force([first, second], date(2027, 1, 1)).version == 2
        assert rules.in_force([second, first], date(2001, 1, 1)).version == 1

    @pytest.mark.parametrize(
        "change", [{"unit": "week"}, {"bound": "x"}, {"on_expiry": "x"}, {"unit": "annual"}, {"extension": {"n": 1}}]
    )
    def test_data_that_says_what_is_not_known_is_refused(self, change):
        row = {**next(each for each in DATA["rule"] if each["code"] == "CN-AL-44-issue"), **change}
        with pytest.raises(ValueError, match="CN-AL-44-issue"):
            rules.read_rules({**DATA, "rule": [row]})

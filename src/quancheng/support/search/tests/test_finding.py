"""What is found, in which order, and what is said about it. Runs on FTS5 and on tsvector alike."""

from datetime import date, timedelta

import pytest

from quancheng.security.pmi import public as pmi
from quancheng.support.search import queries, rules
from quancheng.support.search.engine import backends
from quancheng.support.search.tests.factories import TODAY, Shelf, build, entry, only

pytestmark = pytest.mark.django_db


def found(text, **more):
    return queries.find(actor=pmi.ANONYMOUS, text=text, today=TODAY, **more)


def titles(text, **more):
    return [hit.title for hit in found(text, **more).hits]


@pytest.fixture
def library():
    shelf = Shelf(
        entry(1, "济南市政公用服务指南", text="供水、供热、燃气的报修办法。", department="370100-library"),
        entry(2, "食品经营许可和备案管理办法", text="从事餐饮服务应当取得食品经营许可。", day=date(2023, 6, 15)),
        entry(3, "开办餐饮店一件事", text="一张表同时申请营业执照和食品经营许可。", state="OPEN", day=TODAY),
        entry(4, "关于暂停供热的通知", text="南部片区暂停供热两日。", state="CLOSED", day=date(2026, 1, 4)),
        entry(5, "English guide to the city library", text="Opening hours and cards."),
        entry(6, "营业执照补领", text="遗失后补领。"),
    )
    with only(shelf):
        build()
        yield shelf


class TestAQuestion:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("市政", "济南市政公用服务指南"),
            ("南市政公", "济南市政公用服务指南"),
            ("jnsz", "济南市政公用服务指南"),
            ("JNSZGYFW", "济南市政公用服务指南"),
            ("jinanshizheng", "济南市政公用服务指南"),
            ("gongre", "关于暂停供热的通知"),
            ("燃气", "济南市政公用服务指南"),
            ("燃氣", "济南市政公用服务指南"),
            ("ＬＩＢＲＡＲＹ", "English guide to the city library"),
            ("我想开个饭店", "开办餐饮店一件事"),
            ("  餐饮店　", "开办餐饮店一件事"),
        ],
    )
    def test_is_understood_however_it_is_written(self, library, text, expected):
        assert expected in titles(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "   ",
            "!!，。？",
            "😀🎉",
            "\x00",
            '"',
            "*",
            "''''",
            "(",
            "NOT",
            "NEAR(",
            "\\",
            "\ud800",
            "𝕏",
            "-",
            "^a",
            ":",
        ],
    )
    def test_that_asks_nothing_or_commands_something_finds_nothing_and_breaks_nothing(self, library, text):
        assert found(text).total == 0

    @pytest.mark.parametrize(
        "text", ['"餐饮" title:*', "餐饮 AND", "餐饮' & !'", "餐饮\x00店", "NEAR(餐饮 店)", "餐饮) | ("]
    )
    def test_holds_no_command_for_the_index(self, library, text):
        assert found(text).total >= 0
        assert any("餐饮" in title for title in titles(text))

    def test_of_ten_megabytes_is_read_as_far_as_anybody_would_type(self, library):
        assert titles("餐饮店" + "啊" * 10_000_000) == titles("餐饮店" + "啊" * 200)

    def test_for_an_identity_number_asks_nothing(self, library):
        assert not found("370102199001011234").question.groups


class TestTheOrder:
    def test_puts_the_title_before_the_text(self, library):
        assert titles("食品经营许可")[0] == "食品经营许可和备案管理办法"

    def test_puts_the_newer_of_two_alike_first(self):
        shelf = Shelf(
            *(entry(n, "供热通知", text="供热", day=TODAY - timedelta(days=300 * n)) for n in (3, 1, 2)),
        )
        with only(shelf):
            build()
            keys = [hit.key for hit in found("供热").hits]

        assert keys == ["1", "2", "3"]

    def test_is_the_same_for_documents_with_some_of_the_words_when_none_has_all(self, library):
        answer = found("餐饮 执照 望远镜")

        assert answer.partly
        assert answer.hits[0].title == "开办餐饮店一件事"


class TestFacets:
    def test_count_what_is_found_and_narrow_it(self, library):
        everything = found("供热")
        years = next(facet for facet in everything.facets if facet.name == "year").values
        narrowed = found("供热", filters=queries.Filters(year="2026"))

        assert everything.total == 2
        assert [(item.value, item.count) for item in years] == [("2026", 1)]
        assert [hit.title for hit in narrowed.hits] == ["关于暂停供热的通知"]
        assert narrowed.total == 1

    def test_of_a_state_narrow_too(self, library):
        assert titles("餐饮", filters=queries.Filters(state="OPEN")) == ["开办餐饮店一件事"]

    def test_with_a_strange_value_find_nothing(self, library):
        strange = queries.Filters(kind="'; DROP", department="\x00", state='"', year="９９")

        assert found("餐饮", filters=strange).total == 0


class TestAnAnswer:
    def test_marks_the_words_and_changes_no_letter(self, library):
        hit = found("營業執照").hits[0]

        assert "".join(piece for piece, _marked in hit.title_parts) == hit.title
        assert ("营业执照", True) in hit.title_parts

    @pytest.mark.parametrize(
        ("asked", "marked"),
        [("gongre", ["供热"]), ("gr", ["供热"]), ("tongzhi", ["通知"]), ("zantinggongre", ["暂停供热"]), ("图书", [])],
    )
    def test_marks_what_was_spelt_in_pinyin(self, asked, marked):
        pieces = rules.mark("关于暂停供热的通知", [asked], by_sound=True)

        assert [piece for piece, is_marked in pieces if is_marked] == marked

    def test_never_shows_or_finds_a_number_of_a_person(self):
        text = "张三，身份证370102199001011234，电话138 0013 8000，卡号6222 0212 3456 7890 123，邮箱a@b.cn"
        with only(Shelf(entry(1, "名册", text=text))):
            build()
            hit = found("名册").hits[0]
            numbers = ("370102199001011234", "13800138000", "6222021234567890123", "a@b.cn", "0101", "8000")

            assert not any(found(number).total for number in numbers)
        assert not set("0123456789") & set("".join(piece for piece, _marked in hit.excerpt_parts))

    def test_pages_do_not_repeat_or_lose_an_answer(self):
        with only(Shelf(*(entry(n, f"供热通知第{n}号") for n in range(47)))):
            build()
            keys = [hit.key for page in (1, 2, 3) for hit in found("供热", page=page).hits]
            beyond = found("供热", page=10**9)

        assert sorted(keys, key=int) == [str(n) for n in range(47)]
        assert beyond.page == 3

    def test_says_when_there_are_more_than_are_counted(self, monkeypatch):
        monkeypatch.setattr(queries.finding, "COUNTED", 5)
        with only(Shelf(*(entry(n, f"供热通知第{n}号") for n in range(9)))):
            build()
            answer = found("供热")

        assert (answer.total, answer.capped) == (5, True)


class TestSuggestions:
    @pytest.mark.parametrize("typed", ["营业", "yyzz", "yingye", "YY"])
    def test_begin_as_what_is_typed(self, library, typed):
        assert "营业执照" in {item.text for item in queries.suggest(actor=pmi.ANONYMOUS, text=typed)}

    @pytest.mark.parametrize("typed", ["", "%", "_", "\x00", "😀", "370102199001011234", "啊" * 100_000])
    def test_of_nothing_are_none(self, library, typed):
        assert queries.suggest(actor=pmi.ANONYMOUS, text=typed) == ()

    @pytest.mark.parametrize("slip", ["营业之照", "营业执造", "英业执照"])
    def test_find_the_word_for_a_slip_of_the_pen(self, library, slip):
        assert queries.meant(actor=pmi.ANONYMOUS, question=found(slip).question) == "营业执照"

    def test_leave_a_right_word_alone(self, library):
        assert queries.meant(actor=pmi.ANONYMOUS, question=found("营业执照").question) == ""


def test_both_engines_promise_the_same():
    assert {type(engine).__name__ for engine in backends.ENGINES.values()} == {"Fts5", "Tsvector"}

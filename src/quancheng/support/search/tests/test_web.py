"""The pages of search, seen from outside."""

import pytest

from quancheng.security.identity.tests.factories import staff
from quancheng.support.search import queries
from quancheng.support.search.models import Missed
from quancheng.support.search.tests.factories import Shelf, build, entry, only, readers

pytestmark = pytest.mark.django_db


@pytest.fixture
def library():
    shelf = Shelf(
        entry(
            1, "供热<script>alert(1)</script>通知", text='"><img src=x onerror=alert(1)> 供热 & 供水', department="x"
        ),
        entry(2, "供热收费标准", state="OPEN"),
        entry(3, "秘密供热方案", readers=[readers()]),
    )
    with only(shelf):
        build()
        yield shelf


def page(client, **asked):
    answer = client.get("/search/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


class TestResults:
    def test_show_what_everybody_may_see_with_the_words_marked(self, client, library):
        shown = page(client, q="供热")

        assert "<mark>供热</mark>收费标准" in shown
        assert "共有2条结果" in shown
        assert "秘密" not in shown

    def test_never_carry_markup_of_a_document_or_of_a_question(self, client, library):
        shown = page(client, q='供热 "><script>alert(2)</script>')

        assert "<script>alert" not in shown
        assert "<img" not in shown

    def test_say_what_helps_when_there_is_nothing(self, client, library):
        shown = page(client, q="望远镜")

        assert "没有找到" in shown
        assert 'href="tel:' in shown

    def test_offer_the_word_that_was_meant(self, client, library):
        assert "?q=%E4%BE%9B%E7%83%AD" in page(client, q="公热")

    @pytest.mark.parametrize(
        "asked",
        [
            {"q": "供热", "page": "-1"}, {"q": "供热", "page": "9" * 400}, {"q": "供热", "page": "²"},
            {"q": "供热" * 1000}, {"q": "供热", "kind": "'", "year": "x" * 5000}, {"q": "'\"`;--"},
        ],
    )  # fmt: skip
    def test_answer_nonsense_with_a_page(self, client, library, asked):
        assert 'id="main"' in page(client, **asked)

    def test_are_kept_by_no_cache(self, client, library):
        assert "no-store" in client.get("/search/", {"q": "供热"})["Cache-Control"]

    def test_show_staff_the_workbench(self, client, library):
        client.force_login(staff("clerk"))

        assert "qc-workbench" in page(client, q="供热")


class TestSuggestions:
    def test_are_options_of_the_box(self, client, library):
        assert '<option value="供热">' in client.get("/search/suggest/", {"q": "gr"}).content.decode()

    def test_of_nonsense_are_empty(self, client, library):
        assert client.get("/search/suggest/", {"q": "!?" * 3000}).content.strip() == b""


class TestTheReport:
    def test_counts_questions_without_answer_and_covers_numbers(self, client, library):
        for text in ("望远镜", "望遠鏡", "ＷＩＦＩ", "13800138000 望远镜", "370102199001011234", "!!"):
            page(client, q=text)

        assert dict(Missed.objects.values_list("text", "count")) == {"望远镜": 2, "wifi": 1}

    def test_shows_an_editor_what_was_asked_more_than_once(self, client, library):
        for text in ("望远镜", "望远镜", "显微镜"):
            page(client, q=text)
        client.force_login(staff("editor", privileges=("search.missed.read", "search.synonyms.change")))
        shown = client.get("/search/missed/").content.decode()

        assert "望远镜" in shown
        assert "显微镜" not in shown

    def test_is_not_for_everybody(self, client, library):
        client.force_login(staff("clerk"))

        assert client.get("/search/missed/").status_code == 403


class TestSynonyms:
    @pytest.fixture
    def editor(self, client):
        client.force_login(staff("editor", privileges=("search.synonyms.change",)))
        return client

    def test_hold_at_once_and_keep_every_version(self, editor, library):
        before = "供热收费" in page(editor, q="暖气费").replace("<mark>", "").replace("</mark>", "")
        answer = editor.post(
            "/search/synonyms/", {"text": "暖气费 => 供热收费", "note": "群众常问", "based_on": 0}, follow=True
        )
        after = page(editor, q="暖气费").replace("<mark>", "").replace("</mark>", "")

        assert not before
        assert "供热收费标准" in after
        assert answer.status_code == 200
        assert [item.number for item in queries.versions()] == [1, 0]

    @pytest.mark.parametrize("text", ["只有一个词", "甲 =>", "=> 乙", "甲,乙\n" + "长" * 300, "a,b\n" * 40_000])
    def test_are_refused_with_the_line_when_they_are_none(self, editor, library, text):
        answer = editor.post("/search/synonyms/", {"text": text, "note": "x", "based_on": 0})

        assert answer.status_code == 422
        assert len(queries.versions()) == 1

    def test_that_somebody_else_changed_meanwhile_are_not_overwritten(self, editor, library):
        for _twice in range(2):
            answer = editor.post("/search/synonyms/", {"text": "甲,乙", "note": "x", "based_on": 0})

        assert answer.status_code == 422
        assert len(queries.versions()) == 2

    @pytest.mark.parametrize("version", ["99", "-1", "x", "9" * 300])
    def test_of_an_unknown_version_are_not_found(self, editor, library, version):
        assert editor.get("/search/synonyms/", {"version": version}).status_code in {200, 404}

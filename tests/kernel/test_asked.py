import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from quancheng.kernel import asked


class TestLength:
    @given(st.integers(0, 10**15 - 1))
    def test_is_the_number_that_was_said(self, number):
        assert asked.length(str(number)) == number

    @pytest.mark.parametrize("said", ["-1", "1e9", "abc", "٣", "1_000", "0x10", "9" * 5000, "1 2"])
    def test_of_what_is_no_number_is_unknown_and_counts_as_too_long(self, said):
        request = RequestFactory().post("/", b"", "text/plain", CONTENT_LENGTH=said)

        assert asked.length(said) is None
        assert asked.is_longer(request, 10**20)

    def test_of_nothing_is_nothing(self):
        assert asked.length("") == 0

    @given(st.integers(0, 10**6), st.integers(0, 10**6))
    def test_is_compared_with_the_most_that_is_read(self, said, most):
        request = RequestFactory().post("/", b"", "text/plain", CONTENT_LENGTH=str(said))

        assert asked.is_longer(request, most) == (said > most)


class TestOnward:
    @pytest.mark.parametrize("wish", ["/pmi/why/", "/a?b=c#d", "http://testserver/x", "views/list"])
    def test_goes_where_the_reader_wished_on_this_site(self, wish):
        assert asked.onward(RequestFactory().get("/"), wish, "/home/") == wish

    @pytest.mark.parametrize(
        "wish",
        [
            "", "http://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "///evil.example",
            "javascript:alert(1)", "intranet:tasks", "http:///evil.example", "\x08//evil.example", "http://testserver@evil.example/",
            "\t//evil.example",
        ],
    )  # fmt: skip
    def test_never_leads_to_another_site(self, wish):
        assert asked.onward(RequestFactory().get("/"), wish, "/home/") == "/home/"

    def test_never_leads_from_a_safe_connection_to_an_open_one(self):
        request = RequestFactory().get("/", secure=True)

        assert asked.onward(request, "http://testserver/x", "/home/") == "/home/"

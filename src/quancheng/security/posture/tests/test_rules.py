from hypothesis import given
from hypothesis import strategies as st

from quancheng.security.posture.rules import BEST, score

FOUND = st.dictionaries(st.text(min_size=1, max_size=5), st.lists(st.integers(1, 3), max_size=5), max_size=12)


class TestScore:
    def test_is_whole_when_nothing_is_wanting(self):
        assert score({"a": [], "b": []}) == BEST

    def test_counts_a_check_once_by_its_worst_finding(self):
        assert score({"a": [1, 2, 2]}) == score({"a": [2]})

    @given(FOUND, st.integers(1, 3))
    def test_never_rises_when_one_more_check_finds_something(self, found, severity):
        assert 0 <= score(found | {"another check": [severity]}) <= score(found) <= BEST

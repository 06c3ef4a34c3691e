import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.registries.geography import rules

CODES = st.sampled_from([6, 9, 12]).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n))


class TestCodes:
    @given(CODES)
    def test_every_division_but_the_city_has_one_above_it(self, code):
        assert code.startswith(rules.parent(code))
        assert rules.level(rules.parent(code)) != rules.level(code)

    @given(CODES)
    def test_ancestors_lead_from_the_city_to_the_division(self, code):
        found = rules.ancestors(code)

        assert len(found[0]) == 4
        assert found[-1] == code
        assert list(map(len, found)) == sorted(map(len, found))

    @pytest.mark.parametrize("code", ["", "37", "37010", "3701020010", "37010a", "３７０１０２"])
    def test_anything_else_is_no_code(self, code):
        with pytest.raises(ValueError):
            rules.level(code)

    def test_names_divisions_without_the_one_above(self):
        assert rules.orphans([rules.Entry("3701", "济南市"), rules.Entry("370102001", "街道")]) == ("370102001",)

"""Who may have what, and what a declaration means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.centres.catalogue import rules
from quancheng.centres.catalogue.rules import Asker, Reason, Share

SHARES = st.sampled_from(list(Share))
ASKERS = st.builds(
    Asker,
    id=st.just("x"),
    kind=st.sampled_from(["staff", "citizen", "service"]),
    person=st.sampled_from(["", "A", "B"]),
)
REGISTERED = rules.Purpose("open-restaurant", "开办餐饮店", "《行政许可法》", ("population.person",))


def declared(share: Share = Share.CONDITIONAL, **items: str) -> dict[str, rules.Resource]:
    table = {
        "code": "population.person", "title": "人口", "provider": "370100-gaj", "share": share,
        "items": [{"name": name, "title": name, "share": own} for name, own in (items or {"name": share}).items()],
    }  # fmt: skip
    return rules.by_code([rules.read_resource(table, "population")])


def judge(asker: Asker, *, share: Share = Share.CONDITIONAL, subject: str = "A", **changes) -> Reason | None:
    wishes = {"purposes": (), "purpose": "because"} | changes
    return rules.judge("population.person.name", resources=declared(share), asker=asker, subject=subject, **wishes)


class TestDeclaration:
    @given(whole=SHARES, part=SHARES)
    def test_of_an_item_never_widens_its_resource(self, whole, part):
        item = declared(whole, name=part)["population.person"].item("name")

        assert rules.ORDER.index(item.share) >= rules.ORDER.index(whole)

    @pytest.mark.parametrize(
        "change", [{"code": "Person"}, {"share": "maybe"}, {"items": [{"name": "../x", "title": "x"}]}]
    )
    def test_that_cannot_be_meant_is_refused_by_name(self, change):
        table = {"code": "a.b", "title": "x", "provider": "p", "share": "none", "items": []} | change

        with pytest.raises(rules.BadDeclaration, match="population"):
            rules.read_resource(table, "population")

    def test_made_twice_is_refused(self):
        one = next(iter(declared().values()))

        with pytest.raises(rules.BadDeclaration):
            rules.by_code([one, one])


class TestJudging:
    @given(asker=ASKERS)
    def test_never_hands_out_what_is_not_shared(self, asker):
        assert judge(asker, share=Share.NONE) is Reason.NOT_SHARED

    @given(asker=ASKERS)
    def test_hands_open_data_to_everyone(self, asker):
        assert judge(asker, share=Share.UNCONDITIONAL) is None

    def test_gives_people_their_own_data(self):
        assert judge(Asker("c", "citizen", "A"), subject="A") is None

    def test_never_gives_a_citizen_somebody_elses_conditional_data(self):
        found = judge(Asker("c", "citizen", "B"), purposes=(REGISTERED,), purpose="open-restaurant")

        assert found is Reason.NO_CONSENT

    def test_serves_a_registered_purpose_and_no_other(self):
        clerk = Asker("s", "staff")

        assert judge(clerk, purposes=(REGISTERED,), purpose="open-restaurant") is None
        assert judge(clerk, purposes=(REGISTERED,), purpose="curiosity") is Reason.NO_CONSENT

    @given(asker=ASKERS)
    def test_knows_only_declared_items(self, asker):
        found = rules.judge(
            "population.person.shoe_size", resources=declared(), purposes=(), asker=asker, subject="A", purpose="x",
        )  # fmt: skip

        assert found is Reason.UNKNOWN

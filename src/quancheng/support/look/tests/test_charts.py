"""Charts and maps say in their tables what they draw."""

import json
import re

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as some

from quancheng.kernel import discovery
from quancheng.support.look import public as look
from quancheng.support.look import queries
from quancheng.support.look.web import specimens


def render(text, **context):
    return Template("{% load look %}" + text).render(Context(context))


CHART = look.Chart(
    title="How many?",
    categories=("7月", "</script><b>"),
    series=(look.Series("Accepted", (3, None), "jade"), look.Series("Refused", (1, 2))),
    axis="Month",
    unit="cases",
)


class TestChart:
    def test_says_every_number_in_its_table(self):
        shown = render("{% chart chart %}", chart=CHART)

        cells = re.findall(r'<td class="qc-number">(.*?)</td>', shown)
        assert cells == ["3", "1", "—", "2"]

    def test_cannot_be_left_by_a_closing_script_in_a_name(self):
        shown = render("{% chart chart %}", chart=CHART)

        assert "</script><b>" not in shown
        data = re.search(r"data-qc-chart-data>(.*?)</script>", shown, re.DOTALL)[1]
        assert json.loads(data)["categories"] == ["7月", "</script><b>"]

    def test_with_a_number_missing_is_no_declaration(self):
        with pytest.raises(ValueError, match="value for each category"):
            look.Chart(title="", categories=("a", "b"), series=(look.Series("x", (1,)),))


class TestMap:
    @given(some.lists(some.none() | some.integers(-(10**6), 10**6), max_size=20))
    def test_gives_the_least_the_first_level_and_the_greatest_the_last(self, values):
        places = [look.Place(str(number), "", value) for number, value in enumerate(values)]

        levels = look.Map(title="", places=places, shapes={}).levels

        known = [place for place in places if place.value is not None]
        assert set(levels) == {place.code for place in known}
        assert set(levels.values()) <= {1, 2, 3, 4, 5}
        if len({place.value for place in known}) > 1:
            assert levels[min(known, key=lambda place: place.value).code] == 1
            assert levels[max(known, key=lambda place: place.value).code] == 5

    def test_draws_only_places_it_has_a_shape_for_and_says_all(self):
        places = (look.Place("a", "甲", 1, "/a/"), look.Place("z", "乙", None))
        shown = look.Map(title="Where?", places=places, shapes=look.sketch({"a": (0, 0), "b": (1, 0)}))

        assert [item["properties"]["code"] for item in shown.facts["shapes"]["features"]] == ["a"]
        page = render("{% map map %}", map=shown)
        assert 'href="/a/"' in page
        assert "乙" in page

    def test_of_squares_overlaps_nowhere(self):
        boxes = [
            (min(x for x, _y in ring), max(x for x, _y in ring), min(y for _x, y in ring), max(y for _x, y in ring))
            for item in look.sketch({"a": (0, 0), "b": (1, 0), "c": (0, 1)})["features"]
            for ring in item["geometry"]["coordinates"]
        ]

        for place, one in enumerate(boxes):
            for other in boxes[place + 1 :]:
                assert one[1] < other[0] or other[1] < one[0] or one[3] < other[2] or other[3] < one[2]


class TestShortcuts:
    @given(some.lists(some.from_regex(r"/[a-c]{1,3}/", fullmatch=True), max_size=40))
    def test_lead_each_letter_to_one_page(self, addresses):
        links = tuple(discovery.Link(title=address, url=address, icon="") for address in addresses)

        found = queries.shortcuts((discovery.Group("", "", links),))

        letters = [letter for letter, _link in found]
        assert len(letters) == len(set(letters)) == min(len(links), 26)


class TestDesignPage:
    @pytest.mark.parametrize("item", [item for group in specimens.GROUPS for item in group.items], ids=str)
    def test_offers_the_markup_of_every_component(self, item):
        assert item.markup
        assert "{% load" not in item.markup
        assert "context" not in item.markup

    def test_shows_a_swatch_of_every_colour_and_a_line_of_every_size(self):
        sheet = (specimens.HOME / "static/look/design.css").read_text("utf-8")
        tokens = specimens.tokens()

        assert len(tokens["colours"]) > 20
        assert not [name for name in tokens["colours"] if f".qc-swatch--{name} {{" not in sheet]
        assert not [name for name in tokens["sizes"] if f".qc-type--{name} {{" not in sheet]

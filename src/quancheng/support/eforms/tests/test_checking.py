"""What a designer is told about a form."""

from pathlib import Path

import pytest

from quancheng.kernel import discovery
from quancheng.support.eforms import public as eforms

CHOICE = {
    "type": "radio",
    "key": "a",
    "label": "A",
    "values": [{"value": "1", "label": "一"}, {"value": "2", "label": "二"}],
}
FORMS = sorted(discovery.ROOT.glob("*/*/eforms/*.form"))


def codes(*components):
    return {(found.code, found.where) for found in eforms.check({"components": list(components)})}


class TestChecking:
    @pytest.mark.parametrize(
        ("component", "finding"),
        [
            ({"type": "iframe", "id": "x"}, ("unreadable", "x")),
            ({"type": "textfield", "key": "b"}, ("no-label", "b")),
            ({"type": "textfield", "key": "b-c", "label": "B"}, ("bad-key", "b-c")),
            ({"type": "textfield", "key": "then", "label": "B"}, ("bad-key", "then")),
            ({"type": "textfield", "key": "b", "label": "A"}, ("label-twice", "b")),
            ({"type": "textfield", "key": "b", "label": "B", "conditional": {"hide": '=a = "3"'}}, ("never", "b")),
            (
                {"type": "textfield", "key": "b", "label": "B", "conditional": {"hide": '=not(a = "3" and a = "1")'}},
                ("always", "b"),
            ),
            ({"type": "textfield", "key": "b", "label": "B", "conditional": {"hide": "=c = 1"}}, ("unknown-name", "b")),
            ({"type": "number", "key": "b", "label": "B", "validate": {"min": 3, "max": 2}}, ("empty-range", "b")),
            ({"type": "image", "id": "i", "source": "/x.png"}, ("no-words", "i")),
            ({"type": "textfield", "key": "a", "label": "B"}, ("unreadable", "a")),
        ],
    )
    def test_names_what_to_put_right(self, component, finding):
        assert finding in codes(CHOICE, component)

    def test_is_silent_about_a_good_form(self):
        assert (
            codes(CHOICE, {"type": "textfield", "key": "b", "label": "B", "conditional": {"hide": '=a = "1"'}}) == set()
        )

    @pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
    def test_no_form_of_the_platform_has_a_fault(self, path: Path):
        assert [found for found in eforms.check(path.read_bytes()) if found.is_fault] == []

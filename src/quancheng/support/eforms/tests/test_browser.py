"""The script that brings a form up to date, in a real browser."""

from pathlib import Path

import pytest
from django.http import QueryDict
from django.utils import translation

from quancheng.support.eforms import public as eforms
from quancheng.support.eforms.engine import choices as registry

SCRIPT = Path(__file__).parents[1] / "static" / "eforms" / "form.js"
FORM = {
    "components": [
        {
            "type": "select",
            "key": "district",
            "id": "F_district",
            "label": "区县",
            "properties": {"options_from": "test.districts"},
        },
        {
            "type": "select",
            "key": "street",
            "id": "F_street",
            "label": "街道",
            "properties": {"options_from": "test.streets", "parent": "district"},
        },
        {
            "type": "textfield",
            "key": "reason",
            "id": "F_reason",
            "label": "理由",
            "conditional": {"hide": '=district != "2"'},
        },
    ]
}
PAGE = '<!doctype html><form method="post">{}<button>继续</button></form><script src="/form.js" defer></script>'


@pytest.fixture
def page(chromium, monkeypatch):
    """A browser page whose server is this test."""
    monkeypatch.setattr(registry, "_providers", {})
    eforms.provides_choices("test.districts")(lambda parent: [("1", "历下区"), ("2", "市中区")])
    eforms.provides_choices("test.streets")(lambda parent: [(f"{parent}1", "甲街道"), (f"{parent}2", "乙街道")])
    form = eforms.load(FORM)
    sent = []

    def answer(route):
        if route.request.url.endswith("form.js"):
            return route.fulfill(body=SCRIPT.read_text(encoding="utf-8"), content_type="text/javascript")
        data = None
        if route.request.method == "POST":
            sent.append(route.request.post_data)
            data = QueryDict(mutable=True)
            for part in route.request.post_data.split("Content-Disposition: form-data; name=")[1:]:
                name, _, rest = part.partition("\r\n\r\n")
                data[name.strip().strip('"')] = rest.partition("\r\n")[0]
        with translation.override("en"):
            html = PAGE.format(eforms.render(form.bind(data)))
        return route.fulfill(body=html, content_type="text/html; charset=utf-8")

    tab = chromium.new_page()
    tab.route("**/*", answer)
    tab.goto("http://form.example/")
    yield tab
    tab.close()


class TestScript:
    def test_shows_the_choices_and_questions_that_fit_without_a_reload(self, page):
        assert page.locator("[data-eform-refresh]").is_hidden()
        assert page.locator("#F_reason").is_hidden()

        page.select_option("#F_district", "2")

        page.locator("#F_reason").wait_for(state="visible")
        assert page.input_value("#F_street") == ""
        assert page.locator("#F_street option").all_inner_texts() == ["Please choose", "甲街道", "乙街道"]

    def test_forgets_a_choice_that_no_longer_fits_and_keeps_what_was_typed(self, page):
        page.select_option("#F_district", "2")
        page.locator("#F_reason").wait_for(state="visible")
        page.select_option("#F_street", "22")
        page.fill("#F_reason", "路口")

        page.select_option("#F_district", "1")

        page.locator("#F_reason").wait_for(state="hidden")
        assert page.input_value("#F_street") == ""
        assert page.input_value("#F_reason") == "路口"

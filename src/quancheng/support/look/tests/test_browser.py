"""The design page in a real browser: accessible, and at home under a policy that allows no inline code."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[5]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
SPRITE = ROOT / "src/quancheng/support/look/static/vendor/icons.svg"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not AXE.exists(), reason="node_modules is absent: run npm ci"),
    pytest.mark.skipif(not SPRITE.exists(), reason="what scripts/vendor.py collects is absent"),
]


def violations(page) -> list[str]:
    # Through the debugger, as the page's own policy would refuse an injected script.
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    return [
        f"{item['id']}: {node['target']} {node['failureSummary']}"
        for item in found["violations"]
        for node in item["nodes"]
    ]


@pytest.mark.parametrize("path", ["/design/", "/design/workbench/", "/design/plain/"])
def test_the_design_page_meets_wcag_fits_a_phone_and_obeys_the_policy(page, live_server, path):
    """In the light; tests/heavy/test_look.py goes through all modes."""
    answer = page.goto(live_server.url + path)
    page.wait_for_load_state("networkidle")

    assert violations(page) == []
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert page.complaints == []

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("chosen", ["", "light", "dark"])
def test_a_system_in_the_dark_that_asks_for_more_contrast_gets_text_that_can_be_read(page, live_server, chosen):
    page.emulate_media(color_scheme="dark", contrast="more")
    page.goto(live_server.url + "/design/plain/")
    if chosen:
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", chosen)

    assert violations(page) == []


class TestReader:
    def test_keeps_the_larger_text_on_the_next_page(self, page, live_server):
        page.goto(live_server.url + "/design/")
        page.get_by_role("button", name="大字版").click()
        page.goto(live_server.url + "/design/plain/")

        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"


@pytest.mark.heavy
class TestKeys:
    def test_lead_to_a_page_and_back_to_where_one_was(self, page, live_server):
        page.goto(live_server.url + "/design/workbench/")
        page.locator("a[href='/design/']").first.focus()
        page.keyboard.press("Control+k")
        dialog = page.locator("dialog[data-qc-palette-dialog]")
        assert dialog.is_visible()
        assert page.evaluate("document.activeElement.getAttribute('role')") == "combobox"

        page.keyboard.press("ArrowDown")
        second = page.evaluate("document.activeElement.getAttribute('aria-activedescendant')")
        assert page.locator(f"#{second}").get_attribute("aria-selected") == "true"
        assert page.locator("[role=option][aria-selected=true]").count() == 1

        page.keyboard.type("?gj")
        assert not page.locator("dialog[data-qc-keys-dialog]").is_visible()
        assert page.locator("[data-qc-palette-search]").get_attribute("href").endswith("?q=%3Fgj")
        assert violations(page) == []

        page.keyboard.press("Escape")
        assert not dialog.is_visible()
        assert page.evaluate("document.activeElement.getAttribute('href')") == "/design/"

        page.keyboard.press("?")
        assert page.locator("dialog[data-qc-keys-dialog]").is_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")

        page.keyboard.press("Control+k")
        page.keyboard.type("行政区划")
        page.keyboard.press("Enter")
        page.wait_for_url("**/geography/")


class TestDrawn:
    def test_drawings_and_charts_are_shown_and_their_tables_stay_one_key_away(self, page, live_server):
        page.goto(live_server.url + "/design/")
        page.wait_for_selector("[data-qc-drawing=shown]")
        assert page.locator(".qc-is-active").count() == 2
        assert page.locator(".qc-is-done").count() == 4
        assert page.locator(".bjs-powered-by").is_visible()

        page.wait_for_selector("#chart-bars [data-qc-chart=shown] svg")

        assert page.locator("[data-qc-chart=shown]").count() == 3
        table = page.locator("#chart-bars table")
        assert not table.is_visible()
        page.locator("#chart-bars figure summary").focus()
        page.keyboard.press("Enter")
        assert table.is_visible()
        assert page.complaints == []

    def test_without_scripts_the_tables_say_it(self, page, live_server):
        plain = page.context.browser.new_context(java_script_enabled=False).new_page()
        plain.goto(live_server.url + "/design/")

        assert plain.locator("#chart-bars table").is_visible()
        assert plain.locator("#map table").is_visible()
        plain.context.close()

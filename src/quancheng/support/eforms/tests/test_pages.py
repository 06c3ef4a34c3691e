"""The page of all fields: every state in both languages, accessible, by keyboard and without script."""

from pathlib import Path

import pytest
from django.urls import reverse

from quancheng.support.eforms import public as eforms
from quancheng.support.eforms.web import views

ROOT = Path(__file__).resolve().parents[5]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
SPRITE = ROOT / "src/quancheng/support/look/static/vendor/icons.svg"
KINDS = {"textfield", "number", "select", "taglist", "datetime", "filepicker", "signature", "dynamiclist"}
in_browser = pytest.mark.skipif(
    not (AXE.exists() and SPRITE.exists()),
    reason="what npm ci or scripts/vendor.py brings is missing",
)


@pytest.mark.django_db
class TestFields:
    @pytest.mark.parametrize("state", views.STATES)
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_shows_every_state(self, client, state, language):
        answer = client.get(reverse("eforms:fields-in", args=[state]), headers={"accept-language": language})

        assert answer.status_code == 200
        assert "从业人员" in answer.content.decode()

    def test_has_every_type_of_field(self):
        form = eforms.load(views.SPECIMEN.read_bytes())
        shown = {field.type for field in form.fields.values()}

        assert shown >= KINDS

    def test_judges_what_is_sent_and_adds_a_row_without_script(self, client):
        url = reverse("eforms:fields")

        judged = client.post(url, {"name": ""}).content.decode()
        longer = client.post(url, {"staff": "1", "staff.0.staff_name": "王", "_rows": "staff:add:1"}).content.decode()

        assert "qc-errors" in judged
        assert 'name="staff.1.staff_name"' in longer
        assert 'value="王"' in longer
        assert "qc-errors" not in longer

    def test_an_unknown_state_is_not_found(self, client):
        assert client.get("/design/forms/nothing/").status_code == 404


@in_browser
@pytest.mark.django_db(transaction=True)
class TestInBrowser:
    @pytest.mark.parametrize("state", ["errors", "prefilled", "read", "paper"])
    def test_meets_wcag_and_fits_a_phone(self, page, live_server, state):
        page.goto(live_server.url + reverse("eforms:fields-in", args=[state]))
        page.wait_for_load_state("networkidle")
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")

        assert [(item["id"], node["target"]) for item in found["violations"] for node in item["nodes"]] == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.complaints == []

    def test_the_summary_has_the_focus_and_leads_to_the_field_by_keyboard(self, page, live_server):
        page.goto(live_server.url + reverse("eforms:fields"))
        page.focus("#F_area")
        page.keyboard.press("Enter")
        page.wait_for_selector("#errors")

        assert page.evaluate("document.activeElement.id") == "errors"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "F_name"

    def test_a_row_is_added_and_taken_out_by_keyboard_without_losing_what_is_typed(self, page, live_server):
        page.goto(live_server.url + reverse("eforms:fields"))
        page.fill("#F_staff-1-F_staff_name", "王小梅")
        page.focus("#F_staff-add")
        page.keyboard.press("Enter")
        page.wait_for_selector("#F_staff-2")

        assert page.evaluate("document.activeElement.id") == "F_staff-2"
        assert page.input_value("#F_staff-1-F_staff_name") == "王小梅"
        page.focus("#F_staff-2 [data-row-button]")
        page.keyboard.press("Enter")
        page.wait_for_selector("#F_staff-2", state="detached")
        assert page.evaluate("document.activeElement.id") == "F_staff-add"

    def test_a_calculation_and_a_condition_follow_while_one_types(self, page, live_server):
        page.goto(live_server.url + reverse("eforms:fields"))
        page.fill("#F_rent", "100")
        page.select_option("#F_kind", "bakery")
        page.wait_for_selector("#F_oven:not([disabled])", state="attached")

        assert page.inner_text("#F_year_rent") == "¥1200.00"

    def test_a_signature_is_drawn_and_sent(self, page, live_server):
        page.goto(live_server.url + reverse("eforms:fields"))
        canvas = page.locator("[data-eform-signature] canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + 20, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + 90, box["y"] + 60)
        page.mouse.up()
        sent = page.input_value("[name='signed.drawn']")

        form = eforms.load({"components": [{"type": "signature", "key": "s", "label": "签名"}]})
        assert form.bind({"s": sent}).cleaned == {"s": sent}
        assert sent.startswith("data:image/png;base64,")

"""The editors in a real browser: a process drawn by keyboard, saved, reviewed, published, and a case begun on it."""

import json
import os
from pathlib import Path

import pytest
from django.urls import reverse

from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account
from quancheng.security.pmi import public as pmi
from quancheng.support.designer.models import Design
from quancheng.support.designer.tests import factories
from quancheng.support.workflow import public as workflow

ROOT = Path(__file__).resolve().parents[5]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
EDITOR = ROOT / "src/quancheng/support/look/static/vendor/bpmn-editor/editor.js"
CHROMIUM = Path("/usr/bin/chromium")
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}"
# bpmn.io's own sheets are drawn by its libraries: what stands in them is said beside them, and its marks stay.
OURS = "{exclude: [['[data-designer-canvas]'], ['.qc-drawing__canvas']]}"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not (AXE.exists() and EDITOR.exists() and CHROMIUM.exists()),
        reason="npm ci, scripts/vendor.py or Chromium is missing",
    ),
]


@pytest.fixture
def enter(live_server, client):
    """A function that opens a page of somebody in Chromium; what the browser complains of is in `complaints`."""
    from playwright.sync_api import sync_playwright

    factories.office()
    pmi.define_role(code="designing", title="设计", privileges=[*factories.PRIVILEGES, "demo.errand.run"])
    for name in ("ann", "ben"):
        identity.ensure_account(username=name, name=name, kind="staff")
    identity.ensure_post(organisation="370100", title="设计员", roles=["designing"], holders=["ann", "ben"])
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])

        def opened(name, address):
            client.force_login(Account.objects.get(username=name))
            context = browser.new_context(locale="zh-CN", reduced_motion="reduce")
            cookies = [
                {"name": key, "value": item.value, "url": live_server.url} for key, item in client.cookies.items()
            ]
            context.add_cookies(cookies)
            page = context.new_page()
            page.complaints = []
            page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: page.complaints.append(str(error)))
            page.goto(live_server.url + address)
            return page

        yield opened
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def violations(page):
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(f"axe.run({OURS}, {RULES})")
    return [
        f"{item['id']}: {node['target']} {node['failureSummary']}"
        for item in found["violations"]
        for node in item["nodes"]
    ]


# What an editor shows or tells in Latin letters only; names of elements and fields are people's own words.
FOREIGN_WORDS = """() => {
  const box = document.querySelector("[data-designer-canvas]");
  const THEIRS = "svg, style, .fjs-form, .cm-editor, .bio-properties-panel-header-label, [class*=entry-header]";
  const found = new Set();
  const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const holder = texts.currentNode.parentElement;
    if (!holder.closest(THEIRS)) found.add(texts.currentNode.data.trim());
  }
  box.querySelectorAll("[title], [placeholder]").forEach((item) => {
    if (!item.closest(".fjs-form, .bjs-powered-by")) found.add((item.title || item.placeholder || "").trim());
  });
  return [...found].filter((text) => /[A-Za-z]{4}/.test(text) && !/[\\u4e00-\\u9fff]/.test(text));
}"""


def ready(page):
    page.wait_for_selector("[data-designer=ready]")


def set_field(page, path, value):
    field = page.locator(f"[data-path='{path}']")
    field.fill(value)
    field.blur()


def append(page, kind, name=""):
    page.locator(".designer-tools select").first.select_option(kind)
    page.locator(".designer-tools button").first.click()
    if name:
        set_field(page, "attr:name", name)


def test_a_process_is_drawn_by_keyboard_reviewed_published_and_run(enter, live_server):
    ann = identity.actor_of("ann")
    with pmi.delivery():
        design_id = factories.actions.create(
            actor=ann,
            kind="process",
            key="drawn",
            title="画出来的流程",
            organisation=factories.OFFICE,
            at=factories.NOW,
        )
    page = enter("ann", reverse("designer:edit", args=[design_id]))
    ready(page)
    page.select_option("#outline", "start")
    append(page, "bpmn:UserTask", "现场核查")
    page.locator("[data-designer-check]").click()
    page.wait_for_selector("[data-designer-faults] li")

    assert page.locator(".designer-fault").count() >= 1
    assert violations(page) == []

    set_field(page, "attr:qc:privilege", "demo.errand.run")
    set_field(page, "attr:qc:days", "5")
    append(page, "bpmn:EndEvent")
    page.fill("#comment", "第一稿")
    page.locator("[data-designer-save]").click()
    page.wait_for_selector("[data-designer-status][data-tone=good]")

    assert page.complaints == []
    saved = Design.objects.get(pk=design_id).current
    assert (saved.number, saved.comment) == (2, "第一稿")
    assert 'qc:privilege="demo.errand.run"' in saved.content
    assert page.locator("[data-designer-faults] .qc-badge--bad").count() == 0

    page.goto(live_server.url + reverse("designer:design", args=[design_id]))
    page.locator("form[action$='/submit/'] button").click()
    other = enter("ben", reverse("designer:review", args=[design_id]))
    other.wait_for_selector("[data-qc-drawing=shown]")
    assert violations(other) == []
    assert other.locator("table").get_by_text("现场核查").first.is_visible()
    other.locator("button[value=approve]").click()
    other.locator("form[action$='/publish/'] button").click()
    other.wait_for_selector(".qc-badge--good")

    case = workflow.start(key="drawn", subject="s:1", title="t", organisation=factories.OFFICE, actor=ann)
    assert [task.name for task in workflow.open_tasks(ann, subject="s:1")] == ["现场核查"]
    assert case.version >= 1


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["process", "decision", "form"])
def test_an_editor_keeps_what_it_does_not_know_and_meets_wcag_under_the_policy(enter, kind):
    foreign = (
        ', {"type": "address", "key": "shop", "id": "F3", "label": "店址", "validate": {"required": true},'
        ' "conditional": {"hide": "=width > 3"}}]}'
    )
    design_id = factories.designed(kind, content=factories.TEXTS[kind][1].replace("]}", foreign))
    page = enter("ann", reverse("designer:edit", args=[design_id]))
    ready(page)
    page.locator("[data-designer-save]").click()
    page.wait_for_selector("[data-designer-status][data-tone=good]")
    content = Design.objects.get(pk=design_id).current.content

    assert page.complaints == []
    assert violations(page) == []
    if kind == "process":
        assert 'other:colour="teal"' in content
        assert '<other:hint level="2">keep me</other:hint>' in content
    if kind == "form":
        address = json.loads(content)["components"][2]
        assert (address["type"], address["validate"]) == ("address", {"required": True})
        assert address["conditional"] == {"hide": "=width > 3"}
        assert "qc_type" not in content
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.heavy
def test_the_editors_libraries_speak_chinese_to_chinese_readers(enter):
    page = enter("ann", reverse("designer:edit", args=[factories.designed("process")]))
    ready(page)
    assert page.locator(".bts-toggle-mode").inner_text().strip() == "流转演示"
    page.locator(".bts-toggle-mode").click()
    assert page.locator(".bts-toggle-mode").inner_text().strip() == "流转演示"
    assert page.evaluate(FOREIGN_WORDS) == []

    page = enter("ann", reverse("designer:edit", args=[factories.designed("form")]))
    ready(page)
    page.locator(".fjs-form .fjs-element").last.click()
    closed = page.locator(".bio-properties-panel-group-header:not(.open)")
    closed.evaluate_all("headers => headers.forEach((header) => header.click())")

    assert page.locator(".fjs-palette-field").first.inner_text().strip() == "单行文本"
    assert page.evaluate(FOREIGN_WORDS) == []


@pytest.mark.heavy
def test_what_was_typed_is_offered_again_after_the_session_has_ended(enter, live_server):
    design_id = factories.designed()
    page = enter("ann", reverse("designer:edit", args=[design_id]))
    ready(page)
    page.select_option("#outline", "look")
    set_field(page, "attr:name", "改过的名字")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.locator("[data-designer-save]").click()
    page.wait_for_selector("[data-designer-status][data-tone=bad]")
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.add_cookies(cookies)
    page.goto(live_server.url + reverse("designer:edit", args=[design_id]))
    page.locator("[data-designer-offers] button").first.click()
    page.select_option("#outline", "look")

    assert page.locator("[data-path='attr:name']").input_value() == "改过的名字"


@pytest.mark.heavy
def test_on_a_telephone_a_drawing_is_shown_whole_and_what_is_chosen_from_near(enter):
    page = enter("ann", reverse("designer:edit", args=[factories.designed("process")]))
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    ready(page)
    sheet, step = page.locator("[data-designer-canvas]"), page.locator("[data-element-id=look]")
    room = sheet.bounding_box()
    shapes = [
        page.locator(f"[data-element-id={name}]").bounding_box()
        for name in ("start", "look", "grant", "done", "refused")
    ]

    assert all(
        room["x"] <= one["x"]
        and one["x"] + one["width"] <= room["x"] + room["width"]
        and room["y"] <= one["y"]
        and one["y"] + one["height"] <= room["y"] + room["height"]
        for one in shapes
    )
    assert not page.locator(".djs-palette").is_visible()

    page.locator("[data-designer-outline]").select_option("look")
    near, panel = step.bounding_box(), page.locator("[data-designer-panel]")
    assert near["width"] > shapes[1]["width"] * 1.2
    assert panel.locator("[data-path='attr:name']").input_value() == "现场核查"
    assert panel.bounding_box()["y"] >= room["y"] + room["height"]
    page.locator("[data-designer-outline]").select_option(index=0)
    assert step.bounding_box()["width"] == pytest.approx(shapes[1]["width"], rel=0.05)
    assert page.complaints == []

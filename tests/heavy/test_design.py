"""Every component of the design pages: axe in every mode and on paper, and the keyboard alone."""

from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from quancheng.security.identity import demo as people
from quancheng.security.identity import public as identity
from quancheng.support.look import actions
from tests.heavy import keyboard

pytestmark = [pytest.mark.heavy, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text("utf-8")
COMPONENTS = ("/design/", "/design/workbench/", "/design/plain/", "/design/forms/")
STATES = tuple(f"/design/forms/{name}/" for name in ("errors", "prefilled", "read", "paper", "paper-filled"))
MODES = (
    {},
    {"theme": "dark"},
    {"contrast": "high"},
    {"contrast": "high", "theme": "dark"},
    {"elder": "on"},
    {"elder": "on", "theme": "dark"},
    {"elder": "on", "contrast": "high"},
)
# What the reader's system decides: colours of their own, and paper.
SYSTEMS = ({"forced_colors": "active"}, {"forced_colors": "active", "color_scheme": "dark"}, {"media": "print"})
RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']"
PAPER = 794


@pytest.fixture
def reader(chromium, live_server, client):
    """A page of somebody of the workbench who has saved two views, in Chinese; what its console says is kept."""
    people.build()
    lead = identity.actor_of("lead")
    for name in ("本周到期", "由我承办"):
        actions.keep_view(actor=lead, table="look.views", name=name, query="sort=name", at=timezone.now())
    client.force_login(get_user_model().objects.get(username="lead"))
    context = chromium.new_context(locale="zh-CN", reduced_motion="reduce", viewport={"width": 1440, "height": 900})
    context.add_cookies(
        [{"name": name, "value": item.value, "url": live_server.url} for name, item in client.cookies.items()]
    )
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()


def opened(page, address):
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page


def violations(page, label, *, contrast):
    # A control half behind the bar, where the page happens to stand, would count as too small.
    page.evaluate("scrollTo(0, 0)")
    # Under forced colours the contrast is the one that the reader has chosen.
    options = f"{{runOnly: {RULES}, rules: {{'color-contrast': {{enabled: {str(contrast).lower()}}}}}}}"
    found = page.evaluate(f"axe.run({options})")["violations"]
    return [f"{label}: {item['id']} {node['target']}" for item in found for node in item["nodes"]]


@pytest.mark.parametrize("path", COMPONENTS + STATES)
def test_every_component_is_accessible_in_every_mode_and_on_paper(reader, live_server, path):
    page = opened(reader, live_server.url + path)
    page.evaluate(AXE)
    faults = []
    for mode in MODES:
        page.evaluate("mode => Object.assign(document.documentElement.dataset, mode)", mode)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 844})
            faults += violations(page, f"{mode} {width}", contrast=True)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append(f"{mode} {width}: too wide")
        page.evaluate("const set = document.documentElement.dataset; Object.keys(set).forEach(key => delete set[key])")
    for system in SYSTEMS:
        paper = "media" in system
        page.emulate_media(**{"media": "screen", "forced_colors": "none", "color_scheme": "light", **system})
        for width in (PAPER,) if paper else (1440, 390):
            page.set_viewport_size({"width": width, "height": 844})
            faults += violations(page, f"{system} {width}", contrast=paper)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append(f"{system} {width}: too wide")

    faults += page.complaints
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", COMPONENTS + STATES)
@pytest.mark.parametrize("width", [1440, 390])
def test_tab_comes_to_everything_forth_and_back_and_shows_where_it_is(reader, live_server, path, width):
    reader.set_viewport_size({"width": width, "height": 844})
    page = opened(reader, live_server.url + path)

    faults = keyboard.faults_of_the_way(page)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", ["/design/", "/design/workbench/", "/design/forms/"])
@pytest.mark.parametrize(
    "mode", [{"theme": "dark"}, {"contrast": "high"}, {"elder": "on"}, {"forced_colors": "active"}], ids=str
)
def test_where_the_keyboard_is_can_be_seen_in_every_mode(reader, live_server, path, mode):
    if "forced_colors" in mode:
        reader.emulate_media(**mode)
    page = opened(reader, live_server.url + path)
    if "forced_colors" not in mode:
        page.evaluate("mode => Object.assign(document.documentElement.dataset, mode)", mode)

    faults = keyboard.faults_of_the_way(page)
    assert not faults, "\n".join(faults)


def moves(page):
    """Test whether the arrows and the plus key move the map that has the keyboard."""
    seen = page.screenshot()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)
    moved = page.screenshot()
    page.keyboard.press("+")
    page.wait_for_timeout(600)
    return seen != moved != page.screenshot()


@pytest.mark.parametrize("path", COMPONENTS)
def test_everything_that_the_keyboard_reaches_is_operated_by_it(reader, live_server, path):
    page = opened(reader, live_server.url + path)

    faults, used = keyboard.operate(page, moves)

    assert not faults, "\n".join(faults)
    assert used >= 5

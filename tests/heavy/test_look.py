"""The look of the platform, measured: Lighthouse on pages of a town. test_design.py looks at the components."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from quancheng.project.errand.restaurant import OpenRestaurant
from quancheng.support.demo.public import Town

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).resolve().parents[2]
LIGHTHOUSE = ROOT / "tests/lighthouse/node_modules/lighthouse/cli/index.js"
CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "quancheng-demo-2026"
LEAST = 0.95

PAGES = {
    "extranet": {
        "": ("/", "/hall/", "/search/?q=营业执照", "/disclosure/", "/geography/", "/design/", "/accounts/login/"),
        "wangxiaomei": ("/hall/submissions/", "/notifications/"),
    },
    "intranet": {
        "lead": ("/workbench/", "/workbench/tasks/", "/approvals/", "/design/workbench/"),
        "registry": ("/population/?q=王", "/entities/", "/entities/deliveries/"),
        "admin": ("/identity/accounts/",),
        "auditor": ("/trail/",),
    },
}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A town with one errand done, so that its pages have something to show."""
    town = Town(tmp_path_factory.mktemp("town"))
    town.prepare()
    try:
        town.start()
        errand = OpenRestaurant(town)
        for step in errand.steps:
            errand.take(step)
        yield town
    finally:
        town.stop()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    # Debian's Chromium draws without a graphics card; maps ask for WebGL.
    arguments = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield browser
        browser.close()


def cookies(browser, base, username):
    """Sign in, and return the cookies of the session as a header."""
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{base}/accounts/login/")
    if username:
        page.fill("[name=login]", username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/accounts/login/" not in url)
    found = "; ".join(f"{item['name']}={item['value']}" for item in context.cookies())
    context.close()
    return found


def score(address, cookie, place):
    """Return what Lighthouse gives a page for accessibility, from 0 to 1, with what it found wanting."""
    out = place / "report.json"
    headers = json.dumps({"Cookie": cookie, "Accept-Language": "zh-Hans"})
    subprocess.run(
        [
            *(
                "node",
                LIGHTHOUSE,
                address,
                "--quiet",
                "--only-categories=accessibility",
                "--output=json",
            ),
            *("--no-enable-error-reporting", f"--output-path={out}", f"--extra-headers={headers}"),
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        ],
        env={**os.environ, "CHROME_PATH": str(CHROMIUM)},
        check=True,
        capture_output=True,
        timeout=180,
    )
    report = json.loads(out.read_text("utf-8"))
    faults = [name for name, audit in report["audits"].items() if audit["score"] == 0]
    asked, shown = report["requestedUrl"].partition("?")[0], report["finalDisplayedUrl"].partition("?")[0]
    return report["categories"]["accessibility"]["score"], faults, asked == shown


@pytest.mark.skipif(not LIGHTHOUSE.exists(), reason="lighthouse is absent: make test-heavy installs it")
@pytest.mark.timeout(1800)
def test_the_main_pages_are_accessible_by_lighthouse(town, browser, tmp_path):
    found = {}
    for zone, readers in PAGES.items():
        base = getattr(town, zone).url
        for username, paths in readers.items():
            cookie = cookies(browser, base, username)
            for path in paths:
                found[f"{zone} {username} {path}"] = score(base + path, cookie, tmp_path)
    print(json.dumps(found, ensure_ascii=False, indent=1))

    assert not {page: facts for page, facts in found.items() if facts[0] < LEAST or not facts[2]}

"""A person at a real browser. Every page they see is looked at: accessibility, errors in the console, overflow."""

import os
import re
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
SHOTS = Path(os.environ["QC_SCREENSHOTS"]) if os.environ.get("QC_SCREENSHOTS") else None
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PASSWORD = "quancheng-demo-2026"


class Person:
    """One person in a browser context of their own. `faults` collects what was wrong with pages they saw."""

    def __init__(self, browser, base, username=""):
        self.context = browser.new_context(viewport=WIDE, locale="zh-CN", accept_downloads=True)
        self.page: Page = self.context.new_page()
        self.base, self.faults = base, []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        if username:
            self.page.goto(f"{base}/accounts/login/")
            self.page.fill("[name=login]", username)
            self.page.fill("[name=password]", PASSWORD)
            self.page.press("[name=password]", "Enter")
            self.page.wait_for_url(lambda url: "/accounts/login/" not in url)

    def _console(self, message):
        if message.type == "error":
            self.faults.append(f"{self.page.url}: {message.text}")

    def go(self, path):
        self.page.goto(path if path.startswith("http") else self.base + path)
        return self.page

    def look(self, name=""):
        """Look at the page as it is, wide and narrow; with QC_SCREENSHOTS set, keep a picture of both."""
        self.page.wait_for_load_state("networkidle")
        for size, label in ((WIDE, "wide"), (NARROW, "narrow")):
            self.page.set_viewport_size(size)
            excess = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if excess > 0:
                self.faults.append(f"{self.page.url}: {excess} px too wide at {size['width']} px")
            if SHOTS and name:
                SHOTS.mkdir(parents=True, exist_ok=True)
                self.page.screenshot(path=SHOTS / f"{name}-{label}.png", full_page=True, animations="disabled")
        self.page.set_viewport_size(WIDE)
        self.page.evaluate(AXE)
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        for fault in found["violations"]:
            where = "; ".join(str(node["target"]) for node in fault["nodes"][:3])
            self.faults.append(f"{self.page.url}: axe {fault['id']}: {fault['help']} at {where}")

    def click(self, selector):
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()
        return self.page

    def wait_for_text(self, path, pattern, *, seconds=60):
        """Reload `path` until it says `pattern`, as a person waiting for news would."""
        for _ in range(seconds * 2):
            self.go(path)
            if re.search(pattern, self.page.inner_text("main")):
                return self.page
            self.page.wait_for_timeout(500)
        raise AssertionError(f"{path} never said {pattern!r}: {self.page.inner_text('main')[:500]}")

    def wait_for_element(self, path, selector, *, seconds=60):
        """Reload `path` until it shows `selector`."""
        for _ in range(seconds * 2):
            self.go(path)
            if self.page.locator(selector).count():
                return self.page
            self.page.wait_for_timeout(500)
        raise AssertionError(f"{path} never showed {selector}: {self.page.inner_text('main')[:500]}")

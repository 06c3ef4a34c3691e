import os
import pytest
from django.urls import reverse
from quancheng.support.designer.tests import factories
from quancheng.support.designer.tests.test_browser import enter, violations

pytestmark = pytest.mark.django_db(transaction=True)


def test_dbg(enter):
    for kind in os.environ["KINDS"].split(","):
        design_id = factories.designed(kind)
        page = enter("ann", reverse("designer:edit", args=[design_id]))
        page.set_viewport_size({"width": 1440, "height": 1000})
        page.wait_for_timeout(2500)
        page.screenshot(path=f"/tmp/dsg/{kind}.png", full_page=True)
        print(kind, "READY", page.locator("[data-designer]").get_attribute("data-designer"))
        print("STATUS", page.locator("[data-designer-status]").text_content())
        if page.locator("[data-designer=ready]").count():
            page.locator("[data-designer-save]").click()
            page.wait_for_timeout(1500)
            print(
                "SAVED",
                page.locator("[data-designer-status]").text_content(),
                page.locator("[data-designer-status]").get_attribute("data-tone"),
            )
            print("AXE", violations(page))
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_timeout(300)
        page.screenshot(path=f"/tmp/dsg/{kind}-n.png", full_page=True)
        print("WIDTH", page.evaluate("document.documentElement.scrollWidth"))
        print("COMPLAINTS", page.complaints)

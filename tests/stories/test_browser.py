"""The errand in a real browser on two sites, each page looked at by axe and in both widths."""

import re

import pytest
from playwright.sync_api import sync_playwright

from quancheng.project.errand.papers import pdf
from tests.stories.browser import Person

CHROMIUM = "/usr/bin/chromium"
ANSWERS = {"area_band": "below-300", "premises": "commercial", "fire_route": "promise", "has_sign": "yes"}
TEXTS = {
    "mobile": "13853100001",
    "shop_name": "泉水人家小馆",
    "address": "泉城路 188 号",
    "area": "120",
    "business_scope": "餐饮服务：热食类、冷食类食品制售",
    "seats": "36",
    "opening_date": "2027-03-01",
    "sign_text": "泉水人家",
    "sign_size": "3.2 米 × 0.8 米",
}


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


def answer_questions(citizen):
    page = citizen.page
    while page.locator("main input[type=radio]").count():
        name = page.locator("main input[type=radio]").first.get_attribute("name")
        wish = ANSWERS.get(name) or page.locator("main input[type=radio]").first.get_attribute("value")
        page.check(f"input[name={name}][value='{wish}']")
        citizen.click("main button[name=next]")


def choose_place(page, name):
    select = page.locator(f"select[name={name}]")
    if select.count():
        page.wait_for_selector(f"select[name={name}] option:nth-child(2)", state="attached")
        values = select.locator("option").evaluate_all("all => all.map(one => one.value).filter(Boolean)")
        select.select_option(values[0])


def fill_form(citizen):
    page = citizen.page
    for number in range(1, 12):
        if "/form/" not in page.url:
            return
        for name in ("district", "street", "community"):
            choose_place(page, name)
        for name, text in TEXTS.items():
            field = page.locator(f"main [name={name}]:not([type=hidden])")
            if field.count() and not field.input_value():
                field.fill(text)
        if page.locator("input[name=kitchen]").count():
            page.check("input[name=kitchen][value=closed]")
        if page.locator("input[name=statement]").count():
            page.check("input[name=statement]")
        citizen.look("form" if number == 2 else "")
        before = page.url
        citizen.click("main button[name=go][value=next]")
        assert page.url != before, page.inner_text("main")[:600]


PAPERS = (
    "房屋租赁合同.pdf",
    "设备布局和操作流程.pdf",
    "食品安全管理制度.pdf",
    "凉菜专间布局图.pdf",
    "消防安全承诺书.pdf",
)


def attach_materials(citizen):
    page = citizen.page
    count = page.locator("main input[type=file]").count()
    for number in range(count):
        field = page.locator("main input[type=file]").nth(number)
        name = PAPERS[number % len(PAPERS)]
        field.set_input_files({"name": name, "mimeType": "application/pdf", "buffer": pdf(f"M{number}")})
        form = field.locator("xpath=ancestor::form")
        if form.locator("button").count() and form.locator("button").first.is_visible():
            form.locator("button").first.click()
        page.wait_for_load_state("networkidle")
    assert page.locator("form[action*='/remove/']").count() >= count
    return count


@pytest.mark.story
def test_a_citizen_opens_a_restaurant_and_officials_handle_it(town, browser):
    outside, inside = town.extranet.url, town.intranet.url
    anyone = Person(browser, outside)
    anyone.go("/")
    anyone.look("home")
    anyone.go("/hall/")
    anyone.look("services")
    anyone.click("a[href*='JN-YJS-0001']")
    anyone.look("service")
    anyone.click("main a[href*='questions']")
    anyone.look("question")
    answer_questions(anyone)
    anyone.look("needs")
    needs = anyone.page.url

    citizen = Person(browser, outside, "wangxiaomei")
    citizen.go(needs)
    citizen.click("main a[href*='apply']")
    citizen.look("start")
    citizen.page.check("[name=agreed]")
    citizen.click("form:has([name=agreed]) button:not([name=keep])")
    draft = re.search(r"/hall/draft/[0-9a-f-]{36}/", citizen.page.url).group()
    citizen.wait_for_text(f"{draft}data/", "王小美")
    citizen.look("registry-data")
    citizen.go(draft)
    fill_form(citizen)
    attach_materials(citizen)
    citizen.look("materials")
    citizen.go(f"{draft}check/")
    citizen.page.check("[name=confirmed]")
    citizen.look("check")
    citizen.click("form:has([name=confirmed]) button[type=submit], form:has([name=confirmed]) button:not([type])")
    citizen.page.wait_for_url("**/receipt/**")
    citizen.look("receipt")
    submission = re.search(r"/hall/submissions/[0-9a-f-]{36}/", citizen.page.url).group()
    number = re.search(r"JN\d{8}-\d{6}", citizen.page.inner_text("main")).group()

    people = {
        name: Person(browser, inside, name)
        for name in ("window", "market-licence", "market-food", "fire", "urban", "lead", "other")
    }
    window = people["window"]
    window.wait_for_element(f"/approvals/?q={number}", "main a[href^='/approvals/'][href*='-']")
    window.go("/workbench/")
    window.look("workbench")
    window.go("/workbench/tasks/")
    window.look("worklist")
    window.go(f"/approvals/?q={number}")
    window.look("applications")
    case = re.search(r"/approvals/[0-9a-f-]{36}/", window.page.content()).group()
    window.go(case)
    window.look("acceptance")
    window.click("form[action$='/do/accept/'] button")
    for name in ("market-licence", "market-food", "fire", "urban"):
        official = people[name]
        official.wait_for_element(case, "form[action$='/do/opinion/']")
        official.page.locator("input[name=verdict]").first.check()
        official.page.fill("[name=law]", "《中华人民共和国行政许可法》第三十八条")
        official.look("opinion" if name == "fire" else "")
        official.click("form[action$='/do/opinion/'] button")
    lead = people["lead"]
    lead.wait_for_element(case, "form[action$='/do/decide/']")
    lead.page.check("input[name=outcome][value=grant]")
    lead.look("decision")
    lead.click("form[action$='/do/decide/'] button")
    for tab in ("drawing", "timeline", "documents", "exchanges", "trail"):
        lead.go(f"{case}{tab}/")
        lead.look(f"case-{tab}")

    other = people["other"]
    assert other.page.request.get(inside + case).status == 403
    other.faults.clear()

    citizen.wait_for_element(submission, "main a[href*='/hall/wallet/']")
    citizen.look("tracking")
    citizen.go("/hall/wallet/")
    citizen.look("wallet")
    code = re.search(r"/hall/verify/[^\"' <>]+/[0-9A-Za-z-]+/", citizen.page.content()).group()
    anyone.go(code)
    anyone.look("verify")

    faults = [fault for person in (anyone, citizen, *people.values()) for fault in person.faults]
    assert not faults, "\n".join(dict.fromkeys(faults))

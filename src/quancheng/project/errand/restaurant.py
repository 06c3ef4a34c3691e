"""开办餐饮店: a citizen opens a restaurant with one application, and the city's officials handle it."""

import os
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from django.utils import timezone

from quancheng.project.errand.papers import pdf
from quancheng.project.errand.visitor import Form, LostError, Page, Visitor, until
from quancheng.support.demo.public import Town

T = TypeVar("T")

PASSWORD = os.environ.get("QC_DEMO_PASSWORD", "quancheng-demo-2026")
SERVICE = "开办餐饮店"

ACCOUNTS = [
    ("wangxiaomei", "王小美，市民，开餐饮店", "extranet"),
    ("zhangwei", "张伟，另一位市民", "extranet"),
    ("editor", "网站编辑", "extranet"),
    ("security", "安全管理员", "extranet"),
    ("window", "综合窗口受理", "intranet"),
    ("lead", "牵头部门审批", "intranet"),
    ("market-licence", "市场监管局 营业执照", "intranet"),
    ("market-food", "市场监管局 食品经营许可", "intranet"),
    ("fire", "消防救援支队", "intranet"),
    ("urban", "城管局 店招", "intranet"),
    ("other", "教育局（无权查看本办件）", "intranet"),
    ("chief", "分管领导", "intranet"),
    ("auditor", "审计管理员", "intranet"),
    ("admin", "系统管理员", "intranet"),
]
DEPARTMENTS = ("market-licence", "market-food", "fire", "urban")
ANSWERS = {"area_band": "below-300", "premises": "commercial", "fire_route": "promise", "has_sign": "yes"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does. `verified` says what was seen to hold afterwards, `seconds` how long it took."""

    title: str
    who: str
    zone: str
    act: Callable[[], str]
    verified: str = ""
    seconds: float = 0.0


class OpenRestaurant:
    """The errand in a running town. `take` its `steps` in order; a step may be taken again after a failure."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.done: list[Step] = []
        self.people: dict[str, Visitor] = {}
        self.needs = self.draft = self.submission = self.number = self.case = ""
        self.tried: set[str] = set()
        self.licences: list[bytes] = []
        self.codes: list[str] = []

    @property
    def steps(self) -> list[Step]:
        """The steps of the errand, in order."""
        citizen, window, lead = "王小美", "窗口 张敏", "牵头部门"
        return [
            Step("登录，找到事项，回答引导问题", citizen, "extranet", self.find_service),
            Step("授权调取人口库数据", citizen, "extranet", self.take_registry_data),
            Step("填写一张表单", citizen, "extranet", self.fill_form),
            Step("上传材料", citizen, "extranet", self.attach_materials),
            Step("提交申请，取得回执", citizen, "extranet", self.submit),
            Step("申请摆渡到政务专网，窗口一次性告知补正", window, "intranet", self.request_corrections),
            Step("补正材料", citizen, "extranet", self.correct),
            Step("受理，法定时钟启动", window, "intranet", self.accept),
            Step("无关部门查看被拒绝并记入审计轨迹", "教育局", "intranet", self.refuse_stranger),
            *(Step("并联审查，出具意见", name, "intranet", partial(self.give_opinion, name)) for name in DEPARTMENTS),
            Step("汇总意见，作出决定", lead, "intranet", self.decide),
            Step("证照制发并摆渡回政务外网，下载", citizen, "extranet", self.download),
            Step("扫码核验证照", "任何人", "extranet", self.verify_by_code),
            Step("上传文件核验；改一个字节被发现", "任何人", "extranet", self.verify_by_file),
            Step("核验两张网的审计轨迹", "任何人", "both", self.verify_trails),
        ]

    def take(self, step: Step) -> Step:
        """Perform `step` and return it with what was verified. :raises LostError: when a page is not as expected."""
        begun = time.monotonic()
        verified = step.act()
        done = Step(step.title, step.who, step.zone, step.act, verified, time.monotonic() - begun)
        self.done.append(done)
        return done

    def person(self, username: str) -> Visitor:
        """Return the signed-in visitor `username`; citizens are outside, staff inside."""
        if username not in self.people:
            zone = {name: where for name, _who, where in ACCOUNTS}[username]
            visitor = Visitor((self.town.extranet if zone == "extranet" else self.town.intranet).url, username)
            visitor.sign_in(username, PASSWORD)
            self.people[username] = visitor
        return self.people[username]

    @property
    def citizen(self) -> Visitor:
        """The citizen who opens the restaurant."""
        return self.person("wangxiaomei")

    def find_service(self) -> str:
        service = self.citizen.open(self.citizen.open("/hall/").link(SERVICE))
        page = self.citizen.open(service.link("questions"))
        while radios := [form for form in page.html.find_all("form") if form.find("input", type="radio")]:
            form = Form(page, radios[0])
            (name,) = form.names("radio")
            values = [option["value"] for option in form.tag.find_all("input", type="radio")]
            page = self.citizen.submit(form.fill({name: ANSWERS.get(name, values[0])}), ("next", "1"))
        self.needs = page.url
        return "材料清单按情形给出，各有法律依据"

    def take_registry_data(self) -> str:
        start = self.citizen.open(self.citizen.open(self.needs).link("apply"))
        page = self.citizen.submit(start.form("agreed").fill({"agreed": "1"}))
        self.draft = re.findall(r"/hall/draft/[0-9a-f-]{36}/", page.url)[0]
        page = self._until(
            lambda: self._open_if(self.citizen, f"{self.draft}data/", lambda found: "王小美" in found.text),
            "the registry's answer",
        )
        return "姓名等来自人口库，标明来源"

    def fill_form(self) -> str:
        page = self.citizen.open(self.draft)
        pages = 0
        while "/form/" in page.url:
            pages += 1
            before = page.url
            form = page.form("go")
            for name in ("district", "street", "community"):
                page, form = self._choose_place(page, form, name)
            page = self.citizen.submit(form.fill(self._values(form)), ("go", "next"))
            if page.url == before:
                raise LostError(f"the form's page was not accepted: {page.text[:600]}")
        return f"{pages} 页，校验位已核对"

    def _choose_place(self, page: Page, form: Form, name: str) -> tuple[Page, Form]:
        """Choose the first place of a select; the lists below it come with the next answer."""
        select = form.tag.find("select", attrs={"name": name})
        if select is None:
            return page, form
        if not [option for option in select.find_all("option") if option.get("value")]:
            page = self.citizen.submit(form, ("go", "refresh"))
            form = page.form("go")
            select = form.tag.find("select", attrs={"name": name})
        first = next(option["value"] for option in select.find_all("option") if option.get("value"))
        return page, form.fill({name: first})

    def _values(self, form: Form) -> dict[str, str]:
        wishes = {
            "mobile": "13853100001",
            "shop_name": "泉水人家小馆",
            "address": "泉城路 188 号",
            "area": "120",
            "business_scope": "餐饮服务：热食类、冷食类食品制售",
            "seats": "36",
            "kitchen": "closed",
            "opening_date": (timezone.localdate() + timedelta(days=60)).isoformat(),
            "sign_text": "泉水人家",
            "sign_size": "3.2 米 × 0.8 米",
            "statement": "true",
        }
        tick = form.tag.find("input", attrs={"name": "statement"})
        if tick:
            wishes["statement"] = tick.get("value", "on")
        empty = {name for name in wishes if form.has(name) and not any(form.values.get(name, []))}
        return {name: wishes[name] for name in empty}

    def attach_materials(self) -> str:
        attached = 0
        while forms := self._file_forms(self.citizen.open(f"{self.draft}materials/")):
            waiting = [form for form in forms if form.values["code"][0] not in self._attached(forms[0].page)]
            if not waiting:
                break
            form = waiting[0]
            code = form.values["code"][0]
            self.citizen.submit(form.attach("file", (f"{code}.pdf", pdf(f"Material {code}"), "application/pdf")))
            attached += 1
        return f"{attached} 份，按摘要存储"

    def _file_forms(self, page: Page) -> list[Form]:
        return [Form(page, form) for form in page.html.find_all("form") if form.find("input", type="file")]

    def _attached(self, page: Page) -> set[str]:
        removals = [form for form in page.html.find_all("form") if "/remove/" in (form.get("action") or "")]
        return {form.find("input", attrs={"name": "code"})["value"] for form in removals}

    def submit(self) -> str:
        check = self.citizen.open(f"{self.draft}check/")
        if "/receipt/" not in check.url:
            check = self.citizen.submit(check.form("confirmed").fill({"confirmed": "1"}))
        self.submission = re.findall(r"/hall/submissions/[0-9a-f-]{36}/", check.url)[0]
        self.number = re.findall(r"JN\d{8}-\d{6}", check.text)[0]
        return f"编号 {self.number}，最晚 {check.due} 答复"

    def open_case(self, username: str, *, ready: Callable[[Page], bool] = lambda _page: True) -> Page:
        """Return the case's page as `username` sees it, once it is there and `ready`."""
        visitor = self.person(username)

        def look() -> Page | None:
            if not self.case:
                listed = visitor.open(f"/approvals/?q={self.number}")
                found = re.findall(r"/approvals/[0-9a-f-]{36}/", str(listed.html))
                if not found:
                    return None
                self.case = found[0]
            return self._open_if(visitor, self.case, ready)

        return self._until(look, f"the case on {username}'s desk")

    def handle(self, username: str, act: str, wishes: Callable[[Form], dict[str, str]] = lambda _form: {}) -> None:
        """Do `act` on the case's page as `username`, once: a form that is gone after a try has been taken."""
        mark = f"{username} {act}"
        page = self.open_case(username, ready=lambda found: self._has_form(found, act) or mark in self.tried)
        if self._has_form(page, act):
            form = page.form(act)
            self.tried.add(mark)
            self.person(username).submit(form.fill(wishes(form)))

    def request_corrections(self) -> str:
        def first_material(form: Form) -> dict[str, str]:
            box = form.tag.find("input", type="checkbox")
            fields = [field.get("name") or "" for field in form.tag.find_all(["input", "textarea"])]
            reason = next(name for name in fields if "reason" in name)
            return {box["name"]: box.get("value", "on"), reason: "材料不清晰，请重新上传。"}

        self.handle("window", "/do/corrections/", first_material)
        return "告知书已送达政务外网"

    def correct(self) -> str:
        address = f"{self.submission}correction/"
        page = self._until(
            lambda: self._open_if(
                self.citizen, self.submission, lambda found: address in str(found.html) or "correction" in self.tried
            ),
            "the correction notice",
        )
        if address not in str(page.html):
            return "只补所要求的材料"
        for form in self._file_forms(self.citizen.open(address)):
            self.citizen.submit(form.attach("file", ("corrected.pdf", pdf("Corrected material"), "application/pdf")))
        page = self.citizen.open(address)
        last = [form for form in page.html.find_all("form") if (form.get("action") or address).endswith("correction/")]
        self.tried.add("correction")
        self.citizen.submit(Form(page, last[-1]))
        return "只补所要求的材料"

    def accept(self) -> str:
        self.handle("window", "/do/accept/")
        inside = self.open_case("window", ready=lambda found: bool(found.due)).due
        self._until(
            lambda: self._open_if(self.citizen, self.submission, lambda found: found.due == inside),
            f"the citizen to see the due date that the clerk sees, {inside}",
        )
        return f"双方看到同一期限 {inside}"

    def refuse_stranger(self) -> str:
        stranger = self.person("other")
        for part in ("", "drawing/", "timeline/", "documents/", "exchanges/", "trail/"):
            stranger.open(self.case + part, expect=403)
        return "每个页面 403"

    def give_opinion(self, username: str) -> str:
        def favourable(form: Form) -> dict[str, str]:
            verdict = form.tag.find("input", attrs={"name": "verdict", "type": "radio"})["value"]
            return {"verdict": verdict, "law": "《中华人民共和国行政许可法》第三十八条"}

        self.handle(username, "/do/opinion/", favourable)
        return "同意"

    def decide(self) -> str:
        self.handle("lead", "/do/decide/", lambda _form: {"outcome": "grant"})
        return "准予"

    def download(self) -> str:
        def issued() -> list[str] | None:
            # The submission first: what it links to is in the wallet, which is opened after it.
            mine = str(self.citizen.open(self.submission).html)
            wallet = str(self.citizen.open("/hall/wallet/").html)
            self.codes = sorted(set(re.findall(r"/hall/verify/[^\"'<> ]+/[0-9A-Za-z-]+/", mine + wallet)))
            return sorted(set(re.findall(r"/hall/wallet/\d+/", mine))) or None

        links = self._until(issued, "the licences")
        self.licences = [self.citizen.download(link) for link in links]
        if not all(content.startswith(b"%PDF") for content in self.licences):
            raise LostError("a licence is not a PDF")
        return f"{len(self.licences)} 份 PDF 证照"

    def verify_by_code(self) -> str:
        anyone = Visitor(self.town.extranet.url, "anyone")
        page = anyone.open(self.codes[0])
        if not re.search("有效|valid", page.text):
            raise LostError(f"the licence does not verify: {page.text[:400]}")
        return "有效，无需登录"

    def verify_by_file(self) -> str:
        anyone = Visitor(self.town.extranet.url, "anyone")
        for content in self.licences:
            if not re.search("未被改动|unchanged", self._judge(anyone, content)):
                raise LostError("a genuine licence was not recognised")
        changed = bytearray(self.licences[0])
        changed[len(changed) // 3] ^= 1
        if re.search("未被改动|unchanged", self._judge(anyone, bytes(changed))):
            raise LostError("a changed licence was taken for genuine")
        return f"{len(self.licences)} 份全部有效；篡改可辨"

    def _judge(self, visitor: Visitor, content: bytes) -> str:
        form = next(form for form in self._file_forms(visitor.open("/hall/verify/")))
        return visitor.submit(form.attach("file", ("licence.pdf", content, "application/pdf"))).text

    def verify_trails(self) -> str:
        for site in (self.town.extranet, self.town.intranet):
            self.town.run(site, "trail", "verify")
        return "quancheng trail verify：两份日志均完整"

    def save_licences(self, folder: Path | None = None) -> list[Path]:
        """Write the licences into `folder` for other programs to look at; return their places."""
        folder = folder or Path(tempfile.mkdtemp(prefix="quancheng-licences-"))
        places = [folder / f"licence-{number}.pdf" for number, _ in enumerate(self.licences, 1)]
        for place, content in zip(places, self.licences, strict=True):
            place.write_bytes(content)
        return places

    def _has_form(self, page: Page, having: str) -> bool:
        return any(having in (form.get("action") or "") for form in page.html.find_all("form"))

    def _open_if(self, visitor: Visitor, address: str, ready: Callable[[Page], bool]) -> Page | None:
        page = visitor.open(address)
        return page if ready(page) else None

    def _until(self, look: Callable[[], T | None], what: str) -> T:
        """Look again until there is something to see. Who has the town in their own process drives it meanwhile."""
        return until(look, what)

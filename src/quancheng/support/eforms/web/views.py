"""Every type of field in every state, to look at and to try; nothing that is sent is kept."""

from pathlib import Path
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.security.pmi import public as pmi
from quancheng.support.eforms import public as eforms

SPECIMEN = Path(__file__).resolve().parents[1] / "eforms" / "specimen.form"
REGISTER = "济南市公安局人口库，2026年11月20日"
STATES: dict[str, str | Promise] = {
    "empty": _("Empty"),
    "errors": _("With errors"),
    "prefilled": _("Prefilled"),
    "read": _("Read view"),
    "paper": _("On paper"),
    "paper-filled": _("On paper, filled in"),
}
FILLED: dict[str, Any] = {
    "name": "李明",
    "identity_number": "11010519491231002X",
    "uscc": "91370100MA3DFQR089",
    "mobile": "13800000000",
    "mail": "li@example.cn",
    "card": "6222020200112233008",
    "reason": "开办小型餐饮店。",
    "area": "86.5",
    "rent": "6007.14",
    "kitchen": "open",
    "fuel": "天然气",
    "kind": "meals",
    "meals": ["noon", "evening"],
    "allergens": ["gluten", "milk"],
    "promise": True,
    "opens_on": "2027-01-04",
    "visit_on": "2026-12-01",
    "opens_at": "09:30",
    "meeting": "2026-12-01T14:00",
    "shop_district": "370102",
    "shop_street": "370102001",
    "shop_line": "泉城路 1 号",
    "staff": [
        {"staff_name": "王小梅", "post": "cook", "hours": 8},
        {"staff_name": "张伟", "post": "waiter", "hours": 6},
    ],
    "plan": [{"name": "平面图.pdf", "size": 120_000, "digest": "specimen"}],
    "signed": "李明",
}
WRONG: dict[str, Any] = {
    "name": "",
    "identity_number": "110105194912310021",
    "uscc": "91370100",
    "mobile": "138",
    "mail": "li.example",
    "postcode": "2500",
    "card": "6222020200112233449",
    "account": "12",
    "reason": "理" * 201,
    "area": "0",
    "rent": "1.234",
    "kitchen": "roof",
    "kind": "bakery",
    "meals": ["night"],
    "opens_on": "2026-02-30",
    "visit_on": "2026-11-29",
    "opens_at": "25:00",
    "meeting": "?",
    "shop_line": "",
    "staff": [{"staff_name": "王小梅", "post": "chief", "hours": 13}, {"staff_name": "", "post": "cook"}],
    "plan": [{"name": "平面图.exe", "size": 1}],
    "signed": "data:image/png;base64,AAAA",
}
SOURCES = {
    "name": REGISTER,
    "identity_number": REGISTER,
    "mobile": REGISTER,
    "staff.0": "济南市人力资源和社会保障局参保登记",
}


class Fields(pmi.GuardedView):
    """Show the specimen form in a state; what is posted is judged and shown again, never kept."""

    action = pmi.PUBLIC

    def get(self, request: Any, state: str = "empty") -> HttpResponse:
        if state not in STATES:
            raise Http404
        return self._show(request, state, self._content(state))

    def post(self, request: Any, state: str = "empty") -> HttpResponse:
        if state not in STATES:
            raise Http404
        known = FILLED if state == "prefilled" else {}
        sources = SOURCES if state == "prefilled" else {}
        bound = self.form().bind(request.POST, files=request.FILES, initial=known, sources=sources)
        if bound.is_valid():
            return self._show(request, "read", eforms.as_summary(bound.form, bound.as_data), sent=True)
        return self._show(request, state, eforms.render(bound))

    def form(self) -> eforms.Form:
        return eforms.load(SPECIMEN.read_bytes())

    def _content(self, state: str) -> str:
        form = self.form()
        if state == "read":
            return eforms.as_summary(form, FILLED, law=True)
        if state.startswith("paper"):
            return eforms.as_paper(form, FILLED if state == "paper-filled" else None)
        if state == "errors":
            return eforms.render(form.bind(WRONG))
        if state == "prefilled":
            return eforms.render(form.bind(None, initial=FILLED, sources=SOURCES))
        return eforms.render(form.bind(None))

    def _show(self, request: Any, state: str, content: str, **more: Any) -> HttpResponse:
        tabs = [
            {"title": title, "url": reverse("eforms:fields-in", args=[name]), "current": name == state}
            for name, title in STATES.items()
        ]
        context = {
            "tabs": tabs,
            "content": content,
            "is_form": state in ("empty", "errors", "prefilled"),
            "post_url": reverse("eforms:fields-in", args=[state]),
            "crumbs": ((pgettext_lazy("specimen", "Design"), reverse("look:design")), (_("Fields of forms"), "")),
            **more,
        }
        return render(request, "eforms/fields.html", context)

"""The design page: every component in both densities, so that a change can be seen before it is everywhere."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.paginator import Paginator
from django.utils import timezone

from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look
from quancheng.support.look import rules
from quancheng.support.look.web import forms, specimens

# Not in processes/: that folder holds what is deployed.
SPECIMEN_DRAWING = Path(__file__).resolve().parents[1] / "static" / "look" / "specimen.bpmn"


class Design(look.TableView):
    """Show the components on a page of the public site."""

    action = pmi.PUBLIC
    table = specimens.Views
    template_name = "look/design_public.html"

    def context(self, table: look.Table) -> dict[str, Any]:
        """Return specimens for every component; the moments are fixed so that screenshots can be compared."""
        at = datetime(2026, 11, 23, 14, 5, tzinfo=timezone.get_default_timezone())
        return {
            "shelves": specimens.GROUPS,
            "tokens": specimens.tokens(),
            "views_table": table,
            "charts": specimens.charts(),
            "places": specimens.places(),
            "batch": (
                look.Outcome("370100-2026-000121", True),
                look.Outcome("370100-2026-000122", False, "此件已由他人签收，请选择其他待办件。"),
            ),
            "icons": sorted(rules.ICONS),
            "states": list(rules.STATES),
            "at": at,
            "clocks": clocks(),
            "events": events(at),
            "drawing": SPECIMEN_DRAWING.read_text("utf-8") if SPECIMEN_DRAWING.exists() else "",
            "active": ("fire", "sign"),
            "done": ("start", "window", "split", "food"),
            "page": Paginator(range(200), 10).page(4),
            "form": forms.Specimen(),
            "bad_form": forms.Specimen({"name": "", "area": "-3"}, prefix="bad"),
            "step_names": ("填写申请", "上传材料", "核对", "提交", "完成"),
            "crumbs": (("首页", "/"), ("办事", "/hall/"), ("开办餐饮店", "")),
            "papers": (
                {"name": "营业场所平面图.pdf", "size": 1_284_000, "url": "#", "state": "verified"},
                {"name": "租赁合同.pdf", "size": 640_210, "note": "2026年11月20日上传"},
            ),
            "tabs": (
                {"title": "流程图", "url": "#", "current": True, "icon": "drawing"},
                {"title": "时间线", "url": "#", "count": 6, "icon": "timeline"},
                {"title": "材料", "url": "#", "count": 4, "icon": "documents"},
                {"title": "审计轨迹", "url": "#", "icon": "trail"},
            ),
        }


class DenseDesign(Design):
    """Show the same components on a page of the workbench."""

    template_name = "look/design_workbench.html"


class PlainDesign(Design):
    """Show the card that login and errors use."""

    template_name = "look/design_plain.html"


def clocks() -> tuple[dict[str, Any], ...]:
    """Return one specimen clock in each state."""
    start, law = date(2026, 11, 23), {"law": "中华人民共和国行政许可法", "article": "第四十二条"}
    holiday = {"date": date(2027, 1, 1), "reason": "元旦"}
    rows = (("normal", 15, False), ("near", 3, False), ("warning", 1, True), ("overdue", -2, False))
    return (
        *(
            law
            | {
                "state": state,
                "remaining_days": remaining,
                "due_on": start + timedelta(days=remaining + 8),
                "provisional": provisional,
                "started_on": start,
                "days": 20,
                "excluded": (holiday,),
            }
            for state, remaining, provisional in rows
        ),
        {"state": "stopped", "due_on": None},
    )


def events(at: datetime) -> tuple[dict[str, Any], ...]:
    """Return a specimen timeline, newest first."""
    market, fire = "济南市市场监督管理局", "济南市消防救援支队"
    rows = (
        (0, "active", fire, "消防救援支队正在检查", "将与您预约上门时间。"),
        (5, "done", market, "食品经营条件审查通过", ""),
        (24, "correction", "综合窗口", "请补正租赁合同", "合同末页缺少出租方签名，只需补这一页。"),
        (48, "received", "泉城政务服务", "申请已收到", ""),
    )
    return tuple(
        {"title": title, "who": who, "at": at - timedelta(hours=hours), "state": state, "text": text}
        for hours, state, who, title, text in rows
    )

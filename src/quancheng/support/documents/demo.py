"""The sample city's part of documents: two roles, and what lies on the desks of the approvals office."""

from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils import timezone

from quancheng.kernel import zone
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import rules
from quancheng.support.documents.actions import documents, keeping, retention, templates
from quancheng.support.documents.models import Document
from quancheng.support.documents.queries import Kept

CLERK = ("document.read", "version.download", "upload.begin", "document.create", "version.add", "version.restore",
         "document.check-out", "document.check-in")  # fmt: skip
ARCHIVIST = ("document.read", "version.download", "lock.break", "retention.set", "hold.place", "hold.lift",
             "document.destroy")  # fmt: skip
OFFICE = "济南市行政审批服务局"
NOTICE: dict[str, Any] = {
    "issuer": f"{OFFICE}文件",
    "number": "济审批发〔2026〕15号",
    "title": f"{OFFICE}关于优化餐饮店开办“一件事”办理流程的通知",
    "to": "各区县行政审批服务局，市政府有关部门",
    "paragraphs": [
        "为进一步优化营商环境，方便群众开办餐饮店，现就有关事项通知如下。",
        "一、统一受理。各窗口一次收齐申请材料；材料不齐全或者不符合法定形式的，当场或者五日内一次告知需要补正的全部内容。",
        "二、并联审批。市场监管、消防救援、城市管理部门同步审查，不得互为前置，不得要求申请人重复提交材料。",
        "三、限时办结。各部门应当在承诺时限内出具意见，办理进度在政务服务网公开。",
        "四、统一送达。营业执照、食品经营许可证等以电子证照形式一次送达，与纸质证照具有同等法律效力。",
    ],
    "attachments": ["餐饮店开办“一件事”流程图", "申请材料清单"],
    "signature": OFFICE,
    "date": "2026年11月16日",
    "copies": "市政府办公厅，市司法局，市大数据局",
    "printed_by": f"{OFFICE}办公室",
    "printed_on": "2026年11月16日",
}
LETTER: dict[str, Any] = {
    "issuer": OFFICE,
    "number": "济审批函〔2026〕42号",
    "title": "关于商请提供消防安全检查标准的函",
    "to": "市消防救援支队",
    "paragraphs": [
        "为做好餐饮店开办“一件事”并联审批工作，商请贵单位提供公众聚集场所投入使用、营业前消防安全检查的申请材料清单、审查要点和承诺时限，以便统一纳入服务指南。",
        "请于2026年12月4日前函复。联系人：李建国。",
    ],
    "signature": OFFICE,
    "date": "2026年11月20日",
}
MINUTES = """济南市行政审批服务局 局长办公会议纪要

时间：2026年11月18日上午9时    地点：三楼会议室
主持：李建国    记录：吴敏

一、会议听取了餐饮店开办“一件事”试运行情况的汇报。10月份共办理126件，平均用时6.5个工作日。
二、会议决定，自12月1日起在全市推开；对补正两次以上的申请逐件复盘。
三、会议要求，窗口延时服务安排于11月底前公布。
"""


def build() -> None:
    """Define the roles, give them to two people of the approvals office, and put documents there."""
    pmi.define_role(code="documents-clerk", title="文书", privileges=[f"documents.{name}" for name in CLERK])
    pmi.define_role(code="documents-archivist", title="档案员", privileges=[f"documents.{name}" for name in ARCHIVIST])
    if not zone.serves({zone.INTRANET}):
        return
    identity.ensure_post(
        organisation="370100-spfw", title="文书", roles=["documents-clerk"], holders=["lead", "window"]
    )
    identity.ensure_post(organisation="370100-spfw", title="档案员", roles=["documents-archivist"], holders=["chief"])
    place = identity.organisation("370100-spfw").path
    lead, chief = (identity.actor_of(name) for name in ("lead", "chief"))
    at = timezone.now()
    for name, data in (("notice", NOTICE), ("letter", LETTER)):
        if not Document.objects.filter(key=_key(name)).exists():
            templates.write(actor=lead, key=_key(name), organisation=place, data=data, at=at)
    if not Document.objects.filter(key=_key("minutes")).exists():
        made = documents.create(
            actor=lead, key=_key("minutes"), title="局长办公会议纪要（2026年第12次）", organisation=place,
            kept=_text("draft", MINUTES.partition("三、")[0]), note="初稿", at=at - timedelta(days=2),
        )  # fmt: skip
        documents.add_version(
            actor=lead, document_id=made, kept=_text("minutes", MINUTES), base=1, note="补第三项", at=at
        )
        documents.check_out(actor=lead, document_id=made, at=at)
    if not Document.objects.filter(key=_key("ledger")).exists():
        made = documents.create(
            actor=lead, key=_key("ledger"), title="2015年度审批事项统计台账", organisation=place,
            kept=_text("ledger", "2015年度审批事项统计\n受理 10,482 件\n办结 10,311 件\n"), at=at,
        )  # fmt: skip
        retention.set_retention(
            actor=chief, document_id=made, retention="fixed-10", closed_on=date(2015, 12, 31), at=at
        )
        retention.place_hold(
            actor=chief, document_id=made, basis="济审计调〔2026〕8号", reason="审计调查期间不得销毁", at=at
        )


def _key(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"quancheng:documents:demo:{name}")


def _text(name: str, text: str) -> Kept:
    return keeping.keep(text.encode(), name=f"{name}.txt", media=rules.TEXT, actor="service:documents", shared=False)

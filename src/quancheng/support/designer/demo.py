"""The sample city's part of designer: who designs and who reviews, and a process that waits for review."""

from pathlib import Path

from django.utils import timezone

from quancheng.kernel import zone
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.designer.actions import designs, reviews
from quancheng.support.designer.models import Design

DRAWING = Path(__file__).parent / "static" / "designer" / "shop-sign.bpmn"
FORM = """{
 "type": "default",
 "id": "shop-sign-application",
 "schemaVersion": 18,
 "components": [
  {"type": "group", "id": "G1", "label": "户外招牌设置申请", "components": [
   {"type": "textfield", "id": "F1", "key": "holder", "label": "经营者名称", "validate": {"required": true}},
   {"type": "textfield", "id": "F2", "key": "uscc", "label": "统一社会信用代码", "validate": {"required": true},
    "properties": {"format": "uscc", "basis": "济南市户外广告和牌匾标识管理条例"}},
   {"type": "number", "id": "F3", "key": "width", "label": "招牌宽度（米）", "validate": {"required": true, "min": 0}},
   {"type": "number", "id": "F4", "key": "height", "label": "招牌高度（米）", "validate": {"required": true, "min": 0}}
  ]}
 ]
}
"""


def build() -> None:
    """Define the roles, give them to the administrator and to the head of the office, and submit a design."""
    pmi.define_role(
        code="designer",
        title="流程设计员",
        privileges=[
            "designer.design.read",
            "designer.design.write",
            "designer.draft.keep",
            "designer.design.submit",
            "designer.bundle.export",
            "designer.bundle.import",
        ],
    )
    pmi.define_role(
        code="design-reviewer",
        title="流程审核员",
        privileges=["designer.design.read", "designer.design.review", "designer.design.publish"],
    )
    if not zone.serves({zone.INTRANET}):
        return
    identity.ensure_post(organisation="370100", title="流程设计员", roles=["designer"], holders=["admin"])
    identity.ensure_post(organisation="370100-spfw", title="流程审核员", roles=["design-reviewer"], holders=["chief"])
    place, author, at = identity.organisation("370100-spfw").path, identity.actor_of("admin"), timezone.now()
    drawing = DRAWING.read_text("utf-8")
    for kind, key, title, content in (
        ("process", "shop-sign", "户外招牌设置核准", drawing),
        ("form", "shop-sign-application", "户外招牌设置申请表", FORM),
    ):
        if Design.objects.filter(kind=kind, key=key).exists():
            continue
        made = designs.create(
            actor=author, kind=kind, key=key, title=title, organisation=place, content=content, comment="初稿", at=at
        )
        if kind == "process":
            reviews.submit(
                actor=author, design_id=made, base=1, note="按照“一件事”要求，把现场核查时限由七日减为三日。", at=at
            )

"""A small service, citizens, and the steps of an errand."""

from datetime import UTC, datetime
from uuid import UUID

import typst
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile

from quancheng.security.identity import public as identity
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi
from quancheng.systems.hall import actions
from quancheng.systems.hall.models import Draft, Submission

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HALL = pmi.service_actor("hall")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
CODE = "JN-TEST-0001"
APPLICANT = {"name": "王小美", "identity_number": "370102199003150024", "mobile": "13800530001"}

QUESTIONS = [
    {
        "key": "kind",
        "text": "以什么身份经营？",
        "options": [{"value": "individual", "label": "个体工商户"}, {"value": "company", "label": "公司"}],
    },
    {
        "key": "cold",
        "text": "是否制作凉菜？",
        "shown_when": 'kind = "company"',
        "options": [{"value": "yes", "label": "制作"}, {"value": "no", "label": "不制作"}],
    },
]
GUIDE = {
    "audience": "拟开店的人",
    "keywords": ["开饭店"],
    "life_events": ["开店创业"],
    "materials": [
        {"code": "M01", "title": "身份证件", "basis": "《登记条例》第十六条"},
        {"code": "M02", "title": "公司章程", "required_when": 'kind = "company"'},
    ],
    "statutory_limit": {"days": 20, "unit": "工作日", "law": "行政许可法", "article": "第四十二条"},
    "promised_days": 10,
    "fee": "不收费",
    "visits": 0,
    "result": "营业执照",
    "steps": ["填表", "审查", "发证"],
    "law": ["《行政许可法》第二十六条"],
    "conditions": [{"text": "有场所", "basis": "《食品安全法》第三十三条"}],
}
FORM = {
    "type": "default",
    "id": "test-form",
    "components": [
        {
            "type": "group",
            "id": "G_person",
            "label": "申请人",
            "components": [
                {
                    "type": "textfield",
                    "key": "name",
                    "id": "F_name",
                    "label": "姓名",
                    "validate": {"required": True},
                    "properties": {"catalogue": "population.person.name", "basis": "《登记条例》第十六条"},
                },
                {
                    "type": "textfield",
                    "key": "mobile",
                    "id": "F_mobile",
                    "label": "手机号码",
                    "validate": {"required": True},
                    "properties": {"format": "mobile", "basis": "《行政许可法》第二十九条"},
                },
            ],
        },
        {
            "type": "group",
            "id": "G_shop",
            "label": "店铺",
            "components": [
                {
                    "type": "textfield",
                    "key": "shop",
                    "id": "F_shop",
                    "label": "店铺名称",
                    "validate": {"required": True},
                    "properties": {"basis": "《登记条例》第八条"},
                },
                {
                    "type": "textfield",
                    "key": "charter",
                    "id": "F_charter",
                    "label": "章程日期",
                    "validate": {"required": True},
                    "conditional": {"hide": '=kind != "company"'},
                    "properties": {"basis": "《公司法》第四十六条"},
                },
            ],
        },
    ],
}


def publish(version: int = 1, **changes: object) -> None:
    """Offer the service."""
    content = {
        "title": "开办小店",
        "summary": "一次办好。",
        "department": "370100-spfw",
        "guide": GUIDE,
        "questions": QUESTIONS,
        "form": FORM,
        "bpmn": "",
        **changes,
    }
    actions.publish_service(actor=HALL, code=CODE, version=version, content=content, at=NOW)


def citizen(username: str = "wangxiaomei", name: str = "王小美", number: str = "370102199003150024") -> pmi.Actor:
    """Return a citizen with an account."""
    identity.ensure_account(
        username=username, name=name, kind="citizen", identity_number=number, mobile="13800530001", email=""
    )
    return identity.actor_of(username)


def other_citizen() -> pmi.Actor:
    """Return somebody else."""
    return citizen("zhangwei", "张伟", "370103198507120015")


def sign_in(client, username: str = "wangxiaomei") -> None:
    """Sign the browser in."""
    client.force_login(get_user_model().objects.get(username=username))


def upload(name: str = "身份证.pdf", content: bytes = PDF, media_type: str = "application/pdf") -> SimpleUploadedFile:
    """Return a file as a browser sends it."""
    return SimpleUploadedFile(name, content, content_type=media_type)


def attach(actor: pmi.Actor, draft_id: UUID, code: str = "M01", **changes: object) -> str:
    """Attach a file to a draft."""
    file = upload()
    given = {"name": file.name, "media_type": "application/pdf", "size": file.size, **changes}
    return actions.attach(actor=actor, draft_id=draft_id, code=code, content=file.file, at=NOW, **given)


def complete_draft(actor: pmi.Actor) -> UUID:
    """Return a draft that lacks nothing but the statement of truth."""
    draft_id = actions.start_draft(actor=actor, service_code=CODE, answers={"kind": "individual"}, at=NOW)
    values = {"name": "王小美", "mobile": "13800530001", "shop": "泉水人家"}
    actions.save_draft(actor=actor, draft_id=draft_id, values=values, page=2, at=NOW)
    attach(actor, draft_id)
    return draft_id


def lodge(actor: pmi.Actor, draft_id: UUID | None = None, **changes: object) -> UUID:
    """Submit a draft."""
    given = {"applicant": APPLICANT, "confirmed": True, "at": NOW, **changes}
    return actions.lodge(actor=actor, draft_id=draft_id or complete_draft(actor), **given)


def report(submission_id: UUID, sequence: int = 1, state: str = "received", **changes: object) -> None:
    """Let the office report progress."""
    told = {
        "state": state,
        "sentence": f"第{sequence}步完成。",
        "next": "请等待。",
        "at": NOW.isoformat(),
        "holder": "济南市行政审批服务局",
        **changes,
    }
    actions.record_progress(actor=HALL, submission_id=submission_id, sequence=sequence, report=told)


def ask_for_correction(submission_id: UUID, round_number: int = 1) -> None:
    """Let the office ask for a field and a material."""
    request = {
        "items": [
            {"field": "shop", "reason": "名称与他人重复", "basis": "《登记条例》第八条"},
            {"material": "M01", "reason": "照片看不清", "basis": "《登记条例》第十六条"},
        ],
        "due_on": "2026-12-14",
        "letter_text": "请一次补正下列内容。",
    }
    actions.record_correction(
        actor=HALL, submission_id=submission_id, round_number=round_number, request=request, at=NOW
    )


def licence(digest: str = "a" * 64, **changes: object) -> dict[str, object]:
    """Return a licence as results bring it."""
    return {
        "number": "JY23701020000001",
        "title": "食品经营许可证",
        "holder_name": "泉水人家",
        "holder_code": "",
        "department": "370100-scjg",
        "department_name": "济南市市场监督管理局",
        "issued_on": "2026-11-23",
        "valid_until": "2031-11-22",
        "facts": {"地址": "泉城路"},
        "digest": digest,
        "name": "食品经营许可证.pdf",
        **changes,
    }


def grant(submission_id: UUID, *licences: dict[str, object]) -> None:
    """Let the results arrive."""
    actions.receive_results(
        actor=HALL,
        submission_id=submission_id,
        outcome="granted",
        decision={"text": "准予许可。", "reasons": "", "remedies": ""},
        licences=list(licences or (licence(),)),
        at=NOW,
    )


def stored(submission_id: UUID) -> Submission:
    """Return the row."""
    return Submission.objects.get(pk=submission_id)


def draft_row(draft_id: UUID) -> Draft:
    """Return the row."""
    return Draft.objects.get(pk=draft_id)


def sealed(text: str) -> bytes:
    """Return a PDF with the seal of the market supervision office."""
    pdf = typst.compile(f"= {text}".encode())
    return pki.seal_pdf(pdf, organisation="370100-scjg", reason=text, box=(0, 350, 60, 490, 200))

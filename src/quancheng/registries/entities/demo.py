"""A few dozen firms that do not exist, with valid codes."""

import csv
import io
import random
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from quancheng.registries.entities import actions, rules
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi

AS_OF = date(2026, 9, 30)
SIZE = 80
SEED = 370101

WORDS = (
    "泉韵",
    "趵突",
    "明湖",
    "千佛",
    "历山",
    "舜耕",
    "泺源",
    "芙蓉",
    "曲水",
    "珍珠",
    "黑虎",
    "五龙",
    "鹊华",
    "齐风",
    "鲁味",
    "汇泉",
)
TRADES = ("餐饮管理", "食品", "商贸", "信息科技", "物业服务", "文化传媒", "建筑工程", "物流", "医疗器械", "教育咨询")
PLACES = (
    ("370102", "历下区泉城路"),
    ("370103", "市中区经四路"),
    ("370104", "槐荫区经十路"),
    ("370105", "天桥区北园大街"),
    ("370112", "历城区工业北路"),
)
PEOPLE = ("王建国", "李海涛", "张秀英", "刘志强", "陈桂兰", "杨文博", "赵婷婷", "周明", "孙丽", "高国栋")


def build() -> None:
    """Take in the sample delivery, and set up the post that keeps the register."""
    pmi.define_role(
        code="entities-keeper", title="法人库管理员", privileges=["entities.firm.read", "entities.firm.import"]
    )
    identity.ensure_account(username="registry", name="韩雪", kind="staff", email="registry@quancheng.example")
    identity.ensure_post(
        organisation="370100-dsj", title="法人库管理员", roles=["entities-keeper"], holders=["registry"]
    )
    actions.import_firms(
        actor=pmi.service_actor("entities"),
        content=sample().encode(),
        name="法人基本信息样例.csv",
        source="370100-scjg",
        source_name="济南市市场监督管理局",
        as_of=AS_OF,
        at=timezone.make_aware(datetime.combine(AS_OF, time(9))),
    )


def sample() -> str:
    """Return the delivery as CSV; the same text every time."""
    chance = random.Random(SEED)  # noqa: S311 (nobody guards anything with it)
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(("统一社会信用代码", "名称", "法定代表人", "住所", "登记状态", "成立日期"))
    taken: set[str] = set()
    while len(taken) < SIZE:
        division, street = chance.choice(PLACES)
        body = "MA" + "".join(chance.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(6))
        name = f"济南{chance.choice(WORDS)}{chance.choice(WORDS)}{chance.choice(TRADES)}有限公司"
        if name in taken:
            continue
        taken.add(name)
        day = date(2005, 1, 1) + timedelta(days=chance.randrange(21 * 365))
        sheet.writerow(
            (
                rules.code(division=division, body=body),
                name,
                chance.choice(PEOPLE),
                f"{street}{chance.randrange(1, 300)}号",
                chance.choices(("存续", "注销", "吊销"), weights=(90, 8, 2))[0],
                day.isoformat(),
            )
        )
    return out.getvalue()

"""Three hundred people who do not exist, in streets that do; among them the citizens who have demo accounts."""

import csv
import io
import random
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from quancheng.registries.population import actions, rules
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi

AS_OF = date(2026, 9, 30)
SIZE = 300
SEED = 370100

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
MALE = (
    "伟",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "杰",
    "涛",
    "明",
    "超",
    "建国",
    "志强",
    "文博",
    "浩然",
    "子轩",
    "宇航",
    "国栋",
    "海涛",
)
FEMALE = (
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "艳",
    "娟",
    "霞",
    "秀英",
    "桂兰",
    "雨晴",
    "欣怡",
    "梓涵",
    "诗琪",
    "晓梅",
    "雪",
    "婷婷",
    "慧",
)

# Streets and their divisions (GB/T 10114) as they are in Jinan.
STREETS = (
    ("370102", "历下区泉城路"),
    ("370102", "历下区泺源大街"),
    ("370102", "历下区解放路"),
    ("370102", "历下区文化西路"),
    ("370102", "历下区千佛山东路"),
    ("370103", "市中区经四路"),
    ("370103", "市中区英雄山路"),
    ("370103", "市中区舜耕路"),
    ("370103", "市中区玉函路"),
    ("370104", "槐荫区经十路"),
    ("370104", "槐荫区张庄路"),
    ("370104", "槐荫区兴济河路"),
    ("370105", "天桥区北园大街"),
    ("370105", "天桥区堤口路"),
    ("370105", "天桥区无影山路"),
    ("370112", "历城区花园路"),
    ("370112", "历城区工业北路"),
    ("370112", "历城区二环东路"),
    ("370113", "长清区大学路"),
    ("370114", "章丘区汇泉路"),
)

# The people behind the demo accounts of the extranet, with the numbers that those accounts carry.
ACCOUNT_HOLDERS = (
    ("370102199003150024", "王小美", "370102", "历下区泉城路188号2号楼3单元501室"),
    ("370103198507120015", "张伟", "370103", "市中区经四路96号1号楼2单元302室"),
    ("370104199211080027", "李娜", "370104", "槐荫区经十路27799号5号楼1单元1102室"),
    ("370105197803250031", "刘洋", "370105", "天桥区北园大街408号3号楼4单元201室"),
)


def build() -> None:
    """Take in the sample delivery, and set up the post that keeps the register."""
    pmi.define_role(
        code="population-keeper",
        title="人口库管理员",
        privileges=["population.person.read", "population.person.import"],
    )
    identity.ensure_account(username="registry", name="韩雪", kind="staff", email="registry@quancheng.example")
    identity.ensure_post(
        organisation="370100-dsj", title="人口库管理员", roles=["population-keeper"], holders=["registry"]
    )
    actions.import_people(
        actor=pmi.service_actor("population"),
        content=sample().encode(),
        name="人口基本信息样例.csv",
        source="370100-gaj",
        source_name="济南市公安局",
        as_of=AS_OF,
        at=timezone.make_aware(datetime.combine(AS_OF, time(9))),
    )


def sample() -> str:
    """Return the delivery as CSV; the same text every time."""
    chance = random.Random(SEED)  # noqa: S311 (nobody guards anything with it)
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(("公民身份号码", "姓名", "性别", "出生日期", "住址", "区划代码"))
    taken: set[str] = set()
    for number, name, division, address in ACCOUNT_HOLDERS:
        taken.add(number)
        _row(sheet, number, name, address, division)
    while len(taken) < SIZE:
        female = chance.random() < 0.5
        division, street = chance.choice(STREETS)
        born = date(1938, 1, 1) + timedelta(days=chance.randrange(86 * 365))
        number = rules.number(division=division, born=born, sequence=2 * chance.randrange(500) + (not female))
        if number in taken:
            continue
        taken.add(number)
        name = chance.choice(SURNAMES) + chance.choice(FEMALE if female else MALE)
        house, building, stair = chance.randrange(1, 300), chance.randrange(1, 20), chance.randrange(1, 5)
        address = f"{street}{house}号{building}号楼{stair}单元{chance.randrange(1, 12)}0{chance.randrange(1, 4)}室"
        _row(sheet, number, name, address, division)
    return out.getvalue()


def _row(sheet: Any, number: str, name: str, address: str, division: str) -> None:
    person = rules.read(number, today=AS_OF)
    sheet.writerow((number, name, "男" if person.sex == "male" else "女", person.born.isoformat(), address, division))

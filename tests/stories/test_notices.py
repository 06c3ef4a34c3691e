"""What one zone does about people's data and privileges, and whom the real exchange tells of it in the other."""

import pytest

from quancheng.project.errand.restaurant import PASSWORD
from quancheng.project.errand.visitor import Visitor, until

pytestmark = pytest.mark.story
XIAOMEI = "370102199003150024"
LOOK = "population.person.read"
BOUND = f"""
from quancheng.security.pmi import public as pmi
pmi.define_role(code="population-keeper", title="人口库管理员", privileges=["{LOOK}", "population.person.import"],
                terms={{"{LOOK}": {{"obligations": ["NOTIFY"]}}}})
"""
# Nobody of the sample city has this privilege in the extranet; the person at the site's console has.
TAKE = """
from django.utils import timezone
from quancheng.security.pmi import actions, public as pmi
from quancheng.security.identity import public as identity
pmi.define_role(code="loader", title="日历管理员", privileges=["calendar.year.load"])
editor = identity.actor_of("editor")
actor = pmi.Actor(id=editor.id, name=editor.name, kind="staff", proven_at=timezone.now(),
                  grants=(pmi.Grant("pmi.emergency.take"),))
actions.take_emergency(actor=actor, privilege="calendar.year.load", organisation="370100/", reason="门户日历未更新",
                       at=timezone.now())
"""


def signed_in(site, username):
    visitor = Visitor(site.url, username)
    visitor.sign_in(username, PASSWORD)
    return visitor


def told(visitor, words):
    """Wait until the inbox says it; return what it says."""

    def look():
        text = visitor.open("/notifications/").text
        return text if words in text else None

    return until(look, f"{words!r} in the inbox of {visitor.name}")


def test_who_is_looked_up_inside_is_told_outside_by_which_office(town):
    town.run(town.intranet, "shell", "-c", BOUND)
    keeper = signed_in(town.intranet, "registry")
    listed = keeper.open(f"/population/?q={XIAOMEI}")

    keeper.open(listed.link("/population/person/"))

    text = told(signed_in(town.extranet, "wangxiaomei"), "查阅了您的个人信息")
    assert "济南市大数据局" in text
    assert "查阅了您的个人信息" not in signed_in(town.extranet, "zhangwei").open("/notifications/").text


def test_an_emergency_taken_outside_is_told_to_the_reviewers_inside(town):
    town.run(town.extranet, "shell", "-c", TAKE)

    for reviewer in ("security", "auditor"):
        text = told(signed_in(town.intranet, reviewer), "林晓使用了应急授权")
        assert "政务外网" in text
        assert "门户日历未更新" in text

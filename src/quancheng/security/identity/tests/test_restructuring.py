"""Organisations through time: what a change brings, when it takes effect, what was so on an earlier day."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import actions, queries, rules, subscriptions
from quancheng.security.identity import public as identity
from quancheng.security.identity.actions import restructuring
from quancheng.security.identity.models import Appointment, Organisation, Post, Restructuring
from quancheng.security.identity.tests.factories import CITY, FIRE, MARKET, city, prove, proven, staff
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
KINDS = ("merge", "split", "move", "close", "rename", "withdraw-change")
RIGHTS = tuple(f"identity.organisation.{kind}" for kind in KINDS)
DOCUMENT = "济政发〔2026〕12号"


@pytest.fixture
def admin():
    return proven(staff("admin", privileges=RIGHTS, organisation="370100"))


@pytest.fixture
def today():
    return timezone.localdate()


def decide(act, actor, organisation, day, *, document=DOCUMENT, **details):
    return act(
        actor=actor, organisation=organisation, effective_on=day, details=details, document=document,
        reason="机构改革", at=timezone.now(),
    )  # fmt: skip


def merge(actor, day, *, into="370100-scjg", sources=("370100-xfjy",), **more):
    return decide(actions.merge_organisations, actor, into, day, sources=list(sources), **more)


class TestMerging:
    def test_ends_the_one_and_takes_its_posts_and_holders_along(self, admin, today):
        firefighter = staff("fighter", privileges=("approvals.opinion.give",), organisation="370100-xfjy")

        merge(admin, today)

        old = queries.organisation("370100-xfjy")
        assert (old.valid_until, old.successor) == (today - timedelta(1), "370100-scjg")
        seat = queries.seats(firefighter.pk)[0]
        assert (seat.post, seat.organisation) == ("岗位fighter", MARKET)

    def test_lets_the_new_place_look_after_what_was_recorded_at_the_old_one(self, admin, today):
        firefighter = staff("fighter", privileges=("approvals.opinion.give",), organisation="370100-xfjy")
        clerk = staff("clerk", privileges=("approvals.application.accept",))

        merge(admin, today)

        assert identity.actor_for(firefighter).may("approvals.opinion.give", MARKET)
        assert identity.actor_for(firefighter).may("approvals.opinion.give", FIRE)
        assert identity.actor_for(clerk).may("approvals.application.accept", FIRE)
        assert not identity.actor_for(clerk).may("approvals.application.accept", CITY)
        assert identity.resolve(FIRE) == MARKET

    def test_never_makes_one_post_of_two(self, admin, today):
        for code, role in (("370100-scjg", "mighty"), ("370100-xfjy", "humble")):
            pmi.define_role(code=role, title=role, privileges=[f"approvals.application.{role}"])
            identity.ensure_post(organisation=code, title="科员", roles=[role])
        identity.ensure_account(username="small", name="小周", kind="staff")
        identity.ensure_post(organisation="370100-xfjy", title="科员", holders=["small"])

        merge(admin, today)

        moved = identity.actor_of("small")
        assert {grant.privilege for grant in moved.grants} == {"approvals.application.humble"}
        assert queries.seats(moved.id)[0].post == "科员（济南市消防救援支队）"

    def test_keeps_who_held_which_post_before(self, admin, today):
        firefighter = staff("fighter", organisation="370100-xfjy")
        Appointment.objects.filter(account=firefighter).update(valid_from=today - timedelta(300))

        merge(admin, today)

        periods = Appointment.objects.filter(account=firefighter).order_by("valid_from")
        assert [(item.post.organisation.code, item.valid_until) for item in periods] == [
            ("370100-xfjy", today - timedelta(1)), ("370100-scjg", None),
        ]  # fmt: skip

    def test_is_refused_into_itself(self, admin, today):
        with pytest.raises(queries.IntoItself):
            merge(admin, today, sources=("370100-scjg",))

    def test_needs_the_privilege_for_everything_it_touches(self, today):
        local = proven(staff("local", privileges=RIGHTS))

        with pytest.raises(pmi.Forbidden):
            merge(local, today)

    def test_needs_it_for_the_whole_when_the_parts_share_nothing(self, today):
        local = proven(staff("local", privileges=RIGHTS))
        identity.ensure_organisation(code="370900", name="别的市", kind="GOVERNMENT")

        with pytest.raises(pmi.Forbidden):
            merge(local, today, sources=("370900",))

    def test_leaves_an_entry_for_each_organisation(self, admin, today):
        merge(admin, today)

        for code in ("370100-scjg", "370100-xfjy"):
            assert trail.entries(subject=f"organisation:{code}").items[0].action == "identity.organisation.merge"


class TestSplitting:
    def test_founds_a_part_with_the_chosen_posts_and_what_lies_below(self, admin, today):
        clerk, stays = staff("clerk", organisation="370100-scjg"), staff("stays")
        identity.ensure_organisation(code="370100-scjg-lab", name="检测中心", kind="UNIT", parent="370100-scjg")
        post = Post.objects.get(title="岗位clerk")

        decide(
            actions.split_organisation, admin, "370100-scjg", today,
            code="370100-ypj", name="济南市药品监督管理局", posts=[str(post.pk)], parts=["370100-scjg-lab"],
        )  # fmt: skip

        assert queries.seats(clerk.pk)[0].organisation == "370100/370100-ypj/"
        assert queries.seats(stays.pk)[0].organisation == MARKET
        assert queries.organisation("370100-scjg-lab").path == "370100/370100-ypj/370100-scjg-lab/"
        assert "370100-ypj" in [item.code for item in Restructuring.objects.get().involved.all()]

    @pytest.mark.parametrize("code", ["370100-scjg", "大写", "A"])
    def test_refuses_a_code_that_cannot_be_used(self, admin, today, code):
        with pytest.raises(queries.BadPlanCode):
            decide(actions.split_organisation, admin, "370100-scjg", today, code=code, name="x")


class TestMoving:
    def test_takes_along_what_lies_below_and_answers_at_the_old_paths(self, admin, today):
        identity.ensure_organisation(code="370100-scjg-lab", name="检测中心", kind="UNIT", parent="370100-scjg")
        chief = staff("chief", privileges=("approvals.opinion.give",), organisation="370100-xfjy")

        decide(actions.move_organisation, admin, "370100-scjg", today, parent="370100-xfjy")

        assert queries.organisation("370100-scjg-lab").path == f"{FIRE}370100-scjg/370100-scjg-lab/"
        assert identity.resolve(f"{MARKET}370100-scjg-lab/") == f"{FIRE}370100-scjg/370100-scjg-lab/"
        assert identity.name_of(MARKET) == "济南市市场监督管理局"
        assert identity.actor_for(chief).may("approvals.opinion.give", MARKET)

    def test_is_refused_below_itself(self, admin, today):
        with pytest.raises(queries.IntoItself):
            decide(actions.move_organisation, admin, "370100", today, parent="370100-scjg")

    def test_is_refused_where_it_stands_already(self, admin, today):
        with pytest.raises(queries.NothingChanges):
            decide(actions.move_organisation, admin, "370100-scjg", today, parent="370100")


class TestClosing:
    def test_ends_the_posts_and_names_who_takes_over(self, admin, today):
        clerk = staff("clerk")

        decide(actions.close_organisation, admin, "370100-scjg", today, successor="370100-xfjy")

        assert queries.seats(clerk.pk) == ()
        assert identity.resolve(MARKET) == FIRE

    def test_is_refused_while_something_lies_below(self, admin, today):
        with pytest.raises(queries.PartsLeft, match="济南市"):
            decide(actions.close_organisation, admin, "370100", today, successor="")


class TestTheDay:
    def test_of_a_planned_change_brings_it_and_no_day_before(self, admin, today, django_assert_num_queries):
        day = today + timedelta(30)
        decide(actions.rename_organisation, admin, "370100-scjg", day, name="市场局")
        assert identity.name_of(MARKET) == "济南市市场监督管理局"

        restructuring.carry_out_due(at=timezone.now() + timedelta(29))
        assert identity.name_of(MARKET) == "济南市市场监督管理局"

        assert restructuring.carry_out_due(at=timezone.now() + timedelta(30)) == 1
        assert restructuring.carry_out_due(at=timezone.now() + timedelta(30)) == 0
        assert identity.name_of(MARKET) == "市场局"
        assert trail.entries(action="identity.organisation.take-effect").items[0].outcome == "done"

    def test_does_not_bring_what_was_withdrawn(self, admin, today):
        made = decide(actions.rename_organisation, admin, "370100-scjg", today + timedelta(1), name="市场局")

        actions.withdraw_change(actor=admin, restructuring_id=made, at=timezone.now())

        assert restructuring.carry_out_due(at=timezone.now() + timedelta(2)) == 0
        with pytest.raises(actions.ChangeOver):
            actions.withdraw_change(actor=admin, restructuring_id=made, at=timezone.now())

    def test_says_why_a_planned_change_can_no_longer_be_carried_out(self, admin, today):
        merge(admin, today + timedelta(2))
        decide(actions.close_organisation, admin, "370100-xfjy", today, successor="")

        restructuring.carry_out_due(at=timezone.now() + timedelta(3))

        failed = queries.restructurings(code="370100-scjg")[0]
        assert failed.state == "failed"
        assert "济南市消防救援支队" in failed.problem

    def test_is_refused_before_what_is_on_record(self, admin):
        with pytest.raises(queries.NotLater, match="2019年1月1日"):
            decide(actions.rename_organisation, admin, "370100-scjg", date(2019, 1, 1), name="x")


class TestTheDocument:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("济政发〔2026〕12号", "济政发〔2026〕12号"), ("济编办发 [2025] 3 号", "济编办发〔2025〕3号"),
            ("济政字（2024）100号", "济政字〔2024〕100号"), ("12号", ""), ("济政发〔26〕1号", ""), ("x" * 500, ""),
        ],
    )  # fmt: skip
    def test_is_written_as_the_standard_says(self, text, written):
        assert rules.document_number(text) == written

    def test_that_is_none_is_refused(self, admin, today):
        with pytest.raises(actions.BadDocument):
            merge(admin, today, document="without a number")


PARTS = ("a", "b", "c", "d")
CHANGES = st.lists(
    st.tuples(st.sampled_from(("merge", "move", "rename", "close")), st.sampled_from(PARTS), st.sampled_from(PARTS)),
    max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_the_tree_of_a_day_before_stays_as_it_was_whatever_changes_later(changes, db):
    from django.db import transaction

    with transaction.atomic():
        city()
        for code in PARTS:
            identity.ensure_organisation(code=code, name=f"局{code}", kind="DEPARTMENT", parent="370100")
        first = date(2024, 1, 1)
        trees = {first: [(item.path, item.name) for item in queries.tree_on(first)]}
        day = first
        for number, (kind, code, other) in enumerate(changes):
            day += timedelta(30)
            details = {
                "merge": {"sources": [other]}, "move": {"parent": other}, "close": {"successor": other},
                "rename": {"name": f"局{number}"},
            }[kind]  # fmt: skip
            plan = queries.Plan(kind=kind.upper(), organisation=code, effective_on=day, details=details)
            try:
                with transaction.atomic():
                    restructuring.record_change(
                        plan, document="", reason="", actor=pmi.service_actor("identity"), at=timezone.now()
                    )
            except Refusal:
                continue
            trees[day] = [(item.path, item.name) for item in queries.tree_on(day)]

        for known, tree in trees.items():
            assert [(item.path, item.name) for item in queries.tree_on(known)] == tree
        # Whatever ended is looked after by something that exists, or by nobody; every path leads somewhere or nowhere.
        alive = {item.path for item in queries.tree_on(timezone.localdate())}
        for path, _name in trees[first]:
            resolved = identity.resolve(path)
            assert resolved in alive or not Organisation.objects.get(path=resolved).successor_id
        transaction.set_rollback(True)


class TestTheOtherZone:
    def test_follows_once(self, today, monkeypatch):
        city()
        change = {
            "change_id": "00000000-0000-4000-8000-000000000001", "kind": "MERGE", "organisation": "370100-scjg",
            "effective_on": today.isoformat(), "document": DOCUMENT, "reason": "", "decided_by_name": "吴安",
            "plan": {"sources": ["370100-xfjy"]},
        }  # fmt: skip
        message = events.Message(topic="identity.organisations-changed", data=change)

        subscriptions.follow(message)
        subscriptions.follow(message)

        assert identity.resolve(FIRE) == MARKET
        assert Restructuring.objects.count() == 1

    def test_hears_of_a_founding(self, today):
        city()
        plan = {"name": "大数据局", "short_name": "", "kind": "DEPARTMENT", "parent": "370100", "rank": 3}
        data = {
            "change_id": "x",
            "kind": "CREATE",
            "organisation": "370100-dsj",
            "effective_on": "2026-01-01",
            "plan": plan,
        }

        for _time in range(2):
            subscriptions.follow(events.Message(topic="identity.organisations-changed", data=data))

        assert queries.organisation("370100-dsj").path == "370100/370100-dsj/"

    def test_is_told_by_the_intranet_only(self, admin, today, monkeypatch, django_capture_on_commit_callbacks):
        told = []
        monkeypatch.setattr(events, "publish", told.append)
        merge(admin, today)
        assert told == []

        monkeypatch.setenv("QC_ZONE", "intranet")
        decide(actions.rename_organisation, admin, "370100-scjg", today, name="市场局")
        assert [event.kind for event in told] == ["RENAME"]


class TestThePages:
    @pytest.fixture
    def keeper(self, client):
        keeper = staff("keeper", privileges=(*RIGHTS, "identity.organisation.read"), organisation="370100")
        prove(client, keeper)
        return keeper

    def wish(self, today, **more):
        return {"effective_on": today.isoformat(), "document": "济政发[2026]12号", "reason": "机构改革", **more}

    def test_show_what_would_happen_and_do_it_only_then(self, client, keeper, today):
        page, wish = reverse("identity:merge", args=["370100-xfjy"]), self.wish(today, other="370100-scjg")

        shown = client.post(page, wish)
        assert [item.kind for item in shown.context["shown"]] == ["end"]
        assert queries.organisation("370100-xfjy").valid_until is None

        done = client.post(page, {**wish, "seen": shown.context["seen"], "carry-out": "1"})
        assert done.url == reverse("identity:organisation", args=["370100-xfjy"])
        assert queries.organisation("370100-xfjy").successor == "370100-scjg"
        assert DOCUMENT in client.get(done.url).content.decode()

    def test_show_it_again_when_it_has_changed_since(self, client, keeper, today):
        page, wish = reverse("identity:merge", args=["370100-xfjy"]), self.wish(today, other="370100-scjg")
        seen = client.post(page, wish).context["seen"]
        staff("newcomer", organisation="370100-xfjy")

        again = client.post(page, {**wish, "seen": seen, "carry-out": "1"})

        assert again.context["changed"]
        assert queries.organisation("370100-xfjy").valid_until is None

    def test_split_with_posts_chosen_by_name(self, client, keeper, today):
        staff("clerk")
        page = reverse("identity:split", args=["370100-scjg"])
        wish = self.wish(today, code="370100-ypj", name="药监局", posts=[str(Post.objects.get(title="岗位clerk").pk)])

        seen = client.post(page, wish).context["seen"]
        client.post(page, {**wish, "seen": seen, "carry-out": "1"})

        assert queries.posts("370100-ypj")[0].holders[0].name == "职员clerk"

    def test_show_the_tree_of_another_day_and_what_is_to_come(self, client, keeper, admin, today):
        decide(actions.rename_organisation, admin, "370100-scjg", today, name="市场局")
        planned = decide(actions.close_organisation, admin, "370100-xfjy", today + timedelta(9), successor="")
        tree = reverse("identity:organisations")

        assert "济南市市场监督管理局" in client.get(tree, {"at": (today - timedelta(1)).isoformat()}).content.decode()
        now = client.get(tree).content.decode()
        assert "市场局" in now
        assert reverse("identity:withdraw-change", args=[planned]) in now

        client.post(reverse("identity:withdraw-change", args=[planned]))
        assert queries.restructurings(planned_only=True) == ()

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "no day", "\N{SNOWMAN}"])
    def test_bear_any_day(self, client, keeper, day):
        assert client.get(reverse("identity:organisations"), {"at": day}).status_code == 200

"""Writes: who may, what they refuse, what they leave in the trail."""

from datetime import date

import pytest
from django.utils import timezone

from quancheng.security.identity import actions, queries
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account, Appointment, Organisation, Person, Post
from quancheng.security.identity.tests.factories import CITY, MARKET, citizen, city, identity_number, proven, staff
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
RIGHTS = tuple(
    f"identity.{name}"
    for name in (
        "organisation.create", "organisation.rename", "post.create", "post.change-roles", "account.create",
        "account.deactivate", "account.activate", "account.set-password", "appointment.make", "appointment.end",
    )
)  # fmt: skip


@pytest.fixture
def admin():
    return proven(staff("admin", privileges=RIGHTS, organisation="370100"))


@pytest.fixture
def local_admin():
    """Administers the market supervision department only."""
    return proven(staff("local", privileges=RIGHTS))


@pytest.fixture
def clerk():
    return staff("clerk")


def new_post(actor, organisation="370100-scjg"):
    return identity.create_post(actor=actor, organisation=organisation, title="新岗位")


class TestCreateOrganisation:
    def test_puts_it_below_its_parent(self, admin):
        path = identity.create_organisation(
            actor=admin, code="370100-dsj", name="大数据局", kind="DEPARTMENT", valid_from=TODAY, parent="370100"
        )

        assert path == "370100/370100-dsj/"

    def test_is_refused_outside_ones_own_organisation(self, local_admin):
        with pytest.raises(pmi.Forbidden):
            identity.create_organisation(
                actor=local_admin, code="x", name="x", kind="OFFICE", valid_from=TODAY, parent="370100-xfjy"
            )

        assert not Organisation.objects.filter(code="x").exists()

    def test_founds_a_city_only_for_who_may_everywhere(self, admin, local_admin):
        wish = {"code": "370200", "name": "青岛市人民政府", "kind": "GOVERNMENT", "valid_from": TODAY}
        with pytest.raises(pmi.Forbidden):
            identity.create_organisation(actor=local_admin, **wish)

        assert identity.create_organisation(actor=admin, **wish) == "370200/"

    @pytest.mark.parametrize(
        ("code", "refusal"), [("370100-scjg", actions.CodeTaken), ("a/b", actions.BadCode), ("甲", actions.BadCode)]
    )
    def test_refuses_codes_that_cannot_stand_in_a_path(self, admin, code, refusal):
        with pytest.raises(refusal):
            identity.create_organisation(
                actor=admin, code=code, name="x", kind="OFFICE", valid_from=TODAY, parent="370100"
            )


class TestAppointments:
    def test_bring_the_privileges_of_the_post(self, admin, clerk):
        pmi.define_role(code="reader", title="查阅", privileges=["approvals.application.read"])
        post = identity.create_post(actor=admin, organisation="370100-scjg", title="查阅岗", roles=["reader"])

        identity.make_appointment(actor=admin, post_id=post, account_id=clerk.pk, valid_from=timezone.localdate())

        assert identity.actor_for(clerk).may("approvals.application.read", MARKET)

    def test_are_never_made_for_oneself(self, admin):
        post = new_post(admin)

        with pytest.raises(actions.OwnAppointment):
            identity.make_appointment(
                actor=admin, post_id=post, account_id=admin.id.removeprefix("account:"), valid_from=TODAY
            )

    def test_are_refused_to_citizens(self, admin):
        with pytest.raises(actions.NotForCitizens):
            identity.make_appointment(actor=admin, post_id=new_post(admin), account_id=citizen().pk, valid_from=TODAY)

    def test_are_refused_twice(self, admin, clerk):
        post = new_post(admin)
        identity.make_appointment(actor=admin, post_id=post, account_id=clerk.pk, valid_from=TODAY)

        with pytest.raises(actions.AlreadyAppointed):
            identity.make_appointment(actor=admin, post_id=post, account_id=clerk.pk, valid_from=TODAY)

    def test_in_another_department_are_not_the_local_administrators_business(self, admin, local_admin, clerk):
        post = new_post(admin, "370100-xfjy")

        with pytest.raises(pmi.Forbidden):
            identity.make_appointment(actor=local_admin, post_id=post, account_id=clerk.pk, valid_from=TODAY)

    def test_end_on_their_last_day(self, admin, clerk):
        held = Appointment.objects.get(account=clerk)

        identity.end_appointment(actor=admin, appointment_id=held.pk, valid_until=held.valid_from)

        with pytest.raises(actions.AppointmentOver):
            identity.end_appointment(actor=admin, appointment_id=held.pk, valid_until=held.valid_from)

    def test_do_not_end_before_they_begin(self, admin, clerk):
        held = Appointment.objects.get(account=clerk)

        with pytest.raises(actions.EndsBeforeItBegins):
            identity.end_appointment(actor=admin, appointment_id=held.pk, valid_until=date(2000, 1, 1))


class TestChangeRoles:
    def test_refuses_roles_that_do_not_exist(self, admin):
        with pytest.raises(actions.UnknownRole, match="no-such-role"):
            identity.change_roles(actor=admin, post_id=new_post(admin), roles=["no-such-role"])


class TestCreateAccount:
    def wish(self, **changes):
        return {"username": "newcomer", "name": "新人", "password": "long enough 2026", **changes}

    def test_makes_a_member_of_the_staff_who_can_sign_in(self, admin, client):
        identity.create_account(actor=admin, **self.wish())

        assert client.login(username="newcomer", password="long enough 2026")
        assert Account.objects.get(username="newcomer").kind == "staff"

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"username": "ADMIN"}, actions.UserNameTaken),
            ({"password": "12345678901"}, actions.WeakPassword),
            ({"mobile": "110"}, actions.BadMobile),
            ({"identity_number": "370102199003150000"}, actions.BadIdentityNumber),
        ],
    )
    def test_says_what_is_wrong(self, admin, changes, refusal):
        with pytest.raises(refusal):
            identity.create_account(actor=admin, **self.wish(**changes))

    def test_is_forbidden_to_a_clerk_and_the_trail_remembers(self, clerk):
        with pytest.raises(pmi.Forbidden):
            identity.create_account(actor=identity.actor_for(clerk), **self.wish())

        assert ("identity.account.create", "pmi.forbidden") in _entries()


class TestRegister:
    def wish(self, **changes):
        return {
            "name": "王小美",
            "identity_number": identity_number(),
            "mobile": "13800530001",
            "password": "long enough 2026",
            **changes,
        }

    def test_lets_anybody_open_their_own_account(self, db):
        account_id = identity.register(actor=pmi.ANONYMOUS, **self.wish())

        account = Account.objects.get(pk=account_id)
        assert (account.username, account.kind, account.person.name) == ("13800530001", "citizen", "王小美")

    def test_gives_a_person_one_account(self, db):
        identity.register(actor=pmi.ANONYMOUS, **self.wish())

        with pytest.raises(actions.PersonHasAccount):
            identity.register(actor=pmi.ANONYMOUS, **self.wish(mobile="13800530002"))

    def test_refuses_a_number_that_is_known_under_another_name(self, db):
        Person.objects.create(name="李四", identity_number=identity_number())

        with pytest.raises(actions.NameDiffers):
            identity.register(actor=pmi.ANONYMOUS, **self.wish())

    def test_is_not_for_staff(self, clerk):
        with pytest.raises(pmi.Forbidden):
            identity.register(actor=identity.actor_for(clerk), **self.wish())


class TestDeactivate:
    def test_ends_appointments_and_shuts_the_door(self, admin, clerk, client):
        identity.deactivate_account(actor=admin, account_id=clerk.pk, at=timezone.now())

        assert not client.login(username="clerk", password="quancheng-demo-2026")
        assert not queries.staff_of(MARKET)

    def test_of_somebody_who_serves_elsewhere_too_needs_a_privilege_above_both(self, local_admin, clerk):
        identity.ensure_post(organisation="370100-xfjy", title="借调", holders=["clerk"])

        with pytest.raises(pmi.Forbidden):
            identity.deactivate_account(actor=local_admin, account_id=clerk.pk, at=timezone.now())

    def test_of_a_citizen_is_not_a_departments_business(self, local_admin):
        with pytest.raises(pmi.Forbidden):
            identity.deactivate_account(actor=local_admin, account_id=citizen().pk, at=timezone.now())


class TestSetPassword:
    def test_is_never_for_a_citizen(self, admin):
        with pytest.raises(identity.UnknownAccount):
            actions.set_password(actor=admin, account_id=citizen().pk, password="another long one 2026")


class TestEnsurePost:
    def test_can_be_repeated(self, clerk):
        for _round in range(2):
            identity.ensure_post(organisation="370100-scjg", title="窗口", roles=["role-clerk"], holders=["clerk"])

        assert Post.objects.filter(title="窗口").count() == 1
        assert Appointment.objects.filter(post__title="窗口").count() == 1

    def test_adds_roles_and_keeps_those_it_had(self, clerk):
        pmi.define_role(code="second", title="第二", privileges=[])
        identity.ensure_post(organisation="370100-scjg", title="窗口", roles=["role-clerk"])

        identity.ensure_post(organisation="370100-scjg", title="窗口", roles=["second"])

        assert Post.objects.get(title="窗口").roles.count() == 2

    def test_names_what_is_missing(self, db):
        city()
        with pytest.raises(identity.UnknownOrganisation):
            identity.ensure_post(organisation="nowhere", title="x")
        with pytest.raises(actions.UnknownRole):
            identity.ensure_post(organisation="370100", title="x", roles=["nothing"])
        with pytest.raises(identity.UnknownAccount):
            identity.ensure_post(organisation="370100", title="x", holders=["nobody"])


def test_the_place_of_somebody_without_a_post_is_the_city(db):
    city()

    assert queries.place_of(citizen().pk) == CITY


def _entries():
    return {(entry.action, entry.outcome) for entry in trail.entries().items}

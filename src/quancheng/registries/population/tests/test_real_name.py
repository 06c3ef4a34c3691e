"""A citizen's real name is checked: asked in the extranet, answered with yes or no, and the account is better known."""

from dataclasses import fields
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from quancheng.kernel import events
from quancheng.registries.population import actions
from quancheng.registries.population.events import RealNameChecked
from quancheng.registries.population.models import Person
from quancheng.security.identity import subscriptions
from quancheng.security.identity.actions import real_name
from quancheng.security.identity.models import Account, RealNameCheck
from quancheng.security.identity.queries import real_name as standings
from quancheng.security.identity.tests.factories import citizen, identity_number, prove, staff
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
NUMBER = identity_number()


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


@pytest.fixture
def told(monkeypatch):
    """What is announced, instead of being delivered."""
    found = []
    monkeypatch.setattr(events, "publish", found.append)
    return found


@pytest.fixture
def account():
    found = citizen()
    Account.objects.filter(pk=found.pk).update(assurance=Account.Assurance.DECLARED)
    return Account.objects.get(pk=found.pk)


def register(name="王小美"):
    return Person.objects.create(
        name=name, identity_number=NUMBER, sex="F", born_on=date(1990, 3, 15), updated_at=timezone.now()
    )


def ask(account, at=None):
    from quancheng.security.identity import public as identity

    return real_name.ask_real_name(actor=identity.actor_for(account), account_id=account.pk, at=at or timezone.now())


def carry(told):
    """Carry the question to the register, and the answer back."""
    question = told.pop()
    actions.check_real_name(
        check_id=question.check_id, name=question.name, identity_number=question.identity_number, at=timezone.now()
    )
    answer = told.pop()
    message = events.Message(
        topic=answer.topic, data={"check_id": answer.check_id, "matches": answer.matches}, time=timezone.now()
    )
    subscriptions.hear_real_name(message)
    return message


class TestACheck:
    def test_that_matches_raises_how_well_the_account_is_known(self, account, told):
        register()
        ask(account)
        assert standings.standing(account.pk).state == "asked"

        carry(told)

        assert Account.objects.get(pk=account.pk).assurance == Account.Assurance.CHECKED
        assert standings.standing(account.pk).state == "known"
        assert trail.entries(subject=account.actor_id, action="identity.real-name.hear").items[0].outcome == "done"

    @pytest.mark.parametrize("name", ["王大美", None], ids=["another name", "nobody"])
    def test_that_differs_says_no_more_than_no(self, account, told, name):
        if name:
            register(name)
        ask(account)

        answer = carry(told)

        assert dict(answer.data) == {"check_id": answer.data["check_id"], "matches": False}
        assert standings.standing(account.pk).state == "differs"
        assert Account.objects.get(pk=account.pk).assurance == Account.Assurance.DECLARED

    def test_has_an_answer_without_room_for_data(self):
        assert {item.name for item in fields(RealNameChecked)} == {"check_id", "matches"}

    def test_is_heard_once_and_not_turned_round_by_a_second_answer(self, account, told):
        ask(account)
        message = carry(told)

        forged = events.Message(topic=message.topic, data={**message.data, "matches": True}, time=timezone.now())
        subscriptions.hear_real_name(forged)

        assert Account.objects.get(pk=account.pk).assurance == Account.Assurance.DECLARED

    @pytest.mark.parametrize("data", [{}, {"check_id": "x", "matches": True}, {"check_id": None}])
    def test_that_nobody_asked_for_changes_nothing(self, account, data):
        subscriptions.hear_real_name(
            events.Message(topic="population.real-name-checked", data=data, time=timezone.now())
        )

        assert Account.objects.get(pk=account.pk).assurance == Account.Assurance.DECLARED

    def test_of_a_name_with_dots_and_blanks_counts_what_is_meant(self, db, told):
        register("买买提·艾力")

        assert actions.check_real_name(
            check_id="x", name="买买提 • 艾力", identity_number=NUMBER.lower(), at=timezone.now()
        )


class TestAskingAgain:
    def test_waits_for_the_answer_but_not_for_ever(self, account, told):
        now = timezone.now()
        ask(account)
        with pytest.raises(real_name.AnswerAwaited):
            ask(account)

        assert standings.standing(account.pk, at=now + timedelta(hours=2)).state == "late"
        ask(account, now + timedelta(hours=2))

    def test_is_possible_three_times_a_day(self, account, told):
        now = timezone.now()
        for _try in range(3):
            ask(account, now)
            carry(told)
        with pytest.raises(real_name.AskedTooOften):
            ask(account, now)

        ask(account, now + timedelta(days=1, minutes=1))

    def test_is_refused_once_the_name_is_known(self, told):
        with pytest.raises(real_name.CheckedAlready):
            ask(citizen())

    def test_about_one_number_ends_in_the_intranet_too(self, told):
        register()

        answers = [
            actions.check_real_name(check_id=str(n), name="王小美", identity_number=NUMBER, at=timezone.now())
            for n in range(actions.ASKED_A_DAY + 1)
        ]

        assert answers == [True] * actions.ASKED_A_DAY + [False]


class TestThePage:
    def test_asks_and_shows_where_it_stands(self, client, account, told):
        prove(client, account)
        page = reverse("identity:real-name")
        assert page in client.get(reverse("identity:profile")).content.decode()

        client.post(page)
        assert client.get(page).context["standing"].state == "asked"

        carry(told)
        assert client.get(page).context["standing"].state == "differs"

    def test_is_for_citizens(self, client):
        prove(client, staff("clerk"))

        assert client.get(reverse("identity:real-name")).status_code == 403


@pytest.mark.usefixtures("own_folder")
def test_the_question_travels_through_the_exchange_and_back(account):
    from quancheng.kernel import tasks

    register()
    ask(account)
    tasks.run_all()

    assert RealNameCheck.objects.get().state == RealNameCheck.State.MATCHED

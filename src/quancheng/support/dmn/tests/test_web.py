"""The pages about decision models."""

import pytest
from django.test import RequestFactory

from quancheng.security.pmi import public as pmi
from quancheng.support.dmn import public as dmn
from quancheng.support.dmn.tests.drawings import table_model
from quancheng.support.dmn.web import views

pytestmark = pytest.mark.django_db(transaction=True)
KEEPER = pmi.Actor(
    id="s1",
    name="Keeper",
    kind="staff",
    organisation="370100/",
    grants=(pmi.Grant("dmn.decision.read", "370100/"),),
)
STRANGER = pmi.Actor(id="s2", name="Stranger", kind="staff", organisation="370100/", grants=())


def ask(view, *, actor=KEEPER, query=None, **parts):
    request = RequestFactory().get("/", query or {})
    request.actor, request.session = actor, {}
    return view.as_view()(request, **parts)


@pytest.fixture
def deployed():
    return dmn.deploy("dmn", table_model(['> 300 => "large"', '<= 300 => "small"', '<= 5 => "tiny"']))


def test_the_list_names_every_model(deployed):
    assert "shop" in ask(views.Models).content.decode()


def test_a_table_is_shown_with_its_policy_and_what_the_check_found(deployed):
    text = ask(views.OneModel, definition_id=deployed.id).content.decode()

    assert "&gt; 300" in text
    assert "U ·" in text
    assert "2, 3" in text


@pytest.mark.parametrize(("area", "marked"), [("301", 1), ("100", 1), ("", 0)])
def test_a_trial_marks_the_rules_that_held(deployed, area, marked):
    query = {"decision": "Answer", "input.1": area}

    text = ask(views.OneModel, definition_id=deployed.id, query=query).content.decode()

    assert text.count("qc-badge--good") == marked


def test_a_trial_that_fails_says_why(deployed):
    query = {"decision": "Answer", "input.1": "3"}

    text = ask(views.OneModel, definition_id=deployed.id, query=query).content.decode()

    assert "qc-alert--bad" in text
    assert "2, 3" in text


@pytest.mark.parametrize("area", ["\0", "((((", "x" * 5000, "for a in 1..999999999 return a", "null", "[1, 2"])
def test_anything_may_be_typed(deployed, area):
    query = {"decision": "Answer", "input.1": area}

    assert ask(views.OneModel, definition_id=deployed.id, query=query).status_code == 200


def test_who_may_not_look_is_refused(deployed):
    with pytest.raises(pmi.Forbidden):
        ask(views.OneModel, actor=STRANGER, definition_id=deployed.id)


def test_a_model_that_is_not_there_is_refused():
    with pytest.raises(dmn.NoSuchDecision):
        ask(views.OneModel, definition_id=999)

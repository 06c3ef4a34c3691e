"""Where a grant obliges to mask, nobody sees people's data otherwise: list, file, page; and people are told."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from quancheng.kernel import events
from quancheng.registries.population import demo
from quancheng.registries.population.models import Person
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications.models import Message

pytestmark = pytest.mark.django_db
XIAOMEI = "370102199003150024"
LOOK = "population.person.read"


@pytest.fixture
def reader(client):
    """A browser of somebody who may look at people on the terms that the test says."""
    identity.ensure_organisation(code="370100-dsj", name="济南市大数据局", kind="DEPARTMENT")
    demo.build()
    identity.ensure_account(username="reader", name="读者", kind="staff")
    identity.ensure_post(organisation="370100-dsj", title="查阅岗", roles=[], holders=["reader"])

    def bound(*obligations, privilege=LOOK):
        pmi.define_role(
            code="reader", title="查阅员", privileges=[privilege], terms={privilege: {"obligations": list(obligations)}}
        )
        identity.ensure_post(organisation="370100-dsj", title="查阅岗", roles=["reader"], holders=["reader"])
        client.force_login(get_user_model().objects.get(username="reader"))
        return client

    return bound


def person():
    return Person.objects.get(identity_number=XIAOMEI)


def test_masking_covers_list_file_and_page_with_its_history(reader):
    browser = reader("MASK")
    found = person()
    asked = {"q": "王小"}

    texts = [
        browser.get(reverse("population:home"), asked).content.decode(),
        browser.get(reverse("population:person", args=[found.pk])).content.decode(),
        b"".join(browser.get(reverse("population:home"), {**asked, "export": "csv"})).decode("utf-8-sig"),
    ]

    for text in texts:
        assert "王**" in text
        assert [secret for secret in (XIAOMEI, found.name, found.address) if secret in text] == []


def test_whose_page_was_opened_is_told_once_a_day_by_which_office(
    reader, monkeypatch, django_capture_on_commit_callbacks
):
    identity.ensure_account(username="c9", name="王小美", kind="citizen", identity_number=XIAOMEI)
    to = identity.citizen_of(pmi.reference(XIAOMEI))
    monkeypatch.setattr(events, "_transport", events.InProcess())
    browser = reader("NOTIFY")

    for _again in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            page = browser.get(reverse("population:person", args=[person().pk]))
    listed = browser.get(reverse("population:home"), {"q": "王小美"}).content.decode()

    (message,) = Message.objects.filter(kind="pmi.person-looked-up")
    assert f"account:{message.account_id}" == to
    assert "济南市大数据局" in message.text
    assert XIAOMEI in page.content.decode()
    assert "王**" in listed


def test_who_must_say_why_is_asked_for_it_on_the_spot(reader):
    browser = reader("REASON")
    address = reverse("population:person", args=[person().pk])

    asked = browser.get(address)
    led_on = browser.post(reverse("pmi:purpose"), {"words": "群众来访核对", "next": address})

    assert asked.status_code == 403
    assert 'name="words"' in asked.content.decode()
    assert led_on["Location"] == address
    assert XIAOMEI in browser.get(address).content.decode()

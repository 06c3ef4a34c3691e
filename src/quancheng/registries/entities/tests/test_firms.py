from datetime import UTC, date, datetime

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from quancheng.registries.deliveries import public as deliveries
from quancheng.registries.entities import actions, demo, queries, rules
from quancheng.registries.entities.engine.firms import REGISTER
from quancheng.registries.entities.models import Change, Delivery, Firm
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ME = pmi.service_actor("entities")
CODE = rules.code(division="370102", body="MA3C0000")
HEAD = "统一社会信用代码,名称,登记状态,成立日期\n"
CODES = st.builds(
    rules.code,
    division=st.sampled_from(["370102", "370103"]),
    body=st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8),
)


def deliver(text, as_of=date(2026, 9, 30)):
    return actions.import_firms(
        actor=ME,
        content=text.encode(),
        name="x.csv",
        source="370100-scjg",
        source_name="济南市市场监督管理局",
        as_of=as_of,
        at=AT,
    )


class TestCreditCode:
    @pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000600037341L"])
    def test_takes_codes_that_are_in_use(self, code):
        assert rules.read(f" {code.lower()} ") == code

    @given(CODES)
    def test_made_codes_are_read_back(self, code):
        assert rules.read(code) == code

    @given(CODES, st.integers(0, 16), st.integers(1, 30))
    def test_one_wrong_character_is_always_noticed(self, code, place, shift):
        other = rules.ALPHABET[(rules.ALPHABET.index(code[place]) + shift) % 31]

        with pytest.raises(rules.WrongCode):
            rules.read(code[:place] + other + code[place + 1 :])


@pytest.mark.django_db
class TestImport:
    def test_rejects_wrong_rows_and_takes_the_others(self):
        delivery = deliveries.delivery(
            REGISTER,
            delivery_id=deliver(
                f"{HEAD}{CODE},泉韵餐饮,存续,2020-01-02\n91370102MA3C000000,错码,存续,\n"
                f"{rules.code(division='370103', body='MA3C0001')},状态错,不明,\n"
            ),
        )

        assert (delivery.created, delivery.rejected) == (1, 2)

    def test_remembers_a_change_of_status(self):
        deliver(f"{HEAD}{CODE},泉韵餐饮,存续,2020-01-02\n")
        deliver(f"{HEAD}{CODE},泉韵餐饮,注销,2020-01-02\n", as_of=date(2026, 10, 31))

        assert Firm.objects.get().status == "closed"
        assert Change.objects.get().old == "active"

    def test_answers_the_catalogue_with_the_source(self):
        deliver(f"{HEAD}{CODE},泉韵餐饮,存续,2020-01-02\n")

        assert queries.facts(credit_code=CODE)["uscc"] == CODE
        assert queries.provenance(credit_code=CODE)["uscc"]["source"] == "济南市市场监督管理局"

    def test_the_sample_city_is_taken_in_whole(self):
        deliver(demo.sample())

        assert Delivery.objects.get().rejected == 0
        assert queries.size() == demo.SIZE


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("name", ["home", "deliveries", "import"])
    def test_open_for_the_keeper_only(self, client, name):
        identity.ensure_organisation(code="370100-dsj", name="济南市大数据局", kind="DEPARTMENT")
        demo.build()
        address = reverse(f"entities:{name}")
        identity.ensure_account(username="other", name="某人", kind="staff")

        stranger = client.get(address).status_code
        client.force_login(get_user_model().objects.get(username="other"))
        other = client.get(address).status_code
        client.force_login(get_user_model().objects.get(username="registry"))

        assert (stranger, other, client.get(address).status_code) == (302, 403, 200)

    def test_show_a_firm_with_its_sources(self, client):
        identity.ensure_organisation(code="370100-dsj", name="济南市大数据局", kind="DEPARTMENT")
        demo.build()
        client.force_login(get_user_model().objects.get(username="registry"))

        answer = client.get(reverse("entities:firm", args=[Firm.objects.first().pk])).content.decode()

        assert "济南市市场监督管理局" in answer

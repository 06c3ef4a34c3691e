from datetime import UTC, date, datetime

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from quancheng.centres.catalogue import public as catalogue
from quancheng.registries.deliveries import public as deliveries
from quancheng.registries.geography import actions as divisions
from quancheng.registries.geography.rules import Entry
from quancheng.registries.population import actions, demo, queries
from quancheng.registries.population.engine.people import REGISTER
from quancheng.registries.population.models import Change, Delivery, Person
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ME = pmi.service_actor("population")
XIAOMEI = "370102199003150024"
HEAD = "公民身份号码,姓名,性别,住址\n"


def deliver(text, as_of=date(2026, 9, 30), source="370100-gaj", source_name="济南市公安局"):
    return actions.import_people(
        actor=ME, content=text.encode(), name="x.csv", source=source, source_name=source_name, as_of=as_of, at=AT
    )


def person():
    return Person.objects.get(identity_number=XIAOMEI)


class TestImport:
    def test_fills_sex_and_birth_date_from_the_number(self):
        deliver(f"{HEAD}{XIAOMEI},王小美,,泉城路1号\n")

        assert person().sex == "female"
        assert person().born_on == date(1990, 3, 15)

    def test_the_same_file_again_changes_nothing(self):
        first, second = (deliver(f"{HEAD}{XIAOMEI},王小美,女,泉城路1号\n") for _ in range(2))

        assert first == second
        assert Delivery.objects.count() == 1

    def test_rejects_wrong_rows_and_takes_the_others(self):
        delivery = deliveries.delivery(
            REGISTER,
            delivery_id=deliver(
                f"{HEAD}{XIAOMEI},王小美,女,\n370102199003150025,错一位,女,\n{XIAOMEI},重复,女,\n"
                "370103198507120015,,男,\n370104199211080027,李娜,男,\n"
            ),
        )

        assert delivery.created == 1
        assert [(item["row"]) for item in delivery.report] == [3, 4, 5, 6]

    def test_remembers_what_a_value_was_before(self):
        deliver(f"{HEAD}{XIAOMEI},王小美,女,泉城路1号\n")
        deliver(f"{HEAD}{XIAOMEI},王小美,女,泉城路2号\n", as_of=date(2026, 10, 31))

        change = Change.objects.get()
        assert (change.field, change.old, change.new) == ("address", "泉城路1号", "泉城路2号")

    def test_older_data_never_overwrite_newer_ones(self):
        deliver(f"{HEAD}{XIAOMEI},王小美,女,泉城路2号\n", as_of=date(2026, 10, 31))
        deliver(f"{HEAD}{XIAOMEI},王小美,女,泉城路1号\n", as_of=date(2026, 9, 30))

        assert person().address == "泉城路2号"
        assert not Change.objects.exists()

    def test_an_empty_cell_takes_nothing_away(self):
        deliver(f"{HEAD}{XIAOMEI},王小美,女,泉城路1号\n")
        deliver(f"{HEAD}{XIAOMEI},王小美,女,\n", as_of=date(2026, 10, 31))

        assert person().address == "泉城路1号"

    def test_each_field_says_where_it_comes_from(self):
        deliver(f"{HEAD}{XIAOMEI},王小美,女,泉城路1号\n")
        deliver(
            "公民身份号码,姓名,住址\n" + f"{XIAOMEI},王小美,泉城路2号\n",
            date(2026, 10, 31),
            "370100-mzj",
            "济南市民政局",
        )

        known = queries.provenance(identity_number=XIAOMEI)

        assert known["address"] == {"source": "济南市民政局", "as_of": "2026-10-31"}
        assert known["sex"]["as_of"] == "2026-10-31"

    def test_rejects_a_division_that_a_known_city_does_not_have(self):
        city, district = Entry("3701", "济南市"), Entry("370102", "历下区")
        divisions.import_divisions(actor=pmi.service_actor("geography"), entries=[city, district])
        head = "公民身份号码,姓名,区划代码\n"

        delivery_id = deliver(f"{head}{XIAOMEI},王小美,370199\n370103198507120015,张伟,370102\n")

        assert [item["row"] for item in deliveries.delivery(REGISTER, delivery_id=delivery_id).report] == [2]

    def test_reads_files_in_the_national_encoding(self):
        content = f"{HEAD}{XIAOMEI},王小美,女,泉城路1号\n".encode("gb18030")

        actions.import_people(
            actor=ME, content=content, name="x", source="s", source_name="n", as_of=date(2026, 9, 30), at=AT
        )

        assert person().name == "王小美"

    @pytest.mark.parametrize("content", [b"", "姓名\n王小美\n".encode(), b"\xff\xfe\x00\x81"])
    def test_refuses_what_it_cannot_read(self, content):
        with pytest.raises(deliveries.Unreadable):
            deliveries.planned(REGISTER, content, as_of=date(2026, 9, 30))

    def test_nobody_imports_without_the_privilege(self):
        stranger = pmi.Actor(id="account:1", name="某人", kind="staff")

        with pytest.raises(pmi.Forbidden):
            actions.import_people(
                actor=stranger, content=b"", name="", source="", source_name="", as_of=date(2026, 1, 1), at=AT
            )


class TestSampleCity:
    def test_has_three_hundred_people_and_the_holders_of_the_accounts(self):
        actions.import_people(
            actor=ME,
            content=demo.sample().encode(),
            name="x",
            source="s",
            source_name="n",
            as_of=demo.AS_OF,
            at=AT,
        )

        assert queries.size() == demo.SIZE
        assert Delivery.objects.get().rejected == 0
        assert person().name == "王小美"

    def test_knows_the_numbers_of_the_demo_accounts(self):
        from quancheng.security.identity import demo as accounts

        assert {(number, name) for number, name, *_rest in demo.ACCOUNT_HOLDERS} == {
            (number, name) for _username, name, number, *_rest in accounts.CITIZENS
        }


class TestCatalogue:
    def test_gives_a_person_their_own_data_with_the_source(self):
        deliver(f"{HEAD}{XIAOMEI},王小美,女,泉城路1号\n")
        herself = pmi.Actor(id="account:1", name="王小美", kind="citizen", person=XIAOMEI)

        answer = catalogue.items(["population.person.address"], subject=XIAOMEI, purpose="开办餐饮店", actor=herself)

        assert [(value.value, value.source) for value in answer.values] == [("泉城路1号", "济南市公安局")]


@pytest.fixture
def keeper(client):
    identity.ensure_organisation(code="370100-dsj", name="济南市大数据局", kind="DEPARTMENT")
    demo.build()
    client.force_login(get_user_model().objects.get(username="registry"))
    return client


PAGES = {"home": [], "deliveries": [], "import": []}


class TestPages:
    @pytest.mark.parametrize("name", PAGES)
    def test_open_for_the_keeper(self, keeper, name):
        assert keeper.get(reverse(f"population:{name}")).status_code == 200

    @pytest.mark.parametrize("name", PAGES)
    def test_are_closed_to_other_staff_and_citizens(self, client, name):
        for kind in ("staff", "citizen"):
            identity.ensure_account(username=f"some-{kind}", name="某人", kind=kind)
            client.force_login(get_user_model().objects.get(username=f"some-{kind}"))

            assert client.get(reverse(f"population:{name}")).status_code == 403

    @pytest.mark.parametrize("name", PAGES)
    def test_ask_strangers_to_sign_in(self, client, name):
        assert client.get(reverse(f"population:{name}")).status_code == 302

    def test_list_nobody_without_being_asked(self, keeper):
        assert "王小美" not in keeper.get(reverse("population:home")).content.decode()

    def test_a_look_at_a_person_is_in_the_trail(self, keeper):
        answer = keeper.get(reverse("population:person", args=[person().pk]))

        assert "济南市公安局" in answer.content.decode()
        assert trail.entries(subject=f"person:{person().pk}").items

    def test_numbers_in_lists_are_masked(self, keeper):
        answer = keeper.get(reverse("population:home"), {"q": "王小美"}).content.decode()

        assert XIAOMEI not in answer
        assert "3701**********0024" in answer

    def test_show_what_a_file_would_change_before_it_does(self, keeper):
        given = {"source": "370100-gaj", "source_name": "济南市公安局", "as_of": "2026-10-31"}
        text = f"{HEAD}{XIAOMEI},王小美,女,新地址\n1,错,女,\n"
        file = SimpleUploadedFile("十月.csv", text.encode(), content_type="text/csv")

        shown = keeper.post(reverse("population:import"), {**given, "file": file, "preview": "1"})
        before = person().address
        kept = shown.context["kept"]
        keeper.post(reverse("population:import"), {**given, "digest": kept.digest, "name": kept.name, "confirm": "1"})

        assert shown.context["preview"]["rejected"] == 1
        assert before != "新地址"
        assert person().address == "新地址"

    def test_say_what_is_wrong_with_a_file(self, keeper):
        given = {"source": "s", "source_name": "n", "as_of": "2026-10-31"}
        file = SimpleUploadedFile("x.csv", "姓名\n王小美\n".encode(), content_type="text/csv")

        answer = keeper.post(reverse("population:import"), {**given, "file": file})

        assert answer.status_code == 400
        assert "公民身份号码" in answer.content.decode()

"""The pages from outside: who may open and send what, and that a refusal is entered in the trail."""

import pytest

from quancheng.business.approvals import actions, demo
from quancheng.business.approvals.process import ACTOR
from quancheng.business.approvals.tests import factories
from quancheng.security.identity import demo as people
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
AT = factories.MORNING

PAGES = ("", "drawing/", "timeline/", "documents/", "exchanges/", "trail/")
READERS = {"window", "lead", "chief", "market-licence", "market-food", "fire", "urban"}
SENDS = {
    "accept": ({"comment": ""}, {"window"}),
    "corrections": ({"item": "material:M04", "reason-material:M04": "未提交"}, {"window"}),
    "refuse": ({"reasons": "不需要许可"}, {"window"}),
    "opinion": ({"part": "fire_check", "verdict": "FAVOURABLE", "law": "《消防法》第十五条"}, {"fire"}),
    "decide": ({"outcome": "grant"}, {"lead", "chief"}),
}
STAFF = (*sorted(READERS), "other", "admin", "auditor")


@pytest.fixture
def city(told):
    people.build()
    demo.build()
    return told


@pytest.fixture
def application(city):
    return actions.receive(actor=ACTOR, data=factories.submission(), at=AT)


@pytest.fixture
def sign_in(client, city):
    def sign_in(name):
        from django.contrib.auth import get_user_model

        client.force_login(get_user_model().objects.get(username=name))
        return client

    return sign_in


class TestThePermissionMatrix:
    @pytest.mark.parametrize("page", PAGES)
    def test_of_reading(self, sign_in, application, page):
        for name in STAFF:
            before = trail.entries(subject=application.subject, outcome="pmi.forbidden").total

            status = sign_in(name).get(f"/approvals/{application.pk}/{page}").status_code

            assert status == (200 if name in READERS else 403), name
            after = trail.entries(subject=application.subject, outcome="pmi.forbidden").total
            assert (after > before) == (name not in READERS), name

    @pytest.mark.parametrize("send", SENDS)
    def test_of_sending(self, sign_in, application, send):
        data, allowed = SENDS[send]
        for name in STAFF:
            if name in allowed:
                continue
            before = trail.entries(outcome="pmi.forbidden").total

            answer = sign_in(name).post(f"/approvals/{application.pk}/do/{send}/", data)

            assert answer.status_code == 403, name
            assert trail.entries(outcome="pmi.forbidden").total == before + 1, name
        application.refresh_from_db()
        assert application.state == "RECEIVED"

    def test_of_the_lists(self, sign_in, application):
        for name in STAFF:
            expected = 200 if name in READERS else 403
            assert sign_in(name).get("/approvals/").status_code == expected, name
            assert sign_in(name).get("/approvals/services/").status_code == expected, name
            assert sign_in(name).get("/approvals/services/JN-YJS-0001/").status_code == expected, name

    def test_of_an_item_show_the_office_what_is_still_to_be_verified(self, sign_in, city):
        page = sign_in("lead").get("/approvals/services/JN-YJS-0001/").content.decode()

        assert "三百平方米的界限不在本法" in page

    def test_of_publishing(self, sign_in, city):
        for name in STAFF:
            answer = sign_in(name).post("/approvals/services/JN-YJS-0001/publish/")
            assert answer.status_code == (302 if name in {"lead", "chief"} else 403), name

    def test_of_documents_counts_every_look(self, sign_in, application):
        digest = application.materials.get().digest
        url = f"/approvals/{application.pk}/document/{digest}/"

        answer = sign_in("fire").get(url)

        assert b"".join(answer.streaming_content).startswith(b"%PDF")
        looks = trail.entries(subject=application.subject, action="approvals.document.read")
        assert looks.items[0].outcome == "done"
        assert sign_in("other").get(url).status_code == 403

    def test_strangers_are_sent_to_sign_in(self, client, application):
        assert client.get(f"/approvals/{application.pk}/").status_code == 302
        assert client.post(f"/approvals/{application.pk}/do/accept/").status_code == 302

    def test_citizens_see_nothing(self, sign_in, application):
        assert sign_in("wangxiaomei").get(f"/approvals/{application.pk}/").status_code == 403

    def test_unknown_applications_and_documents_are_not_found(self, sign_in, application):
        client = sign_in("window")

        assert client.get("/approvals/00000000-0000-0000-0000-000000000000/").status_code == 404
        assert client.get(f"/approvals/{application.pk}/document/{'0' * 64}/").status_code == 404


class TestTheErrandByHand:
    def test_goes_from_acceptance_to_the_decision_through_the_pages(self, sign_in, application):
        url = f"/approvals/{application.pk}/"

        sign_in("window").post(f"{url}do/accept/", {"comment": "材料齐全"})
        for name, part in (
            ("market-licence", "market_licence"), ("market-food", "market_food"), ("fire", "fire_check"),
            ("urban", "shop_sign"),
        ):  # fmt: skip
            answer = sign_in(name).post(
                f"{url}do/opinion/", {"part": part, "verdict": "FAVOURABLE", "text": "", "law": "依法"}
            )
            assert answer.status_code == 302, name
        answer = sign_in("lead").post(f"{url}do/decide/", {"outcome": "grant", "reasons": ""})
        assert answer.status_code == 302

        factories.run_jobs()
        application.refresh_from_db()
        assert application.state == "DELIVERED"
        page = sign_in("lead").get(f"{url}documents/").content.decode()
        assert "营业执照" in page

    def test_shows_each_person_only_what_they_have_to_decide(self, sign_in, application):
        url = f"/approvals/{application.pk}/"

        assert "/do/accept/" in sign_in("window").get(url).content.decode()
        assert "/do/accept/" not in sign_in("fire").get(url).content.decode()
        sign_in("window").post(f"{url}do/accept/")
        fire = sign_in("fire").get(url).content.decode()
        assert 'value="fire_check"' in fire
        assert 'value="shop_sign"' not in fire
        assert "/do/decide/" not in sign_in("lead").get(url).content.decode()

    def test_asks_for_corrections_with_the_basis_of_the_item(self, sign_in, application):
        sign_in("window").post(
            f"/approvals/{application.pk}/do/corrections/",
            {
                "item": ["material:M04", "field:address"],
                "reason-material:M04": "未提交",
                "reason-field:address": "不详",
            },
        )

        notice = application.notices.get()
        assert [item["basis"] for item in notice.items] == [
            "《中华人民共和国食品安全法》第三十三条第一款第一项、第二项、第四项，第三十五条第二款",
            "《中华人民共和国市场主体登记管理条例》第八条第一款第四项",
        ]  # fmt: skip

    def test_keeps_what_was_written_when_it_is_refused(self, sign_in, application):
        client = sign_in("window")

        answer = client.post(
            f"/approvals/{application.pk}/do/corrections/",
            {"item": ["material:M04", "material:M05"], "reason-material:M04": "布局图看不清"},
        )

        assert answer.status_code == 422
        assert "布局图看不清" in answer.content.decode()

    def test_tells_the_second_clerk_that_somebody_was_first(self, sign_in, application):
        client = sign_in("window")
        client.post(f"/approvals/{application.pk}/do/accept/")

        answer = client.post(f"/approvals/{application.pk}/do/accept/", {"comment": "我也受理"})

        assert answer.status_code == 409
        assert "refusal" in answer.content.decode()

    def test_a_reservation_needs_reasons(self, sign_in, application):
        sign_in("window").post(f"/approvals/{application.pk}/do/accept/")

        answer = sign_in("fire").post(
            f"/approvals/{application.pk}/do/opinion/",
            {"part": "fire_check", "verdict": "UNFAVOURABLE", "text": "", "law": "《消防法》第十五条"},
        )

        assert answer.status_code == 422
        assert not application.opinions.exists()

    def test_masks_the_identity_number_everywhere(self, sign_in, application):
        for page in PAGES:
            assert (
                "370102199003150024"
                not in sign_in("window").get(f"/approvals/{application.pk}/{page}").content.decode()
            )

    def test_lists_only_the_departments_own_applications(self, sign_in, application):
        answers = {**factories.submission()["answers"], "has_sign": "no"}
        actions.receive(actor=ACTOR, data=factories.submission(number="JN20261123-000002", answers=answers), at=AT)

        assert "JN20261123-000002" not in sign_in("urban").get("/approvals/").content.decode()
        assert "JN20261123-000002" in sign_in("fire").get("/approvals/").content.decode()

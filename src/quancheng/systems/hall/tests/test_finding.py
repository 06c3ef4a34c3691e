import pytest
from django.urls import reverse

from quancheng.systems.hall.tests import factories

pytestmark = pytest.mark.django_db


class TestFindingAService:
    def test_lists_what_is_offered_without_signing_in(self, client, service):
        assert "开办小店" in client.get(reverse("hall:home")).content.decode()

    def test_finds_a_service_by_what_people_call_it(self, client, service):
        assert "开办小店" in client.get(reverse("hall:home"), {"q": "我要开饭店"}).content.decode()

    def test_says_what_to_do_when_nothing_fits(self, client, service):
        answer = client.get(reverse("hall:home"), {"q": "宇航"}).content.decode()

        assert "开办小店" not in answer
        assert "qc-empty" in answer

    def test_shows_the_service_with_fee_and_law(self, client, service):
        answer = client.get(reverse("hall:service", args=[factories.CODE])).content.decode()

        assert "不收费" in answer
        assert "《行政许可法》第二十六条" in answer

    def test_answers_404_for_a_service_that_nobody_offers(self, client, service):
        assert client.get(reverse("hall:service", args=["NOPE"])).status_code == 404


class TestGuidedQuestions:
    def test_asks_one_question_a_page(self, client, service):
        answer = client.get(reverse("hall:questions", args=[factories.CODE])).content.decode()

        assert "以什么身份经营" in answer
        assert "是否制作凉菜" not in answer

    def test_skips_a_question_that_does_not_concern_these_answers(self, client, service):
        answer = client.get(reverse("hall:questions", args=[factories.CODE]), {"kind": "individual"})

        assert answer.url == reverse("hall:needs", args=[factories.CODE]) + "?kind=individual"

    def test_says_what_is_missing_when_continue_is_pressed_without_an_answer(self, client, service):
        answer = client.get(reverse("hall:questions", args=[factories.CODE]), {"next": "1"}).content.decode()

        assert 'role="alert"' in answer

    def test_names_exactly_the_needed_materials_at_an_address_that_can_be_shared(self, client, service):
        address = reverse("hall:needs", args=[factories.CODE])

        alone = client.get(address, {"kind": "individual"}).content.decode()
        company = client.get(address, {"kind": "company", "cold": "no"}).content.decode()

        assert "公司章程" not in alone
        assert "公司章程" in company

    def test_ignores_answers_that_are_not_among_the_options(self, client, service):
        answer = client.get(reverse("hall:needs", args=[factories.CODE]), {"kind": "spaceship"})

        assert answer.status_code == 302

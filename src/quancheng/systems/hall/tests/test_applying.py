import pytest
from django.urls import reverse

from quancheng.systems.hall import actions
from quancheng.systems.hall.models import Draft, Submission
from quancheng.systems.hall.tests import factories

pytestmark = pytest.mark.django_db


def walk(client):
    """Go from the questions to the receipt as a browser does, and return the last answer."""
    factories_url = reverse("hall:apply", args=[factories.CODE])
    answer = client.post(factories_url, {"kind": "individual"}, follow=True)
    draft_id = Draft.objects.get().pk
    first, second = (reverse("hall:form", args=[draft_id, page]) for page in (1, 2))
    client.post(first, {"name": "王小美", "mobile": "13800530001", "go": "next"})
    client.post(second, {"shop": "泉水人家", "go": "next"})
    client.post(reverse("hall:materials", args=[draft_id]), {"code": "M01", "file": factories.upload()})
    answer = client.post(reverse("hall:check", args=[draft_id]), {"confirmed": "1"}, follow=True)
    return draft_id, answer


class TestApplying:
    def test_leads_from_the_questions_to_a_receipt_with_number_and_due_date(self, signed_in):
        _draft_id, answer = walk(signed_in)

        text = answer.content.decode()
        assert Submission.objects.get().number in text
        assert "行政许可法" in text

    def test_goes_on_where_the_citizen_stopped(self, signed_in):
        signed_in.post(reverse("hall:apply", args=[factories.CODE]), {"kind": "individual"})
        draft_id = Draft.objects.get().pk
        signed_in.post(
            reverse("hall:form", args=[draft_id, 1]), {"name": "王小美", "mobile": "13800530001", "go": "next"}
        )

        answer = signed_in.get(reverse("hall:draft", args=[draft_id]))

        assert answer.url == reverse("hall:form", args=[draft_id, 2])

    def test_says_in_the_title_and_first_of_all_that_something_is_wrong(self, signed_in):
        signed_in.post(reverse("hall:apply", args=[factories.CODE]), {"kind": "individual"})
        page = reverse("hall:form", args=[Draft.objects.get().pk, 1])

        before, answer = (
            ask(page, {"name": "", "go": "next"}).content.decode() for ask in (signed_in.get, signed_in.post)
        )

        assert "<title>有错误：" in answer
        assert 'id="errors" autofocus' in answer
        assert "<title>有错误：" not in before

    def test_keeps_the_draft_when_the_session_has_expired(self, client, signed_in):
        signed_in.post(reverse("hall:apply", args=[factories.CODE]), {"kind": "individual"})
        draft_id = Draft.objects.get().pk
        page = reverse("hall:form", args=[draft_id, 1])
        signed_in.post(page, {"name": "王小美", "mobile": "13800530001", "go": "next"})
        client.logout()

        turned_away = client.post(reverse("hall:form", args=[draft_id, 2]), {"shop": "泉水人家", "go": "next"})
        factories.sign_in(client)

        assert turned_away.status_code == 302
        assert "login" in turned_away.url
        assert "13800530001" in client.get(page).content.decode()

    def test_saves_while_the_citizen_is_still_writing(self, signed_in):
        signed_in.post(reverse("hall:apply", args=[factories.CODE]), {"kind": "individual"})
        page = reverse("hall:form", args=[Draft.objects.get().pk, 1])

        answer = signed_in.post(page, {"name": "王小美", "go": "keep"})

        assert answer.status_code == 204
        assert Draft.objects.get().form["name"] == "王小美"

    def test_keeps_what_is_right_and_shows_what_is_wrong(self, signed_in):
        signed_in.post(reverse("hall:apply", args=[factories.CODE]), {"kind": "individual"})
        draft_id = Draft.objects.get().pk

        answer = signed_in.post(
            reverse("hall:form", args=[draft_id, 1]), {"name": "王小美", "mobile": "138", "go": "next"}
        )

        assert 'role="alert"' in answer.content.decode()
        assert Draft.objects.get().form == {"name": "王小美", "mobile": "138"}

    def test_two_windows_on_two_pages_do_not_undo_each_other(self, signed_in):
        signed_in.post(reverse("hall:apply", args=[factories.CODE]), {"kind": "individual"})
        draft_id = Draft.objects.get().pk
        signed_in.get(reverse("hall:form", args=[draft_id, 1]))

        signed_in.post(reverse("hall:form", args=[draft_id, 2]), {"shop": "泉水人家", "go": "next"})
        signed_in.post(
            reverse("hall:form", args=[draft_id, 1]), {"name": "王小美", "mobile": "13800530001", "go": "next"}
        )

        assert Draft.objects.get().form["shop"] == "泉水人家"

    def test_a_window_left_open_leads_to_the_receipt_after_another_one_submitted(self, signed_in):
        draft_id, _answer = walk(signed_in)

        late = signed_in.post(reverse("hall:form", args=[draft_id, 1]), {"name": "李四", "go": "next"})

        assert late.url == reverse("hall:receipt", args=[Submission.objects.get().pk])

    def test_submitting_twice_gives_one_application(self, signed_in):
        draft_id, first = walk(signed_in)

        second = signed_in.post(reverse("hall:check", args=[draft_id]), {"confirmed": "1"}, follow=True)

        assert Submission.objects.count() == 1
        assert second.redirect_chain == first.redirect_chain

    def test_asks_for_the_statement_of_truth(self, signed_in, owner):
        draft_id = factories.complete_draft(owner)

        answer = signed_in.post(reverse("hall:check", args=[draft_id]))

        assert answer.status_code == 400
        assert not Submission.objects.exists()

    def test_lists_what_is_missing_with_links_instead_of_submitting(self, signed_in, owner):
        draft_id = actions.start_draft(
            actor=owner, service_code=factories.CODE, answers={"kind": "individual"}, at=factories.NOW
        )

        answer = signed_in.post(reverse("hall:check", args=[draft_id]), {"confirmed": "1"})

        text = answer.content.decode()
        assert answer.status_code == 400
        assert reverse("hall:materials", args=[draft_id]) + "#material-M01" in text
        assert "#F_mobile" in text

    def test_discards_a_draft_after_asking_once(self, signed_in, owner):
        draft_id = factories.complete_draft(owner)
        address = reverse("hall:discard", args=[draft_id])

        asked = signed_in.get(address)
        signed_in.post(address)

        assert asked.status_code == 200
        assert not Draft.objects.exists()


class TestMaterials:
    def test_shows_the_digest_of_what_was_uploaded(self, signed_in, owner):
        draft_id = factories.complete_draft(owner)

        answer = signed_in.get(reverse("hall:materials", args=[draft_id])).content.decode()

        assert factories.draft_row(draft_id).files[0]["digest"][:16] in answer

    @pytest.mark.parametrize(
        ("name", "content", "claimed"),
        [
            ("病毒.exe", b"MZ\x90\x00", "application/x-msdownload"),
            ("表格.pdf", b"PK\x03\x04 not a pdf", "application/pdf"),
            ("说明.txt", "文字".encode(), "text/plain"),
        ],
    )
    def test_refuses_a_wrong_type_whatever_the_browser_claims(self, signed_in, owner, name, content, claimed):
        draft_id = actions.start_draft(
            actor=owner, service_code=factories.CODE, answers={"kind": "individual"}, at=factories.NOW
        )
        file = factories.upload(name, content, claimed)

        answer = signed_in.post(reverse("hall:materials", args=[draft_id]), {"code": "M01", "file": file})

        assert answer.status_code == 400
        assert name in answer.content.decode()
        assert factories.draft_row(draft_id).files == []

    def test_refuses_a_huge_file_and_keeps_the_rest(self, signed_in, owner, monkeypatch):
        monkeypatch.setattr("quancheng.systems.hall.rules.MATERIAL_SIZE", 1024)
        draft_id = factories.complete_draft(owner)
        file = factories.upload("大.pdf", factories.PDF + b"0" * 2048)

        answer = signed_in.post(reverse("hall:materials", args=[draft_id]), {"code": "M01", "file": file})

        assert answer.status_code == 400
        assert len(factories.draft_row(draft_id).files) == 1

    def test_refuses_a_material_that_nobody_asked_for(self, signed_in, owner):
        draft_id = factories.complete_draft(owner)

        answer = signed_in.post(reverse("hall:materials", args=[draft_id]), {"code": "M02", "file": factories.upload()})

        assert answer.status_code == 400

    def test_removes_a_file_again(self, signed_in, owner):
        draft_id = factories.complete_draft(owner)
        digest = factories.draft_row(draft_id).files[0]["digest"]

        signed_in.post(reverse("hall:remove-file", args=[draft_id]), {"code": "M01", "digest": digest})

        assert factories.draft_row(draft_id).files == []

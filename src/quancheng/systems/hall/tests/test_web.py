import uuid

import pytest
from django.urls import reverse

from quancheng.security.trail import public as trail
from quancheng.support.documents import public as documents
from quancheng.systems.hall import actions, queries
from quancheng.systems.hall.models import Draft, Submission
from quancheng.systems.hall.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    factories.publish()


@pytest.fixture
def owner(service):
    return factories.citizen()


@pytest.fixture
def signed_in(client, owner):
    factories.sign_in(client)
    return client


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


class TestFollowing:
    def test_says_where_it_stands_and_what_happens_next(self, signed_in, owner):
        submission_id = factories.lodge(owner)
        factories.report(submission_id, sentence="四个部门正在审查。", next="预计三天后汇总。", state="reviewing")

        answer = signed_in.get(reverse("hall:submission", args=[submission_id])).content.decode()

        assert "四个部门正在审查。" in answer
        assert "预计三天后汇总。" in answer

    def test_shows_the_reported_clock_with_its_reasons(self, signed_in, owner):
        submission_id = factories.lodge(owner)
        clock = {
            "rule": "CN-AL-42-joint",
            "law": "中华人民共和国行政许可法",
            "article": "第四十二条第二款",
            "started_on": "2026-11-24",
            "due_on": "2027-01-28",
            "days": 45,
            "state": "normal",
            "provisional": True,
            "excluded": [{"day": "2027-01-01", "kind": "holiday", "reason": "元旦"}],
        }
        factories.report(submission_id, state="accepted", clock=clock)

        answer = signed_in.get(reverse("hall:submission", args=[submission_id])).content.decode()

        assert "2027年1月28日" in answer
        assert "第四十二条第二款" in answer
        assert "元旦" in answer

    def test_lists_drafts_and_applications(self, signed_in, owner):
        submission_id = factories.lodge(owner)
        factories.complete_draft(owner)

        answer = signed_in.get(reverse("hall:submissions")).content.decode()

        assert factories.stored(submission_id).number in answer
        assert reverse("hall:discard", args=[Draft.objects.get().pk]) in answer

    def test_downloads_what_was_handed_in_and_nothing_else(self, signed_in, owner):
        submission_id = factories.lodge(owner)
        digest = factories.stored(submission_id).materials.get().digest

        mine = signed_in.get(reverse("hall:file", args=[submission_id, digest]))
        foreign = signed_in.get(reverse("hall:file", args=[submission_id, "b" * 64]))

        assert b"".join(mine.streaming_content) == factories.PDF
        assert foreign.status_code == 404

    def test_withdraws_after_asking_once(self, signed_in, owner):
        submission_id = factories.lodge(owner)
        address = reverse("hall:withdraw", args=[submission_id])

        asked = signed_in.get(address)
        signed_in.post(address, {"reason": "不开了"})

        assert asked.status_code == 200
        assert factories.stored(submission_id).withdrawn_at


class TestCorrecting:
    def test_shows_each_item_with_its_reason_and_only_those(self, signed_in, owner):
        submission_id = factories.lodge(owner)
        factories.ask_for_correction(submission_id)

        answer = signed_in.get(reverse("hall:correction", args=[submission_id])).content.decode()

        assert "名称与他人重复" in answer
        assert "照片看不清" in answer
        assert 'name="shop"' in answer
        assert 'name="mobile"' not in answer

    def test_says_which_file_is_missing_and_keeps_the_words(self, signed_in, owner):
        submission_id = factories.lodge(owner)
        factories.ask_for_correction(submission_id)

        answer = signed_in.post(reverse("hall:correction", args=[submission_id]), {"shop": "泉水新家"})

        assert answer.status_code == 400
        assert "泉水新家" in answer.content.decode()

    def test_takes_everything_at_once_and_goes_back_to_the_matter(self, signed_in, owner):
        submission_id = factories.lodge(owner)
        factories.ask_for_correction(submission_id)
        better = factories.upload("清晰.pdf", factories.PDF + b"%better")
        signed_in.post(reverse("hall:correction-file", args=[submission_id]), {"code": "M01", "file": better})

        answer = signed_in.post(reverse("hall:correction", args=[submission_id]), {"shop": "泉水新家", "mobile": "1"})

        row = factories.stored(submission_id)
        assert answer.url == reverse("hall:submission", args=[submission_id])
        assert row.form["shop"] == "泉水新家"
        assert row.form["mobile"] == "13800530001"
        assert row.materials.get(round=1).name == "清晰.pdf"

    def test_leads_back_to_the_matter_when_nothing_is_asked(self, signed_in, owner):
        submission_id = factories.lodge(owner)

        answer = signed_in.get(reverse("hall:correction", args=[submission_id]))

        assert answer.url == reverse("hall:submission", args=[submission_id])


class TestWallet:
    def test_offers_the_licence_for_download(self, signed_in, owner):
        kept = documents.keep(factories.PDF + b"%licence", name="食品经营许可证.pdf")
        factories.grant(factories.lodge(owner), factories.licence(kept.digest))
        (licence,) = queries.wallet(owner=owner.id)

        page = signed_in.get(reverse("hall:wallet")).content.decode()
        file = signed_in.get(reverse("hall:licence", args=[licence.pk]))

        assert "JY23701020000001" in page
        assert b"".join(file.streaming_content).endswith(b"%licence")

    def test_says_so_while_the_file_has_not_crossed_yet(self, signed_in, owner):
        factories.grant(factories.lodge(owner))
        (licence,) = queries.wallet(owner=owner.id)

        assert signed_in.get(reverse("hall:licence", args=[licence.pk])).status_code == 404


class TestVerifying:
    def test_needs_no_account(self, client, service):
        assert client.get(reverse("hall:verify")).status_code == 200

    def test_names_the_holder_to_whoever_has_the_code(self, client, owner):
        factories.grant(factories.lodge(owner))

        with_code = client.get(reverse("hall:verify-code", args=["JY23701020000001", "a" * 12])).content.decode()
        number_only = client.get(reverse("hall:verify-number", args=["JY23701020000001"])).content.decode()

        assert "泉水人家" in with_code
        assert "济南市市场监督管理局" in number_only
        assert "泉水人家" not in number_only

    @pytest.mark.parametrize("code", ["b" * 12, "a", "a" * 11, "中文"])
    def test_tells_nothing_for_a_wrong_code(self, client, owner, code):
        factories.grant(factories.lodge(owner))

        answer = client.get(reverse("hall:verify"), {"number": "JY23701020000001", "code": code}).content.decode()

        assert "济南市市场监督管理局" not in answer

    def test_says_when_a_genuine_licence_has_expired(self, client, owner):
        factories.grant(factories.lodge(owner), factories.licence(issued_on="2015-01-01", valid_until="2020-01-01"))

        answer = client.get(reverse("hall:verify"), {"number": "JY23701020000001", "digest": "a" * 64})

        assert answer.context["answer"].verdict == "expired"

    def test_answers_in_plain_words_for_a_pdf_without_a_seal(self, client, service):
        answer = client.post(reverse("hall:verify-file"), {"file": factories.upload()})

        assert answer.status_code == 200
        assert answer.context["file"]["tone"] == "bad"

    @pytest.mark.parametrize("content", [b"", b"GIF89a"])
    def test_refuses_what_is_no_pdf(self, client, service, content):
        answer = client.post(reverse("hall:verify-file"), {"file": factories.upload("x.pdf", content)})

        assert answer.status_code == 400


PUBLIC = ["home", "service", "questions", "needs", "verify", "verify-file", "verify-number", "verify-code"]
CITIZENS = ["apply", "submissions", "wallet"]
OWNED = [
    *("draft", "data", "data-status", "form", "materials", "remove-file", "check", "discard"),
    *("submission", "receipt", "correction", "correction-file", "withdraw", "file", "licence"),
]


@pytest.fixture
def things(owner):
    """A draft, a submission with an open correction, and a licence, all of one citizen; returns args by page."""
    submission_id = factories.lodge(owner)
    factories.ask_for_correction(submission_id)
    factories.grant(factories.lodge(owner))
    draft_id = factories.complete_draft(owner)
    (licence,) = queries.wallet(owner=owner.id)
    digest = factories.stored(submission_id).materials.get().digest
    drafts = ("draft", "data", "data-status", "materials", "remove-file", "check", "discard")
    matters = ("submission", "receipt", "correction", "correction-file", "withdraw")
    return {
        **{name: [draft_id] for name in drafts},
        **{name: [submission_id] for name in matters},
        **{name: [factories.CODE] for name in ("service", "questions", "needs", "apply")},
        "form": [draft_id, 1],
        "file": [submission_id, digest],
        "licence": [licence.pk],
        "verify-number": ["JY1"],
        "verify-code": ["JY1", "aaaaaaaaaaaa"],
    }


def open_page(client, name, things):
    address = reverse(f"hall:{name}", args=things.get(name, []))
    answer = client.get(address, {"kind": "individual"})
    return client.post(address) if answer.status_code == 405 else answer


class TestWhoGetsIn:
    def test_every_page_is_in_one_of_the_lists(self):
        from quancheng.systems.hall.web.urls import urlpatterns

        assert {pattern.name for pattern in urlpatterns} == {*PUBLIC, *CITIZENS, *OWNED}

    @pytest.mark.parametrize("name", PUBLIC)
    def test_public_pages_open_for_everybody(self, client, things, name):
        assert open_page(client, name, things).status_code in {200, 302}

    @pytest.mark.parametrize("name", [*CITIZENS, *OWNED])
    def test_strangers_are_asked_to_sign_in(self, client, things, name):
        answer = open_page(client, name, things)

        assert answer.status_code == 302
        assert "login" in answer.url

    @pytest.mark.parametrize("name", [*CITIZENS, *OWNED])
    def test_the_owner_gets_in(self, client, things, name):
        factories.sign_in(client)

        answer = open_page(client, name, things)

        assert answer.status_code in {200, 302} or (name == "licence" and answer.status_code == 404)

    @pytest.mark.parametrize("name", OWNED)
    def test_another_citizen_gets_403_and_the_trail_remembers(self, client, things, name):
        other = factories.other_citizen()
        factories.sign_in(client, "zhangwei")

        answer = open_page(client, name, things)

        assert answer.status_code == 403
        assert list(trail.entries(actor=other.id, outcome="pmi.forbidden").items)

    @pytest.mark.parametrize("name", [*CITIZENS, *OWNED])
    def test_staff_have_no_business_here(self, client, things, name):
        from quancheng.security.identity import public as identity

        identity.ensure_account(username="clerk", name="张敏", kind="staff")
        factories.sign_in(client, "clerk")

        assert open_page(client, name, things).status_code == 403

    def test_an_address_with_nothing_behind_it_is_404(self, client, owner):
        factories.sign_in(client)

        assert client.get(reverse("hall:submission", args=[uuid.uuid4()])).status_code == 404

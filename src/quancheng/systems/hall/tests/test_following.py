import pytest
from django.urls import reverse

from quancheng.security.pki import public as pki
from quancheng.support.documents import public as documents
from quancheng.systems.hall import queries
from quancheng.systems.hall.models import Draft
from quancheng.systems.hall.tests import factories

pytestmark = pytest.mark.django_db


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
        (licence,) = queries.wallet(actor=owner)

        page = signed_in.get(reverse("hall:wallet")).content.decode()
        file = signed_in.get(reverse("hall:licence", args=[licence.pk]))

        assert "JY23701020000001" in page
        assert b"".join(file.streaming_content).endswith(b"%licence")

    def test_says_so_while_the_file_has_not_crossed_yet(self, signed_in, owner):
        factories.grant(factories.lodge(owner))
        (licence,) = queries.wallet(actor=owner)

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

    def test_tells_a_genuine_licence_from_a_changed_and_from_a_foreign_one(self, client, owner):
        pki.ensure_organisation_seal("370100-scjg", "济南市市场监督管理局")
        sealed, foreign = (factories.sealed(text) for text in ("Licence", "Another paper"))
        kept = documents.keep(sealed, name="食品经营许可证.pdf")
        factories.grant(factories.lodge(owner), factories.licence(kept.digest))
        address = reverse("hall:verify-file")

        answers = [
            client.post(address, {"file": factories.upload("x.pdf", content)}).context["file"]
            for content in (sealed, sealed + b"%one more byte", foreign)
        ]

        assert [answer["tone"] for answer in answers] == ["good", "bad", "good"]
        assert answers[0]["sentences"] != answers[2]["sentences"]
        assert "JY23701020000001" in dict(answers[0]["rows"]).values()

    @pytest.mark.parametrize("content", [b"", b"GIF89a"])
    def test_refuses_what_is_no_pdf(self, client, service, content):
        answer = client.post(reverse("hall:verify-file"), {"file": factories.upload("x.pdf", content)})

        assert answer.status_code == 400

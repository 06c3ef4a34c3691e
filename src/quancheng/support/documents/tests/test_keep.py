import io
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from quancheng.support.documents import public as documents
from quancheng.support.documents.actions import sweeping
from quancheng.support.documents.rules import media_type, secrecy_mark

PDF = b"%PDF-1.7\nsome bytes"


@pytest.mark.django_db
class TestKeep:
    def test_gives_back_the_very_bytes(self):
        kept = documents.keep(PDF, name="plan.pdf")

        with documents.open(kept.digest) as stream:
            assert stream.read() == PDF
        assert (kept.size, kept.media_type) == (len(PDF), "application/pdf")

    def test_keeps_the_same_bytes_once(self):
        first, second = documents.keep(PDF, name="a.pdf"), documents.keep(io.BytesIO(PDF), name="b.pdf")

        assert first.digest == second.digest

    def test_does_not_believe_a_name(self):
        with pytest.raises(documents.UnknownType):
            documents.keep(b"MZ\x90\x00\x03\x00 a program", name="photo.jpg")

    def test_refuses_a_file_over_the_limit_and_leaves_nothing_behind(self):
        with pytest.raises(documents.TooLarge):
            documents.keep(PDF, name="plan.pdf", limit=4)

        import hashlib

        assert not documents.exists(hashlib.sha256(PDF).hexdigest())

    def test_refuses_an_empty_file(self):
        with pytest.raises(documents.EmptyFile):
            documents.keep(b"", name="plan.pdf")

    @pytest.mark.parametrize("name", ["机密★5年.pdf", "秘密★.pdf"])
    def test_refuses_classified_material_by_its_name(self, name):
        with pytest.raises(documents.Classified):
            documents.keep(PDF, name=name)

    def test_refuses_classified_material_by_its_text(self):
        with pytest.raises(documents.Classified):
            documents.keep("绝密★长期\n内容".encode(), name="note.txt")

    def test_forgets_the_path_in_a_name(self):
        assert documents.keep(PDF, name="..\\..\\etc/plan.pdf").name == "plan.pdf"


class TestMediaType:
    @given(st.binary(max_size=200), st.text(max_size=20))
    def test_never_fails_on_any_bytes(self, head, name):
        assert media_type(head, name) is None or "/" in media_type(head, name)


class TestSecrecyMark:
    def test_does_not_trip_over_ordinary_words(self):
        assert secrecy_mark("关于保守国家秘密的学习通知") is None


@pytest.mark.parametrize("digest", ["../../etc/passwd", "0" * 63, "G" * 64])
def test_no_digest_leads_out_of_the_store(digest):
    with pytest.raises(documents.NoSuchDocument):
        documents.open(digest)


@pytest.mark.django_db
class TestInsideATransaction:
    def test_nothing_is_looked_through_while_others_wait_to_write(self):
        with transaction.atomic(), pytest.raises(documents.InsideTransaction):
            documents.keep(PDF, name="plan.pdf")

    def test_what_was_kept_before_is_taken_on(self):
        kept = documents.keep(PDF, name="plan.pdf", shared=False)
        with transaction.atomic():
            documents.take_on(kept.digest)
        long_after = timezone.now() + timedelta(days=30)
        sweeping.sweep(at=long_after)

        assert documents.exists(kept.digest)

    def test_what_nobody_took_on_is_swept_away(self):
        kept = documents.keep(PDF, name="plan.pdf", shared=False)
        sweeping.sweep(at=timezone.now() + timedelta(days=30))

        assert not documents.exists(kept.digest)
        with pytest.raises(documents.NoSuchDocument):
            documents.take_on(kept.digest)

    def test_what_the_platform_made_itself_is_kept_there(self):
        with transaction.atomic():
            kept = documents.keep(PDF, name="letter.pdf", media="application/pdf")

        assert documents.exists(kept.digest)

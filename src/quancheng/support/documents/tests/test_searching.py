"""Documents are found in the one search by name, title and text, by whoever may open them and by nobody else."""

from datetime import date
from unittest.mock import patch

import pytest
from django.utils import timezone

from quancheng.security.pmi import public as pmi
from quancheng.support.documents import queries
from quancheng.support.documents.actions import documents as acts
from quancheng.support.documents.actions import keeping, looking, retention
from quancheng.support.documents.tests import factories
from quancheng.support.documents.tests.factories import ELSEWHERE, document, person
from quancheng.support.search import public as search
from quancheng.support.search.actions import follow, rebuild
from quancheng.support.search.engine import sources

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offices")]
ME = person()


@pytest.fixture(autouse=True)
def only_documents():
    with patch.dict(sources._sources, {queries.SEARCHED: sources._sources[queries.SEARCHED]}, clear=True):
        rebuild(at=timezone.now())
        yield


def found(text, actor=ME):
    while follow(at=timezone.now()):
        pass
    return [hit.title for hit in search.find(actor=actor, text=text, today=timezone.localdate()).hits]


def made(text="趵突泉的水位今日上涨", **more):
    one = document(text.encode(), title="地下水监测", name="泉水日报.txt", **more)
    while looking.look_into_new(at=timezone.now()):
        pass
    return one


@pytest.mark.parametrize("asked", ["地下水", "泉水日报", "quanshui", "趵突泉水位"])
def test_a_document_is_found_by_its_title_its_file_and_what_it_says(asked):
    made()

    assert found(asked) == ["地下水监测"]


def test_who_may_not_open_it_finds_neither_it_nor_a_number_of_it():
    made()
    other, owner = person("张伟", ELSEWHERE), person("李建国", ELSEWHERE)

    assert [found("趵突泉", one) for one in (other, owner, pmi.ANONYMOUS)] == [[], [], []]
    answer = search.find(actor=other, text="趵突泉", today=timezone.localdate())
    assert (answer.total, answer.facets) == (0, ())


def test_its_text_is_found_as_soon_as_it_was_read():
    document("百脉泉复涌".encode(), title="简报", name="a.txt")
    before = found("百脉泉")
    looking.look_into_new(at=timezone.now())

    assert (before, found("百脉泉")) == ([], ["简报"])


def test_only_its_current_version_speaks():
    one = made()
    kept = keeping.keep("黑虎泉的水位持平".encode(), name="泉水日报.txt", shared=False)
    acts.add_version(actor=ME, document_id=one, kept=kept, base=1, at=timezone.now())
    looking.look_into_new(at=timezone.now())

    assert (found("趵突泉"), found("黑虎泉")) == ([], ["地下水监测"])


def test_what_was_destroyed_is_found_no_more():
    one = made()
    before = found("趵突泉")
    retention.set_retention(
        actor=ME, document_id=one, retention="fixed-10", closed_on=date(2010, 1, 1),
        at=timezone.now(),
    )  # fmt: skip
    retention.destroy(actor=ME, document_id=one, reason="鉴定意见 2026-3", at=timezone.now())

    assert (before, found("趵突泉"), found("地下水")) == (["地下水监测"], [], [])


def test_what_is_in_quarantine_is_found_by_its_title_only():
    one = made()
    digest = factories.digest_of(one)
    looking.quarantine(digest, finding="Late", at=timezone.now())

    assert (found("趵突泉"), found("地下水")) == ([], ["地下水监测"])

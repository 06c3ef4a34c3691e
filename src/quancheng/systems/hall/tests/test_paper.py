"""On paper: the form and the check-list, for everybody empty, for the owner of a draft as filled in."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from quancheng.security.trail import public as trail
from quancheng.support.documents import public as documents
from quancheng.systems.hall import actions, rules
from quancheng.systems.hall.models import Draft
from quancheng.systems.hall.tests import factories

pytestmark = pytest.mark.django_db


def words(answer):
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser").find("main").get_text(" ", strip=True)


def test_anybody_prints_the_empty_form_with_every_material(client, service):
    text = words(client.get(reverse("hall:paper", args=[factories.CODE])))

    assert "店铺名称" in text
    assert all(item["title"] in text for item in factories.GUIDE["materials"])


def test_after_the_questions_the_check_list_holds_what_this_applicant_needs(client, service):
    answers = {"kind": "individual"}
    needed = {item.title for item in rules.needed_materials(factories.GUIDE["materials"], answers=answers)}
    others = {item["title"] for item in factories.GUIDE["materials"]} - needed

    text = words(client.get(reverse("hall:paper", args=[factories.CODE]), answers))

    assert others
    assert all(title in text for title in needed)
    assert not any(title in text for title in others)


def test_the_owner_prints_what_was_filled_in(client, signed_in, owner):
    draft_id = factories.complete_draft(owner)

    text = words(signed_in.get(reverse("hall:draft-paper", args=[draft_id])))

    assert "泉水人家" in text
    assert "☑" in text


def test_nobody_else_prints_a_draft(client, owner):
    draft_id = factories.complete_draft(owner)
    factories.other_citizen()
    factories.sign_in(client, "zhangwei")

    assert client.get(reverse("hall:draft-paper", args=[draft_id])).status_code in {403, 404}
    assert Draft.objects.filter(pk=draft_id).exists()


def test_the_pages_lead_there(client, service):
    paper = reverse("hall:paper", args=[factories.CODE])
    about = client.get(reverse("hall:service", args=[factories.CODE])).content.decode()
    needs = client.get(reverse("hall:needs", args=[factories.CODE]), {"kind": "individual"}).content.decode()

    assert f'href="{paper}"' in about
    assert f'href="{paper}?kind=individual"' in needs


def test_a_file_that_is_refused_stands_in_the_trail_and_changes_nothing(owner):
    draft_id = actions.start_draft(
        actor=owner, service_code=factories.CODE, answers={"kind": "individual"}, at=factories.NOW
    )
    with pytest.raises(documents.Classified):
        factories.attach(owner, draft_id, name="机密★5年.pdf")

    entries = trail.entries(subject=f"draft:{draft_id}").items
    assert (entries[0].action, entries[0].outcome) == ("hall.draft.attach", "documents.classified")
    assert Draft.objects.get(pk=draft_id).files == []

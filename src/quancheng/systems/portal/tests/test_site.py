"""The public site of the sample city."""

import re

import pytest
from django.utils import timezone
from wagtail.models import Page, Site

from quancheng.kernel import events
from quancheng.security.pmi import public as pmi
from quancheng.support.search.actions import follow
from quancheng.support.search.actions import rebuild as build_index
from quancheng.systems.portal import actions, demo, queries
from quancheng.systems.portal.models import ArticlePage, HomePage, ServiceCard

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    demo.build()


def published(version=1, title="开办餐饮店一件事"):
    return events.Message(
        topic="hall.service-published",
        data={
            "service_code": "restaurant",
            "version": version,
            "title": title,
            "summary": "一张表同时申请四个许可。",
            "department": "370100-nobody",
            "departments": ["a", "b"],
            "guide": {"promised_days": 7, "audience": "个体工商户"},
        },
    )


class TestServices:
    def test_appear_when_a_business_system_publishes_them(self):
        with pmi.delivery():
            events.tell(published())

        card = ServiceCard.objects.get()

        assert card.url == "/hall/service/restaurant/"
        assert card.one_matter
        assert card.promised_days == 7
        assert card.department_name == "370100-nobody"

    def test_are_replaced_by_a_later_version_and_never_by_an_earlier_one(self):
        with pmi.delivery():
            for version, title in ((2, "新"), (1, "旧"), (2, "新")):
                events.tell(published(version, title))

        assert ServiceCard.objects.get().title == "新"

    def test_are_kept_by_the_portal_itself_only(self):
        citizen = pmi.Actor(id="c", name="王泉", kind="citizen")

        wishes = {"code": "x", "version": 1, "title": "", "summary": "", "department": "", "departments": 0}

        with pytest.raises(pmi.Forbidden):
            actions.keep_card(actor=citizen, guide={}, at=timezone.now(), **wishes)


class TestDemo:
    def test_can_be_built_twice_and_leaves_what_editors_changed(self, site):
        home = HomePage.objects.get()
        home.question = "您好"
        home.save()

        before = Page.objects.count()
        demo.build()

        assert Page.objects.count() == before
        assert HomePage.objects.get().question == "您好"
        assert Site.objects.get(is_default_site=True).root_page.specific == home

    @pytest.mark.parametrize(
        "path",
        [
            *("/", "/disclosure/", "/disclosure/laws/", "/disclosure/notices/", "/disclosure/laws/food-licence/"),
            *("/interaction/", "/data/", "/topics/", "/topics/open-a-business/", "/disclosure/notices/trail-public/"),
            *("/about/", "/accessibility/", "/privacy/", "/search/", "/search/?q=%E9%A5%AD%E5%BA%97"),
        ],
    )
    def test_every_page_opens_for_everybody(self, client, site, path):
        answer = client.get(path)

        assert answer.status_code == 200
        assert 'id="main"' in answer.content.decode()

    def test_no_link_of_the_site_itself_leads_nowhere(self, client, site):
        ours = re.compile(r'href="(/(?!hall|accounts|static|language)[^"#]*)"')
        found = set()
        for page in Page.objects.live().filter(depth__gt=1):
            found |= set(ours.findall(client.get(page.url).content.decode()))

        assert {link for link in found if client.get(link).status_code != 200} == set()


class TestSearch:
    @pytest.fixture
    def index(self, site):
        with pmi.delivery():
            events.tell(published())
        build_index(at=timezone.now())

    def test_finds_the_service_and_the_law_for_what_people_say(self, client, index):
        shown = client.get("/search/", {"q": "我想开个饭店"}).content.decode()

        assert "/disclosure/laws/food-licence/" in shown
        assert "同时搜索" in shown

    def test_shows_what_belongs_to_a_topic(self, index):
        found = queries.related("餐饮 食品经营 营业执照")

        assert "食品经营许可和备案管理办法" in {hit.title for hit in found.pages}

    def test_keeps_the_address_that_it_had(self, client, index):
        answer = client.get("/portal/search/", {"q": "饭店 & 开"})

        assert answer.status_code == 302
        assert answer["Location"].startswith("/search/?q=%E9%A5%AD%E5%BA%97")

    def test_says_so_when_nothing_fits(self, client, index):
        assert "没有找到" in client.get("/search/", {"q": "量子纠缠"}).content.decode()

    def test_follows_what_editors_publish_take_back_and_delete(self, client, index):
        page = ArticlePage.objects.get(slug="food-licence")
        titles = []
        for change in ("rename", "take back", "publish", "delete"):
            if change == "rename":
                page.title = "趵突泉泉域管理办法"
                page.save_revision().publish()
            elif change == "take back":
                page.unpublish()
            elif change == "publish":
                page.save_revision().publish()
            else:
                page.delete()
            while follow(at=timezone.now()):
                pass
            titles.append("趵突泉</mark>泉域" in client.get("/search/", {"q": "趵突泉"}).content.decode())

        assert titles == [True, False, True, False]

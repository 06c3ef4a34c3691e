"""The catalogue's pages."""

import pytest
from django.urls import reverse
from django.utils import timezone

from quancheng.centres.catalogue import actions
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db


class TestPages:
    def test_show_the_resources_of_the_registers_to_everybody(self, client):
        actions.load(actor=pmi.service_actor("catalogue"), at=timezone.now())

        page = client.get(reverse("catalogue:list"), {"q": "人口"})

        assert page.status_code == 200
        assert "population.person" in page.content.decode()

    def test_show_one_resource_with_items_and_basis(self, client):
        actions.load(actor=pmi.service_actor("catalogue"), at=timezone.now())

        page = client.get(reverse("catalogue:resource", args=["population.person"]))

        assert "公民身份号码" in page.content.decode()

    def test_show_the_topics(self, client):
        assert "hall.submission-lodged" in client.get(reverse("catalogue:topics")).content.decode()

    def test_refuse_an_unknown_resource(self, client):
        assert client.get(reverse("catalogue:resource", args=["no.such"])).status_code == 404

"""Registering a system by its SAML metadata: read out first, stored after, by whoever may register systems."""

import shutil

import pytest
from allauth.idp.oidc.models import Client as RegisteredClient
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from quancheng.security.identity.actions import saml as actions
from quancheng.security.identity.engine.saml.metadata import BadMetadata, System, read
from quancheng.security.identity.tests import saml_party as party
from quancheng.security.identity.tests.conftest import SAML_RIGHTS
from quancheng.security.identity.tests.factories import prove, proven, staff
from quancheng.security.pmi import public as pmi

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is absent: pysaml2 needs it"),
]
NEW = "identity:new-saml-client"
OTHER = "https://gis.example/saml/metadata"


@pytest.fixture
def text(keys):
    return party.metadata(party.configuration(keys)).decode()


def wish(text, **more):
    return {
        "organisation": "370100-scjg", "name": "档案系统", "metadata_xml": text, "audience": ["staff"],
        "scopes": ["profile"], **more,
    }  # fmt: skip


class TestRegistering:
    def test_reads_the_metadata_out_before_anything_is_stored(self, client, keeper, text):
        prove(client, keeper)

        page = client.post(reverse(NEW), wish(text))

        assert party.ENTITY in page.content.decode()
        assert party.CONSUMER in page.content.decode()
        assert not RegisteredClient.objects.exists()

    def test_stores_it_when_it_was_seen_and_shows_it_in_the_one_list(self, client, keeper, text):
        prove(client, keeper)
        seen = client.post(reverse(NEW), wish(text)).context["seen"]

        answer = client.post(reverse(NEW), wish(text, seen=seen, **{"carry-out": "1"}))

        made = RegisteredClient.objects.get()
        assert answer.url == reverse("identity:client", args=[made.pk])
        assert System.restored(made.data["saml"]) == read(text.encode(), at=timezone.now())
        assert "SAML 2.0" in client.get(reverse("identity:clients")).content.decode()
        assert party.CONSUMER in client.get(answer.url).content.decode()

    def test_takes_a_file_that_need_not_be_sent_twice(self, client, keeper, text):
        prove(client, keeper)
        file = SimpleUploadedFile("sp.xml", text.encode())

        page = client.post(reverse(NEW), wish("", file=file))

        assert page.context["form"]["metadata_xml"].value() == text

    def test_shows_again_what_was_changed_after_it_was_seen(self, client, keeper, text):
        prove(client, keeper)
        seen = client.post(reverse(NEW), wish(text)).context["seen"]
        other = text.replace(party.CONSUMER, "https://oa.example/elsewhere")

        page = client.post(reverse(NEW), wish(other, seen=seen, **{"carry-out": "1"}))

        assert page.context["changed"]
        assert not RegisteredClient.objects.exists()

    def test_is_for_ones_own_organisation(self, text):
        local = staff("local", privileges=SAML_RIGHTS, organisation="370100-xfjy")

        with pytest.raises(pmi.Forbidden):
            actions.register_saml_client(
                actor=proven(local), organisation="370100-scjg", name="x", metadata_xml=text.encode(), scopes=(),
                audience=("staff",), at=timezone.now(),
            )  # fmt: skip

    def test_of_the_same_system_twice_is_refused(self, enrol, client, keeper, text):
        enrol()
        prove(client, keeper)
        seen = client.post(reverse(NEW), wish(text)).context["seen"]

        page = client.post(reverse(NEW), wish(text, seen=seen, **{"carry-out": "1"}))

        assert party.ENTITY in str(page.context["form"].non_field_errors())
        assert RegisteredClient.objects.count() == 1

    @pytest.mark.parametrize("name", ["new-saml-client", "change-saml-client"])
    def test_is_closed_to_who_may_not(self, client, enrol, clerk, name):
        system = enrol()
        prove(client, clerk)
        place = [system.id] if name.startswith("change") else []

        for answer in (
            client.get(reverse(f"identity:{name}", args=place)),
            client.post(reverse(f"identity:{name}", args=place)),
        ):
            assert answer.status_code == 403

    def test_needs_a_fresh_proof(self, client, keeper, text):
        prove(client, keeper, seconds_ago=7200)

        answer = client.post(reverse(NEW), wish(text), headers={"accept": "text/html"})

        assert answer.status_code == 302
        assert "reauthenticate" in answer.url
        assert not RegisteredClient.objects.exists()


class TestChanging:
    def test_takes_new_metadata_of_the_same_system_and_names_the_keys_that_end(
        self,
        client,
        enrol,
        keeper,
        tmp_path,
    ):
        system = enrol()
        prove(client, keeper)
        new = party.metadata(party.configuration(party.pair(tmp_path, "next"))).decode()
        address = reverse("identity:change-saml-client", args=[system.id])

        page = client.post(address, wish(new))
        kinds = [item.kind for item in page.context["shown"]]
        client.post(address, wish(new, seen=page.context["seen"], **{"carry-out": "1"}))

        assert "end" in kinds
        assert System.restored(RegisteredClient.objects.get().data["saml"]) == read(new.encode(), at=timezone.now())

    def test_without_new_metadata_keeps_the_old(self, client, enrol, keeper):
        system = enrol()
        before = RegisteredClient.objects.get().data["saml"]
        prove(client, keeper)
        address = reverse("identity:change-saml-client", args=[system.id])

        page = client.post(address, wish("", name="新名"))
        client.post(address, wish("", name="新名", seen=page.context["seen"], **{"carry-out": "1"}))

        made = RegisteredClient.objects.get()
        assert (made.name, made.data["saml"]) == ("新名", before)

    def test_takes_no_metadata_of_another_system(self, client, enrol, keeper, keys):
        system = enrol()
        prove(client, keeper)
        other = party.metadata(party.configuration(keys, entity=OTHER)).decode()
        address = reverse("identity:change-saml-client", args=[system.id])

        seen = client.post(address, wish(other)).context["seen"]
        page = client.post(address, wish(other, seen=seen, **{"carry-out": "1"}))

        assert OTHER in str(page.context["form"].non_field_errors())


class TestMetadataOfASystem:
    @pytest.mark.parametrize(
        "change",
        [
            lambda text: text.replace("https://oa.example/saml/acs", "http://oa.example/saml/acs"),
            lambda text: text.replace("https://oa.example/saml/acs", "javascript:alert(1)"),
            lambda text: text.replace("https://oa.example/saml/acs", "https://*.example/acs"),
            lambda text: text.replace("SPSSODescriptor", "IDPSSODescriptor"),
            lambda text: text.replace(f'entityID="{party.ENTITY}"', 'entityID=" "'),
            lambda text: text.replace("entityID=", 'validUntil="2020-01-01T00:00:00Z" entityID='),
            lambda text: text.replace("entityID=", 'validUntil="soon" entityID='),
            lambda text: text.replace("X509Certificate>MII", "X509Certificate>XXX"),
            lambda text: text.replace("bindings:HTTP-POST", "bindings:HTTP-Artifact"),
            lambda text: text.replace('index="1"', 'index="first"'),
            lambda text: f"<a>{text}</a>",
            lambda text: f"<!DOCTYPE a>{text}",
            lambda _text: "",
            lambda text: text + "x" * 300_000,
        ],
    )
    def test_that_is_not_in_order_is_refused_in_words(self, text, change):
        with pytest.raises(BadMetadata) as refused:
            read(change(text).encode(), at=timezone.now())

        assert str(refused.value)

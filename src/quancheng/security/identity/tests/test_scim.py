"""The directory over SCIM 2.0, read by an independent client (scim2-client) and checked by an independent tester."""

import io
from urllib.parse import quote

import pytest
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_models import EnterpriseUser, Group, User
from scim2_tester import Status, check_server

from quancheng.security.identity.queries import offered_scopes
from quancheng.security.identity.tests.factories import MARKET, citizen, staff
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
READ, BASE = "identity.directory.read", "/api/identity/scim/v2"
TOKEN = {"Authorization": "Bearer good"}


@pytest.fixture
def system(monkeypatch):
    """Let the token `good` stand for a system of the market bureau; return how to change what it reaches."""

    def reach(place):
        found = pmi.Actor("client:1", "执法系统", "system", place, grants=(pmi.Grant(READ, place),))
        monkeypatch.setattr(
            "quancheng.security.identity.queries.system_of", lambda token: found if token == "good" else None
        )

    reach(MARKET)
    return reach


@pytest.fixture
def people(system):
    staff("zhang")
    staff("li")
    staff("chen", organisation="370100-xfjy")
    citizen()


@pytest.fixture
def scim(client, people):
    """The independent client over the test client of Django."""

    def app(environ, start):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        answer = client.generic(
            environ["REQUEST_METHOD"],
            quote(environ["PATH_INFO"]) + ("?" + environ["QUERY_STRING"] if environ.get("QUERY_STRING") else ""),
            environ.get("wsgi.input", io.BytesIO()).read(length),
            content_type=environ.get("CONTENT_TYPE") or "application/scim+json",
            headers=TOKEN,
        )
        start(f"{answer.status_code} {answer.reason_phrase}", list(answer.items()))
        return [answer.content]

    found = WSGISCIMClient(app, base_url=f"http://testserver{BASE}")
    found.discover()
    return found


def ask(client, path, **query):
    return client.get(f"{BASE}{path}", query, headers=TOKEN)


class TestAnIndependentClient:
    def test_learns_what_the_service_can_do_and_reads_people(self, scim):
        model = scim.get_resource_model("User")

        found = scim.query(model)

        assert scim.provider.config.filter.supported
        assert not scim.provider.config.patch.supported
        assert [item.user_name for item in found.resources] == ["li", "zhang"]
        assert found.resources[0].title == "岗位li"
        assert found.resources[0].roles[0].value == "role-li"

    def test_reads_one_person_and_their_organisation(self, scim):
        model = scim.get_resource_model("User")
        (one,) = scim.query(model).resources[:1]

        again = scim.query(model, one.id)
        (office,) = scim.query(scim.get_resource_model("Group")).resources

        assert again.user_name == one.user_name
        assert office.id == "370100-scjg"
        assert one.id in {member.value for member in office.members}

    def test_finds_no_fault_with_what_the_service_says_of_itself(self, scim):
        found = check_server(scim, include_tags={"discovery", "misc"})

        faults = [(item.title, item.reason) for item in found if item.status in {Status.ERROR, Status.CRITICAL}]
        assert not faults
        assert any(item.status is Status.SUCCESS for item in found)


class TestSearching:
    @pytest.mark.parametrize(
        ("filter", "names"),
        [
            ('userName eq "LI"', ["li"]),
            ('userName eq "nobody"', []),
            ('userName sw "z" or displayName co "li"', ["li", "zhang"]),
            ('title eq "岗位zhang" and active eq true', ["zhang"]),
            (
                'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization eq "370100-scjg"',
                ["li", "zhang"],
            ),
            ("not (emails pr)", ["li", "zhang"]),
        ],
    )
    def test_is_by_filter(self, client, people, filter, names):  # noqa: A002
        found = ask(client, "/Users", filter=filter).json()

        assert [item["userName"] for item in found.get("Resources", [])] == names
        assert found["totalResults"] == len(names)

    def test_is_by_page_and_order(self, client, people):
        pages = [ask(client, "/Users", startIndex=number, count=1).json() for number in (1, 2, 3)]
        turned = ask(client, "/Users", sortBy="userName", sortOrder="descending").json()
        counted = ask(client, "/Users", count=0).json()

        assert [[item["userName"] for item in page.get("Resources", [])] for page in pages] == [["li"], ["zhang"], []]
        assert {page["totalResults"] for page in pages} == {2}
        assert [item["userName"] for item in turned["Resources"]] == ["zhang", "li"]
        assert (counted["totalResults"], counted["itemsPerPage"]) == (2, 0)

    def test_gives_the_attributes_that_were_asked_for(self, client, people):
        (one, *_rest) = ask(client, "/Users", attributes="userName").json()["Resources"]

        assert set(one) == {"schemas", "id", "userName"}

    @pytest.mark.parametrize(
        ("query", "kind"),
        [
            ({"filter": "userName eq"}, "invalidFilter"), ({"filter": "nonsense eq 1"}, "invalidFilter"),
            ({"filter": "(" * 4000}, "invalidFilter"), ({"count": "many"}, "invalidValue"),
            ({"sortBy": "nonsense"}, "invalidPath"),
        ],
    )  # fmt: skip
    def test_says_what_is_wrong_with_it(self, client, people, query, kind):
        answer = ask(client, "/Users", **query)

        assert (answer.status_code, answer.json()["scimType"]) == (400, kind)
        assert answer["Content-Type"] == "application/scim+json"


class TestAccess:
    def test_ends_where_the_privilege_does(self, client, people, system):
        elsewhere = ask(client, "/Users").json()["Resources"][0]["id"]
        system("370100/370100-xfjy/")

        assert [item["userName"] for item in ask(client, "/Users").json()["Resources"]] == ["chen"]
        assert ask(client, f"/Users/{elsewhere}").status_code == 404
        assert ask(client, "/Groups/370100-scjg").status_code == 404

    def test_needs_a_token_or_the_privilege(self, client, people):
        bare = client.get(f"{BASE}/Users")
        wrong = client.get(f"{BASE}/Users", headers={"Authorization": "Bearer bad"})
        client.force_login(staff("nosy"))
        refused = client.get(f"{BASE}/Users")

        assert (bare.status_code, bare["WWW-Authenticate"]) == (401, "Bearer")
        assert wrong["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        assert (refused.status_code, refused.json()["status"]) == (403, "403")

    def test_is_for_reading_only(self, client, people):
        answer = client.post(f"{BASE}/Users", "{}", content_type="application/scim+json", headers=TOKEN)

        assert answer.status_code in {403, 405}

    def test_leaves_numbers_out_and_enters_each_look_in_the_trail(self, client, people):
        text = ask(client, "/Users").content.decode()

        assert "phoneNumbers" not in text
        assert trail.entries(action=READ, actor="client:1", outcome="done").total == 1

    def test_can_be_registered_for(self):
        assert READ in offered_scopes()

    def test_is_described_to_everybody(self, client):
        config, schemas = (client.get(f"{BASE}/{name}").json() for name in ("ServiceProviderConfig", "Schemas"))
        one = client.get(f"{BASE}/Schemas/{Group.__schema__}").json()

        assert config["authenticationSchemes"][0]["type"] == "oauthbearertoken"
        assert {item["id"] for item in schemas["Resources"]} == {
            str(model.__schema__) for model in (User, EnterpriseUser, Group)
        }
        assert one["name"] == "Group"
        assert client.get(f"{BASE}/Schemas/nothing").json()["status"] == "404"

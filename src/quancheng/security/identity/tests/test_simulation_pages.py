"""Trying a change on its page and over HTTP."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from quancheng.security.identity.models import Appointment, Post
from quancheng.security.identity.queries import Directory
from quancheng.security.identity.tests.factories import MARKET, prove, staff
from quancheng.security.pmi import public as pmi
from quancheng.security.pmi.models import ConflictRule, Simulation
from quancheng.security.trail import public as trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
READ = "probe.file.read"
OFFICER = ("pmi.change.simulate", "pmi.role.read", "pmi.role.change", "pmi.role.withdraw", "pmi.rule.read")
API = "/api/pmi/simulations"


@pytest.fixture
def clerk():
    account = staff("clerk", privileges=(READ,))
    for number in range(3):
        trail.record(
            action=READ, actor_id=account.actor_id, actor_name=account.name, organisation=MARKET,
            subjects=(f"paper:{number}",), detail={"decided": {"by": "grant", "place": MARKET, "assurance": 1}},
        )  # fmt: skip
    trail.integrate(at=timezone.now())
    return account


@pytest.fixture
def officer(client):
    account = staff("officer", privileges=(*OFFICER, "pmi.conflict.make", "pmi.conflict.end"), organisation="370100")
    prove(client, account)
    return account


class TestThePages:
    def test_of_a_role_s_terms_lead_to_what_they_would_bring_and_back(self, client, clerk, officer):
        page = client.get(f"/pmi/roles/role-clerk/terms/?privilege={READ}").content.decode()
        assert 'formaction="/pmi/simulations/new/?kind=TERMS&amp;role=role-clerk"' in page

        form = {"privilege": READ, "scope": "BRANCH", "assurance": "2", "zone": "Asia/Shanghai"}
        tried = client.post("/pmi/simulations/new/?kind=TERMS&role=role-clerk", form, follow=True)

        text = tried.content.decode()
        found = Simulation.objects.get()
        assert (tried.status_code, found.finished_at is not None) == (200, True)
        assert "职员clerk" in text
        back = client.get(f"/pmi/roles/role-clerk/terms/?privilege={READ}&tried={found.pk}").content.decode()
        assert '<option value="2" selected>' in back
        assert f"tried={found.pk}" in text

    def test_of_withdrawing_and_of_rules_lead_there_too(self, client, clerk, officer):
        pmi.define_conflict(first=READ, second="probe.file.stamp", reason="分离")
        rule = ConflictRule.objects.get().pk

        pages = [f"/pmi/roles/role-clerk/withdraw/?privilege={READ}", f"/pmi/separation/rules/{rule}/end/"]
        found = [client.get(page).content.decode() for page in pages]
        tried = client.post("/pmi/simulations/new/?kind=WITHDRAW&role=role-clerk", {"privilege": READ}, follow=True)
        lifted = client.post(f"/pmi/simulations/new/?kind=UNRULE&first=probe.file.stamp&second={READ}")

        assert "kind=WITHDRAW&amp;role=role-clerk" in found[0]
        assert f"kind=UNRULE&amp;first={READ}" in found[1]
        assert tried.context["simulation"].refusals == 3
        assert lifted.status_code == 302

    def test_of_appointments_lead_there_too(self, client, clerk):
        wanted = (
            "identity.appointment.end",
            "identity.appointment.make",
            "identity.post.change-roles",
            "pmi.change.simulate",
        )
        prove(client, staff("keeper", privileges=wanted, organisation="370100"))
        post = Post.objects.get(title="岗位clerk")
        held = Appointment.objects.get(account=clerk)

        ends = client.get(f"/identity/appointments/{held.pk}/end/").content.decode()
        hangs = client.get(f"/identity/posts/{post.pk}/roles/").content.decode()
        tried = client.post(
            "/pmi/simulations/new/?kind=DISMISS", {"person": "clerk", "post": str(post.pk)}, follow=True
        )

        assert f"kind=DISMISS&amp;person=clerk&amp;post={post.pk}" in ends
        assert f"kind=HANG&amp;post={post.pk}" in hangs
        assert tried.context["simulation"].refusals == 3
        assert clerk.name in tried.context["simulation"].title

    @pytest.mark.parametrize(
        "kind", ["TERMS", "WITHDRAW", "HANG", "UNHANG", "APPOINT", "DISMISS", "RULE", "RECUSE", "x"]
    )
    def test_ask_for_every_kind_of_change_and_say_what_is_wrong(self, client, clerk, officer, kind):
        shown = client.get(f"/pmi/simulations/new/?kind={kind}")
        wrong = client.post(f"/pmi/simulations/new/?kind={kind}", {"person": "nobody", "first": "x", "second": "y"})

        assert shown.status_code == wrong.status_code == 200
        assert wrong.context["form"].errors
        assert not Simulation.objects.exists()

    def test_belong_to_who_tried(self, client, clerk, officer):
        client.post("/pmi/simulations/new/?kind=WITHDRAW&role=role-clerk", {"privilege": READ})
        key = Simulation.objects.get().pk
        listed = client.get("/pmi/simulations/").content.decode()

        prove(client, staff("other", privileges=("pmi.change.simulate",), organisation="370100"))

        assert f"/pmi/simulations/{key}/" in listed
        assert client.get(f"/pmi/simulations/{key}/").status_code == 403
        assert client.post(f"/pmi/simulations/{key}/delete/").status_code == 403
        assert str(key) not in client.get("/pmi/simulations/").content.decode()

    def test_are_deleted_by_who_tried(self, client, clerk, officer):
        client.post("/pmi/simulations/new/?kind=WITHDRAW&role=role-clerk", {"privilege": READ})

        client.post(f"/pmi/simulations/{Simulation.objects.get().pk}/delete/")

        assert not Simulation.objects.exists()

    def test_show_how_far_it_has_come(self, client, clerk, officer):
        Simulation.objects.create(
            maker_id=officer.actor_id, maker_name="职员", made_at=timezone.now(), since=timezone.localdate(),
            until=timezone.localdate(), sight={"branches": [""], "units": []}, first=0, cursor=30, last=100,
            change={"kind": "WITHDRAW", "role": "role-clerk", "privilege": READ},
        )  # fmt: skip
        key = Simulation.objects.get().pk

        whole = client.get(f"/pmi/simulations/{key}/").content.decode()
        part = client.get(f"/pmi/simulations/{key}/", headers={"HX-Request": "true"}).content.decode()

        # Without the script the page would stay as it was.
        assert re.search(r"<script[^>]*htmx", whole)
        assert "30" in part
        assert f'hx-get="/pmi/simulations/{key}/"' in part
        assert "<html" not in part


class TestTheApi:
    def ask(self, client, body, **more):
        sent = body if isinstance(body, str) else json.dumps(body)
        return client.post(API, sent, content_type="application/json", **more)

    def wish(self, **more):
        return {"change": {"kind": "WITHDRAW", "role": "role-clerk", "privilege": READ}, **more}

    def test_tries_a_change_and_answers_who_would_be_refused(self, client, clerk, officer):
        answer = self.ask(client, self.wish())

        found = answer.json()
        assert (answer.status_code, found["finished"], found["verdicts"]) == (201, True, {"NOW_REFUSED": 3})
        assert [(item["actor_name"], item["count"]) for item in found["now_refused"]] == [("职员clerk", 3)]
        assert client.get(answer["Location"]).json() == found

    def test_serves_a_system_with_a_token_within_its_organisation(self, client, clerk, monkeypatch):
        place = pmi.Actor("client:1", "执法系统", "system", MARKET, grants=(pmi.Grant("pmi.change.simulate", MARKET),))
        monkeypatch.setattr(Directory, "system_of", lambda _self, token: place if token == "good" else None)

        good = self.ask(client, self.wish(), headers={"Authorization": "Bearer good"})
        bad = self.ask(client, self.wish(), headers={"Authorization": "Bearer bad"})

        assert good.json()["verdicts"] == {"NOW_REFUSED": 3}
        assert (bad.status_code, bad["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ("[]", ""), ("[" * 3000, ""), ({"change": {}}, "/change/kind"), ({"x": 1}, ""),
            ({"change": {"kind": "WITHDRAW", "role": 1}}, "/change/role"),
            ({"change": {"kind": "WITHDRAW", "role": "a", "privilege": "\0"}}, "/change/privilege"),
            ({"change": {"kind": "WITHDRAW", "role": "a", "privilege": "b", "more": "c"}}, "/change"),
            ({"change": {"kind": "TERMS", "role": "a", "privilege": "b", "terms": {"scope": "X"}}}, "/change/terms"),
            ({"change": {"kind": "RULE", "first": "a", "second": "b", "terms": {"scope": "OWN"}}}, "/change/terms"),
            ({"change": {"kind": "RULE", "first": "a", "second": "b"}, "since": "yesterday"}, "/since"),
            ({"change": {"kind": "RULE", "first": "a", "second": "b"}, "until": 5}, "/until"),
        ],
    )  # fmt: skip
    def test_says_where_what_was_sent_has_another_shape(self, client, clerk, officer, body, pointer):
        answer = self.ask(client, body)

        assert (answer.status_code, answer.json()["pointer"]) == (400, pointer)

    def test_refuses_in_words_what_cannot_be_tried(self, client, clerk, officer):
        nothing = self.ask(client, {"change": {"kind": "WITHDRAW", "role": "nobody", "privilege": READ}})
        period = self.ask(client, self.wish(since=(timezone.localdate() + timedelta(days=2)).isoformat()))
        missing = client.get(f"{API}/00000000-0000-0000-0000-000000000000")

        kinds = [answer.json()["type"].rpartition(":")[2] for answer in (nothing, period, missing)]
        assert kinds == ["pmi.nothing-to-try", "pmi.bad-period", "pmi.no-such-simulation"]

    def test_asks_for_a_sign_in_and_the_privilege(self, client, clerk):
        assert self.ask(client, self.wish()).status_code == 401

        client.force_login(clerk)

        assert self.ask(client, self.wish()).json()["type"] == "urn:quancheng:refusal:pmi.forbidden"

    def test_describes_itself(self, client):
        found = client.get("/api/pmi/openapi.json").json()

        assert found["openapi"] == "3.1.0"
        assert set(found["paths"]) == {"/simulations", "/simulations/{simulation_id}"}
        assert found["servers"][0]["url"].endswith("/api/pmi")

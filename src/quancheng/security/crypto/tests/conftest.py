"""A site with two departments, a system that holds a token, and openssl to contradict us."""

import base64
import json
import subprocess
from types import SimpleNamespace

import pytest
import typst
from django.test import Client

from quancheng.kernel import config as kernel
from quancheng.security.crypto import rules
from quancheng.security.crypto.models import Quota
from quancheng.security.identity import actions as identity_actions
from quancheng.security.identity import public as identity
from quancheng.security.identity.tests.factories import city, proven, staff
from quancheng.security.pki import public as pki

CODE, NAME, PLACE = "370100-scjg", "济南市市场监督管理局", "370100/370100-scjg/"
EVERYTHING = tuple(rules.PRIVILEGES.values())


def pdf(line):
    """Return a PDF of one page."""
    return typst.compile(f'#set page(paper: "a4")\n{line}'.encode())


@pytest.fixture
def site(monkeypatch, tmp_path, db):
    """An empty data folder with authorities, and the market bureau with its seal."""
    monkeypatch.setenv("QC_DATA", str(tmp_path / "data"))
    kernel.data_dir.cache_clear()
    city()
    pki.ensure_organisation_seal(CODE, NAME)
    yield tmp_path
    kernel.data_dir.cache_clear()


@pytest.fixture
def clerk(site):
    """The account of somebody at the market bureau who may use every service there."""
    return staff("clerk", privileges=EVERYTHING)


@pytest.fixture
def actor(clerk):
    return identity.actor_for(clerk)


class System:
    """A department's system: has itself registered, fetches tokens, calls."""

    def __init__(self, scopes, *, organisation=CODE):
        keeper = staff(
            "keeper", privileges=("identity.client.register", "identity.client.change"), organisation="370100"
        )
        self.id, self.secret = identity_actions.register_client(
            actor=proven(keeper), organisation=organisation, name="办案系统", scopes=scopes,
            signs_people_in=False, speaks_for_itself=True,
        )  # fmt: skip
        self.client = Client(HTTP_HOST="localhost")
        self.scopes = scopes

    def token(self, scopes=None):
        """Return the token endpoint's answer (RFC 6749 section 4.4.2)."""
        wish = {"grant_type": "client_credentials", "scope": " ".join(self.scopes if scopes is None else scopes)}
        basic = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        return self.client.post("/identity/o/api/token", wish, headers={"authorization": f"Basic {basic}"})

    def call(self, operation, token=None, **body):
        """Return the answer of an operation, bytes in the body as base64."""
        given = {
            key: base64.b64encode(value).decode() if isinstance(value, bytes) else value for key, value in body.items()
        }
        token = token or self.token().json()["access_token"]
        return self.client.post(
            f"/api/crypto/{operation}", json.dumps(given), content_type="application/json",
            headers={"authorization": f"Bearer {token}"},
        )  # fmt: skip

    def does(self, operation, **body):
        """Return what an operation answers; base64 members stay as they are."""
        answer = self.call(operation, **body)
        assert answer.status_code == 200, answer.content.decode()
        return SimpleNamespace(**answer.json())


@pytest.fixture
def system(site):
    return System(EVERYTHING)


@pytest.fixture
def openssl(site):
    """Runs openssl in a folder that holds `roots.pem`; files are given by name."""
    folder = site / "openssl"
    folder.mkdir()
    (folder / "roots.pem").write_text("".join(pki.trusted_roots()))

    def run(*arguments, **files):
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=False)

    run.folder = folder
    return run


@pytest.fixture
def quota(site):
    """Returns a function that gives a caller a quota."""

    def give(caller, calls):
        Quota.objects.update_or_create(caller=caller, defaults={"calls_a_day": calls})

    return give

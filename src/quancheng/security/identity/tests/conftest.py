"""What the tests of SAML share: a department's system and its keys, who registers it, and who signs in."""

import pytest
from django.utils import timezone

from quancheng.security.identity.actions import saml as actions
from quancheng.security.identity.tests.factories import proven, staff

SAML_RIGHTS = tuple(f"identity.client.{name}" for name in ("read", "register", "change", "remove"))


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    saml_party = pytest.importorskip("quancheng.security.identity.tests.saml_party")
    return saml_party.pair(tmp_path_factory.mktemp("sp"))


@pytest.fixture
def keeper():
    return staff("keeper", privileges=SAML_RIGHTS, organisation="370100")


@pytest.fixture
def clerk():
    return staff("clerk")


@pytest.fixture
def enrol(client, keeper, keys):
    """Register a system and return it, knowing this site."""
    saml_party = pytest.importorskip("quancheng.security.identity.tests.saml_party")

    def run(*, skip_consent=True, scopes=("profile", "posts"), audience=("staff",), **wishes):
        made = saml_party.Party(client, lambda provider: saml_party.configuration(keys, provider=provider, **wishes))
        made.id = actions.register_saml_client(
            actor=proven(keeper), organisation="370100-scjg", name="档案系统",
            metadata_xml=saml_party.metadata(made.config),
            scopes=scopes, audience=audience, skip_consent=skip_consent, at=timezone.now(),
        )  # fmt: skip
        return made

    return run

"""What the tests of the hall's pages share."""

import pytest

from quancheng.systems.hall.tests import factories


@pytest.fixture
def service():
    factories.publish()


@pytest.fixture
def owner(service):
    return factories.citizen()


@pytest.fixture
def signed_in(client, owner):
    factories.sign_in(client)
    return client

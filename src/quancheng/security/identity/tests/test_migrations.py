"""A migration that fills a column fills it for everybody, in a database that holds people already."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account, Person
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 1001  # one more than the migration takes in one portion


def move_to(name):
    """Take the tables of identity to the state after the migration; return its model classes."""
    executor = MigrationExecutor(connection)
    target = next(key for key in executor.loader.disk_migrations if key[0] == "identity" and key[1].startswith(name))
    return executor.migrate([target]).apps


@pytest.fixture
def before():
    """The classes of the time before people had references; the tables are of today again afterwards."""
    try:
        yield move_to("0012")
    finally:
        move_to("0013")


def test_people_of_before_are_found_by_their_reference_and_nobody_without_a_number_is(before):
    people = before.get_model("identity", "Person").objects
    people.bulk_create(people.model(name=f"居民{number}", identity_number=f"{number:018}") for number in range(MANY))
    xiaomei = people.create(name="王小美", identity_number="37010219900315002x")
    people.create(name="无名氏")
    account = before.get_model("identity", "Account")(username="c1", name="王小美", kind="citizen", assurance=2)
    account.person = xiaomei
    account.save()

    move_to("0013")

    assert {person.reference for person in Person.objects.exclude(identity_number="")} == {
        *(pmi.reference(f"{number:018}") for number in range(MANY)),
        pmi.reference("37010219900315002X"),
    }
    assert Person.objects.get(name="无名氏").reference == ""
    assert identity.citizen_of(pmi.reference("37010219900315002X")) == Account.objects.get().actor_id

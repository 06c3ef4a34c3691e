"""At the border with real keys: what crosses arrives whole and signed, and one doubtful message stops its bundle.

Both zones live in one database here, so the sender's rows are put aside before the receiver looks.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from quancheng.centres.exchange import rules
from quancheng.centres.exchange.engine import border, routes, seals, transport
from quancheng.centres.exchange.models import Delivery, Message
from quancheng.kernel import events
from quancheng.security.pki import public as pki
from quancheng.security.trail import public as trail
from quancheng.support.documents import public as documents
from quancheng.support.documents.models import StoredFile
from quancheng.zones.gateway import public as gateway
from quancheng.zones.gateway.engine import ferry, spool
from quancheng.zones.gateway.engine.office import Office

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
OFFICE = "370100-dsj"
LEASE = "房屋租赁合同".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodged(events.Event):
    topic: ClassVar[str] = "testing.lodged"
    number: str
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.number


class World:
    """One database as two zones: `at` says in whose name the process acts."""

    def __init__(self, folder, monkeypatch) -> None:
        self._patch = monkeypatch
        self.offices = {
            here: Office(here=here, peer=peer, spool=spool.at(folder / here), desk=border.ExchangeDesk())
            for here, peer in (("extranet", "intranet"), ("intranet", "extranet"))
        }

    def at(self, zone: str) -> Office:
        self._patch.setenv("QC_ZONE", zone)
        return self.offices[zone]

    def lodge(self, *numbers: str, files: tuple[str, ...] = ()) -> None:
        self.at("extranet")
        for number in numbers:
            events.publish(Lodged(number=number, files=files))

    def send(self) -> int:
        office = self.at("extranet")
        border.sign_pending()
        return border.pack_pending(office, NOW)

    def receive(self):
        ferry.cross(*(ferry.Site(office.spool.out, office.spool.incoming) for office in self.offices.values()))
        self.sent = list(Message.objects.filter(topic="testing.lodged"))
        Delivery.objects.all().delete()
        Message.objects.all().delete()
        return self.at("intranet").receive(NOW)

    def forge(self, envelope: rules.Envelope, *, signed_by: str = OFFICE, **changes) -> None:
        """Send a bundle that the zone signs but whose message is not what it should be."""
        body = rules.encode(envelope).encode()
        letter = gateway.Letter(envelope.id, body, pki.sign_jws(body, organisation=signed_by))
        self.at("extranet").pack(at=NOW, letters=[replace(letter, **changes)])


@pytest.fixture
def world(tmp_path, monkeypatch):
    pki.ensure_organisation_seal(OFFICE, "济南市大数据局")
    topic = rules.Topic("testing.lodged", routes=frozenset({("extranet", "intranet")}))
    monkeypatch.setattr(routes, "topics", lambda: {topic.name: topic})
    events.use_transport(transport.Outbox())
    heard = []
    monkeypatch.setitem(events._handlers, "testing.lodged", {"quancheng.testing.desk.subscriptions.hear": heard.append})
    return World(tmp_path, monkeypatch)


def envelope(**changes) -> rules.Envelope:
    values = {
        "id": "b2f7c1de-0000-4000-8000-000000000001", "topic": "testing.lodged", "version": 1, "zone": "extranet",
        "organisation": OFFICE, "key": "s-1", "time": NOW, "data": {"number": "s-1"}, "files": {},
    }  # fmt: skip
    return rules.Envelope(**(values | changes))


class TestCrossing:
    def test_brings_the_signed_message_to_those_who_hear_it(self, world):
        world.lodge("s-1", "s-2")

        assert world.send() == 2
        assert world.receive().applied == [1]

        rows = list(Message.objects.order_by("pk"))
        assert [row.key for row in rows] == ["s-1", "s-2"]
        assert [row.body for row in rows] == [row.body for row in reversed(world.sent)]
        assert seals.verify_message(rows[0].body.encode(), rows[0].signature, OFFICE) == "济南市大数据局"
        assert Delivery.objects.count() == 2

    def test_brings_the_files_along(self, world):
        world.at("extranet")
        kept = documents.keep(LEASE, name="合同.txt")
        world.lodge("s-1", files=(kept.digest,))
        world.send()
        StoredFile.objects.all().delete()

        world.receive()

        assert documents.info(kept.digest).name == "合同.txt"
        with documents.open(kept.digest) as stream:
            assert stream.read() == LEASE

    def test_is_entered_in_the_trail_on_both_sides(self, world):
        world.lodge("s-1")
        world.send()
        world.receive()

        number = Message.objects.get().message_id
        found = {entry.action for entry in trail.entries(subject=f"message:{number}").items}

        assert found == {"exchange.bundle.send", "exchange.bundle.apply"}

    def test_leaves_local_topics_at_home(self, world, monkeypatch):
        monkeypatch.setattr(routes, "topics", dict)
        world.lodge("s-1")

        assert world.send() == 0

    def test_holds_back_only_the_matter_whose_file_is_missing(self, world):
        world.lodge("s-1", files=("0" * 64,))
        world.lodge("s-1", "s-2")

        assert world.send() == 1

        assert Message.objects.get(bundle=1).key == "s-2"
        assert Message.objects.filter(key="s-1").order_by("pk").first().hold.startswith("file missing")

    def test_holds_back_messages_of_an_organisation_without_a_seal(self, world):
        world.lodge("s-1")
        Message.objects.update(organisation="370100-none")

        assert world.send() == 0
        assert Message.objects.get().hold == "no seal: 370100-none"


class TestRefusal:
    @pytest.mark.parametrize("change", [
        {"zone": "intranet"}, {"topic": "testing.other"}, {"files": {"0" * 64: "lease.pdf"}},
        {"organisation": "370100-spfw"},
    ])  # fmt: skip
    def test_of_a_message_that_claims_what_is_not_so(self, world, change):
        world.forge(envelope(**change))

        assert refused(world) == REFUSED

    def test_of_a_message_under_another_number(self, world):
        world.forge(envelope(), id="another")

        assert refused(world) == REFUSED

    def test_of_a_message_whose_text_was_changed(self, world):
        world.forge(envelope(), body=rules.encode(envelope(data={"number": "s-9"})).encode())

        assert refused(world) == REFUSED

    def test_of_a_message_signed_by_a_zone_instead_of_an_organisation(self, world):
        body = rules.encode(envelope()).encode()
        world.at("extranet")
        world.forge(envelope(organisation="zone:extranet"), signature=pki.zone_signer().jws(body))

        assert refused(world) == REFUSED

    def test_of_a_bundle_signed_by_an_organisation_instead_of_its_zone(self, world, monkeypatch):
        monkeypatch.setattr(seals, "sign_as_zone", lambda payload: pki.sign_jws(payload, organisation=OFFICE))
        world.lodge("s-1")
        world.send()

        assert world.receive().refused
        assert not Message.objects.exists()
        assert gateway.refused()[0].fault == gateway.ForgedBundle.code


# Nothing was applied, the file is set aside, and alarm and trail say so.
REFUSED = (0, gateway.BrokenMessage.code, True, gateway.BrokenMessage.code)


def refused(world) -> tuple[int, str, bool, str]:
    """Return what became of the one file that came: messages, why it lies aside, whether there is an alarm, the trail.

    :raises ValueError: if it was not refused.
    """
    (name,) = world.receive().refused
    entered = trail.entries(subject=f"bundle:{name}").items[0].outcome
    return Message.objects.count(), gateway.refused()[0].fault, bool(gateway.alarms()), entered

"""Sending entries to a collector: in order, each at least once, none left out, and nobody waits for it."""

import re
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from quancheng.security.trail import actions, config, queries
from quancheng.security.trail.checks import forwarding as checks
from quancheng.security.trail.engine import collector as line
from quancheng.security.trail.models import Forwarding
from quancheng.security.trail.queries.forwarding import FIELDS
from quancheng.security.trail.tests.test_web import AUDITOR, ask
from quancheng.security.trail.web import views

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = re.compile(rb' n="(\d+)"')


class Server:
    """A collector on the loopback. With `dies_after` it resets the first connection after so many bytes."""

    def __init__(self, dies_after=None):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port, self.dies_after, self.got = self.listening.getsockname()[1], dies_after, []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                peer, _address = self.listening.accept()
            except OSError:
                return
            with peer:
                self.got.append(self.read(peer))

    def read(self, peer):
        found = b""
        while part := peer.recv(100 if self.dies_after else 65536):
            found += part
            if self.dies_after and len(found) >= self.dies_after:
                # Closing with unread bytes resets the connection, as the system does for a process that was killed.
                self.dies_after = None
                break
        return found

    def numbers(self):
        return [int(number) for number in NUMBER.findall(b"".join(self.got))]

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.listening.close()


@contextmanager
def serving(**wishes):
    server = Server(**wishes)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def sending(monkeypatch, site):
    """Returns a function that names the collector on a port of the loopback, with further settings."""

    def name(port, **wishes):
        wished = {"forward_to": f"tcp://127.0.0.1:{port}", **wishes}
        changed = replace(config.settings(), **wished)
        monkeypatch.setattr(config, "settings", lambda: changed)

    return name


def send_all(at):
    while actions.forward(at=at):
        continue


def test_entries_arrive_in_their_order_and_once_while_all_is_well(recorded, sending):
    recorded(25)
    actions.integrate(at=timezone.now())
    with serving() as server:
        sending(server.port, forward_batch=10)
        send_all(timezone.now())
        recorded(3)
        actions.integrate(at=timezone.now())
        send_all(timezone.now())

        assert server.numbers() == list(range(28))
        assert len(server.got) == 4
    assert queries.forwarding(at=timezone.now()).behind == 0


def test_a_collector_that_dies_on_the_way_gets_everything_after_it_is_back(recorded, sending):
    recorded(300)
    actions.integrate(at=timezone.now())
    now = timezone.now()
    with serving(dies_after=3000) as server:
        sending(server.port, forward_batch=100, forward_again=20)
        assert actions.forward(at=now) == 0
        assert actions.forward(at=now) == 0
        state = queries.forwarding(at=now)
        assert (state.cursor, state.failures) == (0, 1)
        send_all(now + timedelta(minutes=1))

        heard = server.numbers()
    assert heard[-300:] == list(range(300))
    assert 0 < len(heard) - 300 < 100
    assert queries.forwarding(at=now).error == ""


def test_after_a_break_what_went_before_it_goes_again(recorded, sending):
    recorded(40)
    actions.integrate(at=timezone.now())
    now = timezone.now()
    with serving() as server:
        sending(server.port, forward_again=15)
        send_all(now)
        gone = server.port
    recorded(2)
    actions.integrate(at=now)
    actions.forward(at=now)
    actions.forward(at=now + timedelta(minutes=1))

    assert (queries.forwarding(at=now).cursor, queries.forwarding(at=now).failures) == (25, 2)
    with serving() as server:
        sending(server.port, forward_again=15)
        send_all(now + timedelta(minutes=10))
        assert server.numbers() == list(range(25, 42))
        assert server.port != gone


def test_a_worker_that_is_killed_after_sending_sends_again(recorded, sending, monkeypatch):
    recorded(5)
    actions.integrate(at=timezone.now())
    now = timezone.now()
    with serving() as server:
        sending(server.port)
        with monkeypatch.context() as patch:
            patch.setattr("quancheng.security.trail.actions.forwarding._settle", _die)
            with pytest.raises(KeyboardInterrupt):
                actions.forward(at=now)

        assert actions.forward(at=now) == 0
        send_all(now + timedelta(minutes=2))
        assert server.numbers() == [*range(5), *range(5)]


def _die(*_args, **_wishes):
    raise KeyboardInterrupt


def test_nothing_of_an_erased_body_goes(recorded, sending, erased):
    number, _other = recorded(2, actor_name="张三", organisation="370100/")
    actions.integrate(at=timezone.now())
    erased(number)
    with serving() as server:
        sending(server.port, forward_fields=("action", "actor", "actor_name", "organisation", "subjects"))
        send_all(timezone.now())
        (first, second, *_rest) = b"".join(server.got).split(b"[meta ")[1:]

    assert b'erased="true"' in first
    assert not any(word in first for word in ("张三".encode(), b"citizen:1", b"370100/", b"application:"))
    assert "张三".encode() in second


def test_lagging_is_an_alarm_and_a_finding_until_it_is_made_up_for(recorded, sending, monkeypatch):
    recorded(3)
    actions.integrate(at=timezone.now())
    later = timezone.now() + timedelta(hours=1)
    with serving() as server:
        closed = server.port
    sending(closed)
    actions.forward(at=timezone.now())

    (finding,) = checks.forwarding(later)
    assert "3" in str(finding.sentence)
    assert queries.lag(queries.forwarding(at=later)) in queries.state(at=later).alarms
    with serving() as server:
        sending(server.port)
        send_all(later)
    assert list(checks.forwarding(later)) == []


@pytest.mark.parametrize(
    "wrong", [{"forward_to": "http://a"}, {"forward_to": "tls://a:x"}, {"forward_fields": ("salary",)}]
)
def test_settings_that_cannot_be_read_are_a_finding(sending, wrong):
    sending(1, **wrong)

    (finding,) = checks.forwarding(timezone.now())

    assert finding.key == "settings"


def test_without_a_collector_nothing_is_kept_and_nothing_found(recorded, site):
    recorded(1)

    assert actions.forward(at=timezone.now()) == 0
    assert not Forwarding.objects.exists()
    assert list(checks.forwarding(timezone.now())) == []


def test_an_operator_sends_from_an_entry_on_once_more(recorded, sending, capsys):
    recorded(6)
    actions.integrate(at=timezone.now())
    with serving() as server:
        sending(server.port)
        call_command("trail", "forward")
        call_command("trail", "forward", "--from", "4")
        assert server.numbers() == [0, 1, 2, 3, 4, 5, 4, 5]
        with pytest.raises(CommandError):
            call_command("trail", "forward", "--from", "99")
    assert "2 entries were sent" in capsys.readouterr().out
    assert queries.entries(action="trail.forwarding.rewind").total == 1


def test_a_collector_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr(line, "ANSWER", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = line.Collector(address=f"tcp://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(line.Unreached, match="timeout"):
            found.send([b"3 abc"])


def test_the_page_shows_how_far_it_is_what_is_wrong_and_what_goes_out(rf, recorded, sending):
    recorded(3)
    actions.integrate(at=timezone.now())
    with serving() as server:
        sending(server.port)
    actions.forward(at=timezone.now())

    page = ask(rf, views.OneForwarding, AUDITOR, "/trail/forwarding/").content.decode()
    listed = ask(rf, views.Entries, AUDITOR).content.decode()

    assert "Connection refused" in page
    assert str(FIELDS["leaf"]) in page
    assert str(FIELDS["actor_name"]) not in page
    assert "/trail/forwarding/" in listed

"""Sending entries to rsyslog over TLS as a city's log platform does it, and to one that is killed on the way."""

import ipaddress
import os
import re
import shutil
import signal
import socket
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from quancheng.security.trail import actions, config, queries

RSYSLOG = shutil.which("rsyslogd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = [
    pytest.mark.heavy,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(RSYSLOG is None, reason="rsyslog and rsyslog-gnutls are not installed (setup.sh heavy)"),
]
NUMBER = re.compile(rb'^<1\d\d>1 .* n="(\d+)"', re.MULTILINE)
SETTINGS = """
global(workDirectory="{folder}" maxMessageSize="64k" defaultNetstreamDriverCAFile="{folder}/ca.pem"
  defaultNetstreamDriverCertFile="{folder}/own.pem" defaultNetstreamDriverKeyFile="{folder}/own.key")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="line" type="list") {{ property(name="rawmsg") constant(value="\\n") }}
*.* action(type="omfile" file="{folder}/got.log" template="line")
"""


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certify(subject, key, issuer, issuer_key, extension):
    now = datetime.now(UTC)
    draft = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer))
    draft = (
        draft.public_key(key.public_key()).serial_number(x509.random_serial_number()).add_extension(extension, False)
    )
    draft = draft.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    return draft.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Rsyslog:
    """A rsyslog of our own on the loopback, with a certificate of an authority of our own."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        top, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        (folder / "ca.pem").write_bytes(_certify("top", top, "top", top, x509.BasicConstraints(True, None)))
        (folder / "own.pem").write_bytes(_certify("collector", own, "top", top, address))
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (folder / "own.key").write_bytes(own.private_bytes(serialization.Encoding.PEM, *form))
        (folder / "rsyslog.conf").write_text(SETTINGS.format(folder=folder, port=self.port))
        self.process = None

    def start(self):
        command = [RSYSLOG, "-n", "-f", self.folder / "rsyslog.conf", "-i", self.folder / "pid"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = timezone.now() + timedelta(seconds=20)
        while timezone.now() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
        raise AssertionError("rsyslog does not listen")

    def stop(self, number=signal.SIGTERM):
        if self.process:
            self.process.send_signal(number)
            self.process.wait(20)
        self.process = None

    def numbers(self):
        found = self.folder / "got.log"
        return [int(number) for number in NUMBER.findall(found.read_bytes())] if found.exists() else []


@pytest.fixture
def rsyslog(tmp_path, site, monkeypatch):
    """A running rsyslog that this site sends to."""
    folder = tmp_path / "rsyslog"
    folder.mkdir()
    found = Rsyslog(folder)
    wished = {"forward_to": f"tls://127.0.0.1:{found.port}", "forward_ca": str(folder / "ca.pem")}
    changed = replace(config.settings(), forward_batch=500, forward_again=1000, **wished)
    monkeypatch.setattr(config, "settings", lambda: changed)
    found.start()
    yield found
    found.stop(signal.SIGKILL)


def test_rsyslog_stores_every_entry_in_order_over_tls(recorded, rsyslog):
    recorded(2000)
    actions.integrate(at=timezone.now())
    while actions.forward(at=timezone.now()):
        continue
    rsyslog.stop()

    assert rsyslog.numbers() == list(range(2000))
    assert queries.forwarding(at=timezone.now()).error == ""


def test_rsyslog_killed_in_the_middle_has_every_entry_in_the_end(recorded, rsyslog):
    recorded(4000)
    actions.integrate(at=timezone.now())
    now = timezone.now()
    for round_ in range(3):
        for _batch in range(2):
            actions.forward(at=now)
        rsyslog.stop(signal.SIGKILL)
        assert actions.forward(at=now) == 0
        rsyslog.start()
        now += timedelta(minutes=10 * (round_ + 1))
    while actions.forward(at=now):
        continue
    rsyslog.stop()

    assert sorted(set(rsyslog.numbers())) == list(range(4000))


def test_a_collector_of_a_strange_authority_is_told_nothing(recorded, rsyslog, tmp_path, monkeypatch):
    recorded(1)
    actions.integrate(at=timezone.now())
    other = tmp_path / "other"
    other.mkdir()
    Rsyslog(other)
    changed = replace(config.settings(), forward_ca=str(other / "ca.pem"))
    monkeypatch.setattr(config, "settings", lambda: changed)

    assert actions.forward(at=timezone.now()) == 0
    assert "CERTIFICATE_VERIFY_FAILED" in queries.forwarding(at=timezone.now()).error
    rsyslog.stop()
    assert rsyslog.numbers() == []

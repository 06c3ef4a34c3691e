"""The guide to the ceremony does what it says: each of its commands is run, and prints what stands there."""

import io
import os
import re
import shlex
import subprocess
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import pkcs11
import pytest
from django.core.management import call_command

from quancheng.kernel import config as kernel
from quancheng.security.pki import config
from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.engine import vaults
from quancheng.security.pki.queries import recoveries
from quancheng.security.pki.tests.test_recovery import ADMIN, REQUESTER, SECOND, enrolled, person
from quancheng.security.pki.tests.test_tokens import MODULE

pytestmark = pytest.mark.django_db
GUIDE = Path(__file__).parents[5] / "docs" / "guide-ceremony.md"
PART = re.compile(r"<!-- (run|page): (\w+) -->(?:\s*```console\n(.*?)```)?", re.DOTALL)
# What differs from run to run: fingerprints, serial numbers, shares, addresses in a token, days, slots.
VARYING = re.compile(r"(?:[0-9A-F]{2}:)+[0-9A-F]{2}|\b[0-9A-F]{38,40}\b|(?<=-)[0-9a-f]{32}|(?:%[0-9A-F]{2})+"
                     r"|\d{4}-\d\d-\d\d|(?<=slot )\d+|\b\d(?=-\*)")  # fmt: skip
SHOWN = re.compile(r"00:AA|\b00AA\b|(?<=-)00aa|%00%AA|2000-00-00|(?<=slot )\d+")


def parts(wanted):
    """Return the guide's parts of one errand: ("page", name) and ("run", [(command, output)])."""
    for kind, name, block in PART.findall(GUIDE.read_text()):
        if kind == "page" and wanted == "recovery":
            yield kind, name
        elif kind == "run" and name == wanted:
            lines = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
            yield kind, lines


class Terminal:
    """Runs the guide's commands in a folder; `quancheng` runs in this process, with the environment it would have."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.monkeypatch = folder, monkeypatch
        for name in ("run/ceremony", "media", "var/lib/quancheng"):
            (folder / name).mkdir(parents=True)
        for name in ("QC_ZONE", "QC_DATA"):
            monkeypatch.delenv(name, raising=False)

    def run(self, command, shown):
        """Run one command and compare what it prints with what the guide shows."""
        local = re.sub(r"(?<![\w.])/(run|media|var)/", rf"{self.folder}/\1/", command)
        printed = self._do(local).replace(f"{self.folder}/", "/")
        # What goes to the two outputs of a program may come in either order.
        assert sorted(VARYING.sub("*", printed).split()) == sorted(SHOWN.sub("*", shown).split()), command

    def _do(self, command):
        words = shlex.split(command)
        if words[0] in ("export", "unset"):
            for item in words[1:]:
                name, _equals, value = item.partition("=")
                self.monkeypatch.setenv(name, value) if value else self.monkeypatch.delenv(name, raising=False)
            return ""
        if words[0] != "quancheng":
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-c", command], cwd=self.folder, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            return done.stdout + re.sub(r"(?m)^(?!verify OK|Certificate request).*\n", "", done.stderr)
        target = Path(words[words.index(">") + 1]) if ">" in words else None
        words = words[: words.index(">")] if target else words
        kernel.data_dir.cache_clear()
        config.settings.cache_clear()
        printed = io.StringIO()
        with redirect_stdout(printed):
            call_command(*words[1:], stdout=printed)
        if target:
            target.write_text(printed.getvalue())
            return ""
        return printed.getvalue()


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    """A terminal in a folder of its own."""
    yield Terminal(tmp_path / "machine", monkeypatch)
    monkeypatch.undo()
    for held in (kernel.data_dir, config.settings, vaults._token, sites._signer, sites._load):
        held.cache_clear()


def follow(terminal, wanted):
    """Run every command of an errand, each of which must print what the guide shows; return how many there were."""
    ran = 0
    for _kind, lines in parts(wanted):
        for command, shown in lines:
            terminal.run(command, shown)
            ran += 1
    return ran


@pytest.mark.parametrize("wanted", ["modern", "guomi"])
def test_the_ceremony_with_keys_in_files(terminal, wanted):
    assert follow(terminal, wanted) > 0


@pytest.mark.skipif(not MODULE.exists(), reason="SoftHSM2 is not installed (Debian package softhsm2)")
def test_the_ceremony_of_a_site_with_a_token(terminal, tmp_path, monkeypatch):
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    run = terminal._do

    def wake(command):
        printed = run(command)
        if command.startswith("softhsm2-util"):
            pkcs11.lib(str(MODULE)).reinitialize()
        return printed

    terminal._do = wake

    assert follow(terminal, "token") > 0


class Recovery:
    """What the guide does on pages, here done by the actions behind them."""

    def __init__(self, folder):
        self.folder, self.officers = folder, [person("first"), person("second-officer")]

    def board(self):
        csr = (self.folder / "officer.csr").read_bytes()
        for number, officer in enumerate(self.officers):
            if number == 0:
                asked = pki.request_certificate(
                    actor=ADMIN, profile="person-encryption", code=officer.id, name=officer.name, csr=csr,
                    at=datetime.now(UTC),
                )  # fmt: skip
                serial = pki.approve_certificate(actor=SECOND, enrolment_id=asked.id, at=datetime.now(UTC)).serial
            else:
                self.key = vaults.Files(b"x").new(sites.load(at=datetime.now(UTC)).suite)[0]
                serial = enrolled(officer, "person-encryption", self.key)
            pki.offer_as_recovery_officer(actor=officer, serial=serial, at=datetime.now(UTC))
        for item in recoveries.officers(at=datetime.now(UTC)):
            pki.confirm_recovery_officer(actor=ADMIN, officer_id=item.id, at=datetime.now(UTC))

    def pair(self):
        suite = sites.load(at=datetime.now(UTC)).suite
        signature = enrolled(person("holder"), "person-signature", vaults.Files(b"x").new(suite)[0])
        made = pki.issue_encryption_certificate(
            actor=ADMIN, serial=signature, password="a-long-password", at=datetime.now(UTC)
        )
        self.serial = made.serial
        (self.folder / "holder.p12").write_bytes(made.content)

    def ask(self):
        self.number = pki.request_recovery(actor=REQUESTER, serial=self.serial, reason="x", at=datetime.now(UTC))
        sealed = recoveries.share_of(self.number, self.officers[0].id).sealed
        (self.folder / "share.p7m").write_bytes(bytes(sealed))

    def collect(self):
        from quancheng.security.pki.engine import envelopes

        command = shlex.split("openssl cms -decrypt -inform DER -in share.p7m -inkey officer.key -passin file:pass")
        first = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout
        sealed = bytes(recoveries.share_of(self.number, self.officers[1].id).sealed)
        for officer, share in zip(self.officers, (first, envelopes.opened(sealed, self.key).decode()), strict=True):
            pki.approve_recovery(actor=officer, recovery_id=self.number, share=share, at=datetime.now(UTC))
        back = pki.collect_key(
            actor=REQUESTER, recovery_id=self.number, password="another-password", at=datetime.now(UTC)
        )
        (self.folder / "back.p12").write_bytes(back.content)


def test_a_key_comes_back(site, terminal, monkeypatch):
    monkeypatch.setenv("QC_DATA", str(site.parent))
    kernel.data_dir.cache_clear()
    (terminal.folder / "pass").write_text("officer's own\n")
    pages, done = Recovery(terminal.folder), []

    for kind, found in parts("recovery"):
        if kind == "page":
            getattr(pages, found)()
            done.append(found)
        else:
            for command, shown in found:
                terminal.run(command, shown)

    assert done == ["board", "pair", "ask", "collect"]
    assert os.environ["QC_DATA"]

"""A site with its own authorities for every test, and openssl to contradict us."""

import json
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from quancheng.kernel import config as kernel
from quancheng.security.pki import config
from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import certificates
from quancheng.security.pki.tests.acme_client import TREE, Client
from quancheng.security.pki.tests.outside import Outside
from quancheng.security.pmi import public as pmi

OFFICER = pmi.Actor(
    id="staff:1",
    name="管理员",
    kind="staff",
    grants=tuple(pmi.Grant(f"pki.acme-key.{verb}") for verb in ("create", "read", "withdraw")),
)
CODE, NAME = "370100-spfw", "济南市行政审批服务局"


@pytest.fixture
def site(monkeypatch, tmp_path):
    """An empty data folder whose site improvises its authorities; returns the folder of the PKI."""
    monkeypatch.setenv("QC_DATA", str(tmp_path / "data"))
    kernel.data_dir.cache_clear()
    yield tmp_path / "data" / "pki"
    kernel.data_dir.cache_clear()


@pytest.fixture
def seal(site, db):
    """The signer of an organisation's seal."""
    pki.ensure_organisation_seal(CODE, NAME)
    return pki.organisation_signer(CODE)


class OpenSsl:
    """Runs openssl in a folder that holds `roots.pem` and `chain.pem`."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, *arguments, **files):
        """Write `files`, run openssl and return its process."""
        for name, content in files.items():
            (self.folder / name).write_bytes(content)
        return subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=False)

    def makes(self, name, *arguments, **files):
        """Run openssl and return the file `name` that it makes."""
        done = self(*arguments, "-out", name, **files)
        assert done.returncode == 0, done.stderr
        return (self.folder / name).read_bytes()


@pytest.fixture
def openssl(tmp_path, site, db):
    """openssl with this site's roots."""
    folder = tmp_path / "openssl"
    folder.mkdir()
    (folder / "roots.pem").write_text("".join(pki.trusted_roots()))
    (folder / "chain.pem").write_bytes(certificates.pem(pki.zone_signer().chain[0]))
    return OpenSsl(folder)


@pytest.fixture
def shown(tmp_path):
    """A web server that shows what is put into the dictionary, by path, and the files in its "folder"."""
    found = {"folder": tmp_path / "web"}
    found["folder"].mkdir()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            file = found["folder"] / self.path.rpartition("/")[2]
            content = file.read_text() if file.is_file() else found.get(self.path)
            self.send_response(200 if content else 404)
            self.end_headers()
            self.wfile.write((content or "").encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found["port"] = server.server_address[1]
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def names(tmp_path):
    """The file of names: returns a function that writes it."""
    path = tmp_path / "names.json"

    def write(**records):
        path.write_text(json.dumps({"A": {f"{host}.{TREE}": ["127.0.0.1"] for host in "abc"}} | records))
        return path

    write()
    return write


@pytest.fixture
def server(site, names, shown, monkeypatch):
    """A site that proves names by the file and asks the loopback alone; returns the leave of an officer's key."""
    found = config.Config(
        passphrase="secret",
        acme_zone_file=str(names()),
        acme_networks="127.0.0.0/8",
        acme_http_port=shown["port"],
    )
    monkeypatch.setattr(config, "settings", lambda: found)
    return pki.create_acme_key(actor=OFFICER, code="370100-sjj", name="大数据局", trees=[TREE], at=datetime.now(UTC))


@pytest.fixture
def device(server, client):
    """An ACME client with an account."""
    return Client(client, server)


@pytest.fixture(scope="session")
def outsider(tmp_path_factory):
    return Outside(tmp_path_factory.mktemp("outside"))


@pytest.fixture
def uses(monkeypatch, site, outsider):
    """Returns a function that sets the address of the second authority, and more."""
    known = config.settings()

    def use(url, **wishes):
        standard = {"second_tsa_url": url, "second_tsa_certificates": str(outsider.root)}
        found = replace(known, **{**standard, **wishes})
        monkeypatch.setattr(config, "settings", lambda: found)

    return use

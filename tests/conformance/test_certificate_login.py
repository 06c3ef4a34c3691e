"""Signing in with a certificate through a real nginx, with the configuration that we hand out."""

import datetime
import re
import shutil
import socket
import ssl
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.cache import cache
from django.utils import timezone

from quancheng.kernel import config as kernel
from quancheng.security.identity.actions import proofs
from quancheng.security.identity.adapters import certificates
from quancheng.security.identity.models import CertificateBinding, Session
from quancheng.security.identity.tests.factories import proven, staff
from quancheng.security.pki import public as pki
from quancheng.security.pki.models import Authority, Certificate
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is absent: run scripts/setup.sh test"),
]
ROOT = Path(__file__).resolve().parents[2]
PAGE = "/identity/certificate/"
SECRET = "change-me-change-me-change-me-change-me"
OFFICER = pmi.Actor(
    id="account:officer", name="安全员", kind="staff",
    grants=tuple(pmi.Grant(name) for name in ("pki.enrolment.approve", "pki.certificate.revoke")),
)  # fmt: skip


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """A data folder of its own, whose site improvises its authorities."""
    cache.clear()
    monkeypatch.setenv("QC_DATA", str(tmp_path / "data"))
    kernel.data_dir.cache_clear()
    yield tmp_path
    kernel.data_dir.cache_clear()


def write_key(path, key):
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def server_certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + datetime.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "work.crt").write_bytes(made.public_bytes(Encoding.PEM))
    write_key(folder / "work.key", key)


class Card:
    """A person's certificate and key, as files."""

    def __init__(self, folder, name, *, profile="person-signature"):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
        asked = pki.request_certificate(
            actor=pmi.service_actor("pki"), profile=profile, code=f"person-{name}", name=name,
            csr=csr.public_bytes(Encoding.PEM), at=timezone.now(),
        )  # fmt: skip
        if profile == "person-signature":
            pki.approve_certificate(actor=OFFICER, enrolment_id=asked.id, at=timezone.now())
        self.row = Certificate.objects.filter(subject_code=f"person-{name}").latest("pk")
        self.pem = x509.load_der_x509_certificate(bytes(self.row.der)).public_bytes(Encoding.PEM)
        self.files = folder / f"{name}.crt", write_key(folder / f"{name}.key", key)
        self.files[0].write_bytes(self.pem)

    def revoke(self):
        pki.revoke(actor=OFFICER, serial=self.row.serial, reason="keyCompromise", at=timezone.now())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def proxy(folder, live_server, monkeypatch):
    """nginx with our example, changed only where the example says so; returns the two addresses."""
    monkeypatch.setattr(certificates, "config", replace(certificates.config, proxy_secret=SECRET))
    pki.zone_signer()
    server_certificate(folder)
    authorities = [bytes(row.der) for row in Authority.objects.all()]
    pems = [x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode() for der in authorities]
    (folder / "authorities.pem").write_text("".join([*pki.trusted_roots(), *pems]))
    plain, cards = free_port(), free_port()
    text = (ROOT / "deploy" / "nginx" / "intranet.conf").read_text()
    text = text.replace("127.0.0.1:8002", live_server.url.removeprefix("http://")).replace(
        "/etc/quancheng", str(folder)
    )
    text = text.replace("listen 443", f"listen 127.0.0.1:{plain}").replace("listen 8443", f"listen 127.0.0.1:{cards}")
    text = text.replace("work.city.example", "localhost").replace("https://$host", f"https://$host:{plain}")
    (folder / "site.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} "
        f"http {{ access_log off; {temporary} include {folder}/site.conf; }}"
    )
    nginx = subprocess.Popen(
        ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(cards)
        yield f"https://localhost:{plain}", f"https://localhost:{cards}"
    finally:
        nginx.terminate()
        nginx.wait(10)


def wait_for(port):
    for _try in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx does not answer")


def browser(folder, card=None):
    context = ssl.create_default_context(cafile=folder / "work.crt")
    if card:
        context.load_cert_chain(*card.files)
    return httpx.Client(verify=context, headers={"Accept": "text/html"})


def press(client, page, **fields):
    """Press the page's button, with its token."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    data = {"csrfmiddlewaretoken": token[1] if token else "", "next": "/identity/", **fields}
    return client.post(page.url, data=data, headers={"Referer": str(page.url)})


@pytest.fixture
def clerk():
    return staff("clerk")


@pytest.fixture
def card(folder, clerk):
    return Card(folder, clerk.name)


def bind(clerk, card):
    keeper = proven(staff("keeper", privileges=("identity.certificate.bind",), organisation="370100"))
    return proofs.bind_certificate(actor=keeper, account_id=clerk.pk, certificate=card.pem, at=timezone.now())


def test_a_person_s_certificate_signs_in_at_the_highest_level_and_on_both_ports(proxy, folder, clerk, card):
    site, cards = proxy
    bind(clerk, card)
    with browser(folder, card) as client:
        page = client.get(cards + PAGE)
        assert clerk.name in page.text

        answer = press(client, page)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/identity/")
        there = client.get(cards + "/identity/")
        assert there.headers["Location"].startswith(site)

        assert clerk.name in client.get(there.headers["Location"]).text
    assert Session.objects.get(account=clerk).assurance == 3
    assert CertificateBinding.objects.get().used_at
    entry = trail.entries(subject=clerk.actor_id, action="identity.session.open").items[0]
    assert (entry.outcome, entry.detail["serial"]) == ("done", card.row.serial)


def test_curl_reaches_the_same_page_with_the_same_card(proxy, folder, clerk, card):
    bind(clerk, card)
    crt, key = card.files

    done = subprocess.run(
        ["curl", "-sS", "--cacert", folder / "work.crt", "--cert", crt, "--key", key, proxy[1] + PAGE],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip

    assert clerk.name in done.stdout


def test_no_certificate_signs_nobody_in(proxy, folder):
    with browser(folder) as client:
        page = client.get(proxy[1] + PAGE)

        assert "csrfmiddlewaretoken" not in page.text
        assert press(client, client.get(proxy[0] + "/accounts/login/")).status_code == 200


def test_a_revoked_certificate_is_refused_from_the_next_click_on(proxy, folder, clerk, card):
    bind(clerk, card)
    with browser(folder, card) as client:
        page = client.get(proxy[1] + PAGE)
        card.revoke()

        assert press(client, page).status_code == 400
    assert not Session.objects.filter(account=clerk).exists()
    assert trail.entries(action="identity.session.open").items[0].outcome == "identity.bad-certificate"


def test_a_good_certificate_that_is_bound_to_nobody_opens_nothing(proxy, folder, card):
    with browser(folder, card) as client:
        assert press(client, client.get(proxy[1] + PAGE)).status_code == 400
    assert trail.entries(action="identity.session.open").items[0].outcome == "identity.not-bound"


def test_a_device_s_certificate_is_no_person_s(proxy, folder, clerk):
    device = Card(folder, clerk.name, profile="device")

    with browser(folder, device) as client:
        assert clerk.name not in client.get(proxy[1] + PAGE).text


@pytest.mark.parametrize("way", ["plain port", "card port", "past nginx"])
def test_headers_that_a_browser_makes_up_are_never_believed(proxy, folder, clerk, card, live_server, way):
    bind(clerk, card)
    base = {"plain port": proxy[0], "card port": proxy[1], "past nginx": live_server.url}[way]
    secret = "a guess" if way == "past nginx" else SECRET
    forged = {
        "X-Proxy-Secret": secret, "X-Client-Verify": "SUCCESS",
        "X-Client-Certificate": card.pem.decode().replace("\n", "%0A"),
    }  # fmt: skip
    with browser(folder) as client:
        client.headers.update(forged)
        page = client.get(base + PAGE)

        assert clerk.name not in page.text
        assert "csrfmiddlewaretoken" not in page.text
    assert not Session.objects.filter(account=clerk).exists()
    if way == "past nginx":
        assert trail.entries(action="identity.session.open").items[0].outcome == "identity.not-from-the-proxy"


def test_the_page_lets_browsers_follow_the_sign_in_to_the_site_s_own_port(proxy, folder, clerk, card):
    with browser(folder, card) as client:
        policy = client.get(proxy[1] + PAGE).headers["Content-Security-Policy"]

    assert "form-action 'self' https://localhost:*" in policy


def test_the_site_learns_of_tls_on_each_way_that_our_nginx_opens():
    text = (ROOT / "deploy" / "nginx" / "intranet.conf").read_text()

    # nginx takes the headers of the server where a place has none of its own.
    for server in text.split("\nserver {")[1:]:
        head, *places = re.split(r"\n    location ", server)
        for place in (place for place in places if "proxy_pass " in place):
            said = place if "proxy_set_header" in place else head
            assert "proxy_set_header X-Forwarded-Proto $scheme;" in said, place


@pytest.mark.parametrize(("place", "megabytes"), [("/documents-of-all/", 129), ("/documents/uploads/", 4101)])
def test_more_than_the_site_takes_is_refused_in_words_before_it_is_sent(proxy, folder, place, megabytes):
    from http.client import HTTPSConnection
    from urllib.parse import urlsplit

    context = ssl.create_default_context(cafile=folder / "work.crt")
    line = HTTPSConnection(urlsplit(proxy[0]).netloc, context=context, timeout=20)
    line.putrequest("POST", place)
    line.putheader("Content-Length", str(megabytes * 2**20))
    line.endheaders()
    answer = line.getresponse()

    assert (answer.status, "提交的内容过大" in answer.read().decode()) == (413, True)
    line.close()


def test_a_file_of_some_megabytes_reaches_the_site(proxy, folder):
    with browser(folder) as client:
        answer = client.post(proxy[0] + "/documents/uploads/", content=bytes(8 * 2**20))

    assert answer.status_code not in {413, 502}

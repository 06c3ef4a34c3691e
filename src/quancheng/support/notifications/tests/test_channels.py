"""The gateways against real servers on this machine, and the fake beside them."""

import json
import threading
from base64 import urlsafe_b64decode
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core import mail
from joserfc import jwt
from joserfc.jwk import ECKey

from quancheng.support.notifications import adapters
from quancheng.support.notifications.adapters import (
    Down,
    FileGateway,
    JsonGateway,
    Never,
    NotNow,
    Outgoing,
    SmtpGateway,
    http,
)
from quancheng.support.notifications.adapters.encryption import LONGEST, encoded, encrypt, point, unpadded
from quancheng.support.notifications.adapters.push import PushGateway, is_push_service, payload, public_key
from quancheng.support.notifications.models import PushSubscription
from quancheng.support.notifications.tests.factories import NOON

MESSAGE = Outgoing(id="0b9e0c5e-7c4f-4b62-9a52-6a1f2c3d4e5f", to="13800000001", subject="已\n受理", text="您好")


@contextmanager
def server(*answers, before=lambda: None, endless=b""):
    """Run a server that answers POSTs with these statuses, the last one for good; yield its address and what it got.

    `before` is called between taking a request and answering it; the answer is `endless` again and again, if given.
    """
    got, waiting, sent = [], list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers.items()), body))
            before()
            self.send_response(waiting.pop(0) if len(waiting) > 1 else waiting[0])
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Encoding", "gzip" if endless else "identity")
            if not endless:
                self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")
            with suppress(OSError):
                while endless:
                    self.wfile.write(endless)
                    sent.append(len(endless))

        def log_message(self, *_all):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{made.server_port}", got
        finally:
            made.shutdown()
            thread.join()
        assert sum(sent) < 2**26, "the gateway was listened to without end"


class TestMail:
    @pytest.fixture(params=["smtp", "file"])
    def sent(self, request, tmp_path):
        """Send one letter through each gateway and return what arrived."""
        letter = replace(MESSAGE, to="mei@example.com")
        if request.param == "file":
            assert FileGateway(tmp_path).send(letter) == "sent"
            return message_from_bytes(next(tmp_path.glob("*.eml")).read_bytes(), policy=default)
        assert SmtpGateway().send(letter) == "sent"
        return message_from_bytes(mail.outbox[0].message().as_bytes(), policy=default)

    def test_keeps_the_message_id_and_the_text(self, sent):
        assert sent["Message-ID"] == f"<{MESSAGE.id}@quancheng.example>"
        assert sent["Subject"] == "已 受理"
        assert sent.get_content().strip() == "您好"

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            ("SMTPRecipientsRefused({'a@b.cn': (550, b'no such mailbox')})", Never),
            ("SMTPRecipientsRefused({'a@b.cn': (450, b'busy')})", NotNow),
            ("SMTPDataError(554, b'spam')", Never),
            ("SMTPDataError(451, b'later')", NotNow),
            ("SMTPConnectError(421, b'later')", Down),
            ("SMTPAuthenticationError(535, b'who are you')", Down),
            ("SMTPServerDisconnected('gone')", Down),
        ],
    )
    def test_tells_what_is_wrong_with_the_receiver_from_what_is_wrong_with_the_server(
        self, monkeypatch, error, expected
    ):
        import smtplib

        from django.core.mail.backends.locmem import EmailBackend

        failure = eval(f"smtplib.{error}", {"smtplib": smtplib})

        def refuse(_self, _messages):
            raise failure

        monkeypatch.setattr(EmailBackend, "send_messages", refuse)

        with pytest.raises(expected) as refused:
            SmtpGateway().send(replace(MESSAGE, to="a@b.cn"))

        assert type(refused.value) is expected


class TestJsonGateway:
    def test_is_given_the_id_twice_over_and_the_token(self):
        with server(202) as (url, got):
            assert JsonGateway(url=url, token="secret").send(MESSAGE) == "pending"

        ((headers, body),) = got
        assert json.loads(body) == {"id": MESSAGE.id, "to": "13800000001", "text": "您好"}
        assert (headers["Idempotency-Key"], headers["Authorization"]) == (MESSAGE.id, "Bearer secret")

    def test_may_call_its_fields_otherwise(self):
        with server(200) as (url, got):
            JsonGateway(url=url, fields=("to=mobile", "text=content")).send(MESSAGE)

        assert json.loads(got[0][1]) == {"id": MESSAGE.id, "mobile": "13800000001", "content": "您好"}

    @pytest.mark.parametrize(
        ("status", "expected"),
        [(400, Never), (422, Never), (410, Never), (409, NotNow), (408, NotNow),
         (401, Down), (404, Down), (429, Down), (500, Down), (503, Down), (302, Down)],
    )  # fmt: skip
    def test_answers_are_about_the_message_or_about_the_gateway(self, status, expected):
        with server(status) as (url, _got), pytest.raises(expected) as refused:
            JsonGateway(url=url).send(MESSAGE)

        assert type(refused.value) is expected

    @pytest.mark.parametrize(("status", "refused"), [(200, None), (400, Never), (500, Down)])
    def test_that_never_stops_talking_is_cut_short(self, status, refused):
        with server(status, endless=b"0123456789" * 1000) as (url, got):
            gateway, caught = JsonGateway(url=url), pytest.raises(refused) if refused else nullcontext()
            with caught:
                gateway.send(MESSAGE)

        assert len(got) == 1

    def test_that_trickles_is_not_waited_for_longer_than_any(self, monkeypatch):
        clock = iter((0.0, 1.0, 100.0))
        monkeypatch.setattr(http, "time", SimpleNamespace(monotonic=lambda: next(clock)))
        monkeypatch.setattr(http, "LONGEST", 2**40)
        with server(200, endless=b"." * 1000) as (url, _got):
            assert JsonGateway(url=url).send(MESSAGE) == "pending"

        assert next(clock, None) is None

    @pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[", "", "nonsense"])
    def test_that_is_not_there_is_down(self, url):
        with pytest.raises(Down):
            JsonGateway(url=url).send(MESSAGE)


class TestEncryption:
    """RFC 8291, appendix A."""

    def test_gives_the_example_of_the_standard(self):
        number = int.from_bytes(unpadded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")

        made = encrypt(
            b"When I grow up, I want to be a watermelon",
            p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            auth="BTBZMqHH6r4Tts7J_aSIgg",
            own=ec.derive_private_key(number, ec.SECP256R1()),
            salt=unpadded("DGv6ra1nlYgDCS1FRnbzlw"),
        )

        assert encoded(made) == (
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK"
            "6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        )

    def test_fills_no_more_than_a_push_service_must_take(self):
        browser = Browser()

        assert len(encrypt(b"x" * LONGEST, p256dh=browser.p256dh, auth=browser.auth)) == 4096
        with pytest.raises(ValueError, match="3993"):
            encrypt(b"x" * (LONGEST + 1), p256dh=browser.p256dh, auth=browser.auth)


class Browser:
    """The other end: has the keys, and reads what arrives, by the standard and not by our code."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"0123456789abcdef"
        self.p256dh, self.auth = encoded(point(self.key.public_key())), encoded(self.secret)

    def read(self, body):
        salt, own, sealed = body[:16], body[21:86], body[86:]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), own))
        info = b"WebPush: info\0" + point(self.key.public_key()) + own
        material = self._derived(shared, self.secret, info, 32)
        key = self._derived(material, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = self._derived(material, salt, b"Content-Encoding: nonce\0", 12)
        return json.loads(AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x02"))

    def _derived(self, secret, salt, info, length):
        return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


@pytest.mark.django_db
class TestPush:
    def subscribed(self, mei, url, browser=None):
        browser = browser or Browser()
        row = PushSubscription.objects.create(
            account_id=mei, endpoint=f"{url}/push/1", p256dh=browser.p256dh, auth=browser.auth, made_at=NOON
        )
        return replace(MESSAGE, to=str(row.pk), url="/hall/1/", urgent=True)

    def test_reaches_the_browser_which_alone_can_read_it(self, mei, set_up):
        browser = Browser()
        with server(201) as (url, got):
            set_up(push="on", push_hosts=(url,))
            state = PushGateway().send(self.subscribed(mei, url, browser))

        ((headers, body),) = got
        assert state == "sent"
        assert browser.read(body) == {"id": MESSAGE.id, "title": "已\n受理", "text": "您好", "url": "/hall/1/"}
        assert (headers["Content-Encoding"], headers["Urgency"]) == ("aes128gcm", "high")
        assert headers["Topic"] == MESSAGE.id.replace("-", ""), "handed over twice, the second takes the first's place"

    def test_shows_the_push_service_who_we_are(self, mei, set_up):
        with server(201) as (url, got):
            set_up(push="on", push_hosts=(url,))
            PushGateway().send(self.subscribed(mei, url))

        token, key = (part.split("=", 1)[1] for part in got[0][0]["Authorization"].removeprefix("vapid ").split(", "))
        raw = urlsafe_b64decode(key + "=")
        parts = {"kty": "EC", "crv": "P-256", "x": encoded(raw[1:33]), "y": encoded(raw[33:])}
        claims = jwt.decode(token, ECKey.import_key(parts), algorithms=["ES256"]).claims
        assert (claims["aud"], key) == (url, public_key())
        assert claims["sub"].startswith("mailto:")

    @pytest.mark.parametrize("status", [404, 410])
    def test_forgets_a_browser_that_has_withdrawn(self, mei, set_up, status):
        with server(status) as (url, _got):
            set_up(push="on", push_hosts=(url,))
            with pytest.raises(Never):
                PushGateway().send(self.subscribed(mei, url))

        assert not PushSubscription.objects.exists()

    def test_calls_nothing_that_is_no_push_service_of_the_settings(self, mei, set_up):
        with server(201) as (url, got):
            set_up(push="on", push_hosts=("fcm.googleapis.com",))
            with pytest.raises(Never):
                PushGateway().send(self.subscribed(mei, url))

        assert got == []

    def test_cuts_a_long_text_to_what_a_notice_holds(self):
        content = payload(replace(MESSAGE, text="长" * 5000))

        assert len(content) <= LONGEST
        assert json.loads(content)["text"].startswith("长长")


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evilpush.services.mozilla.com.example/x", False),
        ("https://someone@fcm.googleapis.com/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1/x", False),
        ("https://fcm.googleapis.com:x/", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_push_services_of_the_settings_are_called(endpoint, known):
    assert is_push_service(endpoint) is known


@pytest.mark.parametrize(
    ("wanted", "channel", "expected"),
    [
        ({"mail": "off"}, "email", type(None)), ({"mail": "smtp"}, "email", SmtpGateway),
        ({"mail": "file"}, "email", FileGateway), ({}, "sms", type(None)),
        ({"sms": "http", "sms_url": "http://127.0.0.1:1/"}, "sms", JsonGateway),
        ({"voice": "file"}, "voice", FileGateway), ({"push": "on"}, "push", PushGateway),
    ],
)  # fmt: skip
def test_the_settings_name_the_gateways(set_up, wanted, channel, expected):
    set_up(**wanted)

    assert type(adapters.gateway(channel)) is expected

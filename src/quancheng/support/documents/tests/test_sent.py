"""How much may be sent at once, and from one address in an hour."""

import errno
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from quancheng.security.identity.tests.factories import staff
from quancheng.support.documents import middleware
from quancheng.support.documents.middleware import TooMuch, TooMuchInAnHour, Uploads

pytestmark = pytest.mark.django_db
PAGE = "/pki/verify/"


@pytest.fixture(autouse=True)
def small(monkeypatch, settings, tmp_path):
    """Limits that a test reaches: 10 kB with a form, 10 kB an hour."""
    cache.clear()
    monkeypatch.setattr(middleware, "AROUND", 0)
    set_limits(monkeypatch, largest_form_bytes=10 * 1024, anonymous_bytes_an_hour=10 * 1024)
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    yield tmp_path
    assert not list(tmp_path.iterdir()), "something stayed in the temporary folder"
    cache.clear()


def set_limits(monkeypatch, **limits):
    monkeypatch.setattr(middleware, "config", replace(middleware.config, **limits))


def send(client, size, **more):
    return client.post(PAGE, {"document": SimpleUploadedFile("paper.pdf", bytes(size))}, **more)


def said(answer):
    return answer.status_code, answer.content.decode()


def test_a_form_with_too_much_is_refused_in_words_and_leaves_nothing():
    status, html = said(send(Client(), 11_000))

    assert (status, str(TooMuch(limit=0)) in html, "<h1" in html) == (413, True, True)


@pytest.mark.parametrize("size", [11_000, 30_000])
def test_too_much_is_said_the_same_however_much_it_is_and_with_the_check_of_tokens(size):
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/")
    request = RequestFactory().get("/")
    request.META["CSRF_COOKIE"] = next(
        cookie.value for name, cookie in client.cookies.items() if name.endswith("_csrf")
    )
    token = get_token(request)

    answer = client.post(PAGE, {"csrfmiddlewaretoken": token, "document": SimpleUploadedFile("paper.pdf", bytes(size))})

    assert answer.status_code == 413


def test_staff_may_send_more_with_a_form(client):
    client.force_login(staff("clerk"))

    assert send(client, 11_000).status_code != 413


def test_an_address_that_sent_too_much_in_an_hour_waits_and_others_do_not():
    statuses = [send(Client(), 4_000, REMOTE_ADDR="192.0.2.1").status_code for _time in range(3)]
    status, html = said(send(Client(), 4_000, REMOTE_ADDR="192.0.2.1"))
    other = send(Client(), 4_000, REMOTE_ADDR="192.0.2.2").status_code

    assert (statuses[0], statuses[2], status, other == statuses[0]) == (200, 429, 429, True)
    assert str(TooMuchInAnHour(limit=0)) in html


def test_who_is_signed_in_is_not_counted(client, monkeypatch):
    client.force_login(staff("clerk"))

    assert {send(client, 4_000).status_code for _time in range(4)} & {429} == set()


def test_a_disk_without_room_is_said_before_a_byte_is_written(monkeypatch):
    monkeypatch.setattr(middleware, "ROOM_LEFT", 2**60)

    status, html = said(send(Client(), 100))

    assert (status, "paper.pdf" in html) == (507, True)


def test_a_disk_that_fills_up_is_said(monkeypatch):
    def full(self, raw_data, start):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Uploads.__mro__[1], "receive_data_chunk", full)

    assert send(Client(), 100).status_code == 507


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_more_text_than_a_form_holds_is_refused_in_words(settings, kind):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    text = "x" * 2000
    part = f'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n{text}\r\n--b--\r\n'
    body = f"a={text}" if kind.endswith("encoded") else part

    answer = Client().post(PAGE, body, content_type=kind)

    assert (answer.status_code, str(TooMuch(limit=0)) in answer.content.decode()) == (413, True)


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "٣", "9" * 40, "0x10", "1, 1"])
@pytest.mark.parametrize("place", ["/", "/api/crypto/sign/", "/pki/ocsp/", "/acme/new-order", "/pki/timestamp/"])
def test_a_length_that_is_no_number_is_a_bad_request_anywhere(place, length):
    answer = Client(raise_request_exception=False).generic("POST", place, b"x", CONTENT_LENGTH=length)

    assert (answer.status_code, "Content-Length" in answer.content.decode()) == (400, True)

"""Whatever is sent, nothing breaks: each bad request gets an answer that says no, and leaves nothing half-done."""

import errno
import os
from http import HTTPStatus
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.kernel import config
from quancheng.project.errand.papers import pdf
from quancheng.support.documents.models import StoredFile
from quancheng.systems.hall.models import Draft, Submission
from tests.security import routes
from tests.security.city import OWNER
from tests.security.conftest import forgotten, read_to_the_end
from tests.security.test_http import html_of

pytestmark = pytest.mark.django_db

OURS = [route for route in routes.every() if not route.path({}).startswith("/cms/")]
EVERYBODY = (OWNER, "lead", "window", "market-food", "admin", "auditor", "registry")
BAD = {
    "no number": "x",
    "huge": "9" * 40,
    "beyond int": str(2**63),
    "too many digits": "9" * 5000,
    "negative": "-1",
    "zero": "0",
    "other digits": "٣²",
    "NUL": "\0",
    "long": "长" * 5000,
    "traversal": "../../../../etc/passwd",
    "half a surrogate": "\ud800".encode("utf-16", "surrogatepass").decode("latin-1"),
    "SQL": "' OR 1=1 --",
    "template": "{{7*7}}${7*7}%s%(x)s",
    "unknown uuid": "00000000-0000-4000-8000-000000000000",
    "digest": "0" * 64,
}
NAMES = (
    "q",
    "page",
    "state",
    "search",
    "status",
    "rule",
    "start",
    "n",
    "unit",
    "number",
    "code",
    "next",
    "subject",
    "at",
)


def broken(answer):
    """Tell whether an answer is a fault of ours; what is streamed is read to its end."""
    read_to_the_end(answer)
    return answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR


@pytest.fixture(scope="module")
def desks(built):
    """Each of our routes with its address and the browser of somebody who may open it: beyond the door it can break."""
    things, browsers = routes.things(built), [built.browser(username) for username in EVERYBODY]
    found = []
    for route in OURS:
        path = route.path(things)
        opening = (browser for browser in browsers if browser.get(path).status_code < HTTPStatus.BAD_REQUEST)
        posting = (browser for browser in browsers if browser.post(path).status_code != HTTPStatus.FORBIDDEN)
        with forgotten():
            is_post = hasattr(route.view, "post") and not hasattr(route.view, "get")
            found.append((route, path, next(posting if is_post else opening, browsers[0])))
    return found


@pytest.mark.parametrize("kind", routes.walks(BAD, ["no number", "NUL", "too many digits"]))
def test_a_bad_part_of_an_address_never_breaks(city, desks, kind):
    things, found = routes.things(city), []
    for route, _path, browser in desks:
        for place, _kind in route.places:
            path = route.path(things | {(route.view.__name__, place): quote(BAD[kind])})
            with forgotten():
                found += [path[:150]] if broken(browser.get(path)) else []

    assert found == []


NUMBERS = ("huge", "too many digits", "negative", "other digits")
TEXTS = ("NUL", "long", "half a surrogate", "template")


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (NAMES, "no number"),
        *(pytest.param(NAMES, kind, marks=pytest.mark.heavy) for kind in ("too many digits", "NUL")),
        *(pytest.param(("page",), kind, marks=pytest.mark.heavy) for kind in NUMBERS),
        *(pytest.param(("q",), kind, marks=pytest.mark.heavy) for kind in TEXTS),
    ],
)
def test_a_bad_question_never_breaks(city, desks, kind, names):
    found = []
    for route, path, browser in desks:
        if hasattr(route.view, "get"):
            with forgotten():
                found += [path] if broken(browser.get(path, dict.fromkeys(names, BAD[kind]))) else []

    assert found == []


def fields_of(browser, path):
    """Return the names of the fields of a page's forms."""
    page = html_of(browser.get(path))
    forms = page.find_all("form") if page else []
    kinds = ["input", "select", "textarea"]
    return {field["name"] for form in forms for field in form.find_all(kinds, attrs={"name": True})}


KINDS = ("no number", "too many digits", "NUL", "unknown uuid")


@pytest.mark.parametrize("kind", routes.walks(KINDS, ["NUL"]))
def test_bad_and_doubled_fields_never_break_a_form(city, desks, kind):
    found = []
    for route, path, browser in desks:
        if hasattr(route.view, "post"):
            with forgotten():
                names = {*NAMES, *fields_of(browser, path), "part", "task", "wish", "item", "reasons", "outcome"}
                found += [path] if broken(browser.post(path, {name: [BAD[kind]] * 2 for name in names})) else []

    assert found == []


def test_a_form_without_its_fields_never_breaks(city, desks):
    found = []
    for route, path, browser in desks:
        if hasattr(route.view, "post"):
            with forgotten():
                found += [path] if broken(browser.post(path)) else []

    assert found == []


PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a'
BASE64 = b'--x\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="a"\r\n\r\n%%%\r\n--x--'
MALFORMED = [
    ("multipart/form-data; boundary=x", PART),
    ("multipart/form-data", b"nothing of the kind"),
    ("multipart/form-data; boundary=" + "x" * 300, b"--"),
    ("multipart/form-data; boundary=x", BASE64),
    ("application/json", b"{"),
    ("application/x-www-form-urlencoded", b"%ff%fe=%00&a" * 50),
    ("application/x-www-form-urlencoded; charset=nonsense", b"a=1"),
    ("application/x-www-form-urlencoded", b"a=1&" * 2000),
    ("application/timestamp-query", b"\x30\x82"),
    ("", b""),
]


@pytest.mark.parametrize("number", routes.walks(range(len(MALFORMED)), [0, 4]))
def test_a_malformed_body_never_breaks(city, desks, number):
    (kind, body), found = MALFORMED[number], []
    for route, path, browser in desks:
        if hasattr(route.view, "post"):
            with forgotten():
                found += [path] if broken(browser.generic("POST", path, body, content_type=kind)) else []

    assert found == []


CITY_IS_SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
FIELDS = ("shop_name", "area", "seats", "opening_date", "mobile", "district", "go", "statement")


@settings(max_examples=25, deadline=None, suppress_health_check=CITY_IS_SHARED)
@given(values=st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=40)))
def test_whatever_is_typed_into_the_form_is_kept_or_answered(city, values):
    browser = city.browser(OWNER)
    with forgotten():
        for page in (1, 2, 3):
            assert not broken(browser.post(f"{city.draft}form/{page}/", values))
        assert not broken(browser.get(f"{city.draft}check/"))


class TestUploads:
    def test_sixty_megabytes_are_refused_with_a_sentence(self, city):
        browser, before = city.browser(OWNER), StoredFile.objects.count()
        for address, code in ((f"{city.draft}materials/", material(browser, city)), ("/hall/verify/file/", "")):
            large = SimpleUploadedFile("large.pdf", b"%PDF-1.7\n" + bytes(60 * 2**20), "application/pdf")

            answer = browser.post(address, {"code": code, "file": large})

            assert answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
            assert "20 MB" in html_of(answer).find("main").get_text()
        assert StoredFile.objects.count() == before

    def test_a_form_of_many_megabytes_is_refused_without_a_fault(self, city):
        answer = city.browser(OWNER).post(f"{city.draft}form/2/", {"shop_name": "长" * 3_000_000})

        assert answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}

    @pytest.mark.parametrize("place", ["fsync", "write"])
    def test_a_full_disk_is_said_and_leaves_nothing_half_written(self, city, monkeypatch, place):
        browser, rows, held = city.browser(OWNER), StoredFile.objects.count(), kept_files()
        code, files = material(browser, city), draft_of(city).files

        fill_the_disk(monkeypatch, place)
        answer = browser.post(f"{city.draft}materials/", {"code": code, "file": paper("full disk")})
        monkeypatch.undo()

        assert answer.status_code in {HTTPStatus.INSUFFICIENT_STORAGE, HTTPStatus.BAD_REQUEST}
        assert html_of(answer).find(role="alert").get_text(strip=True)
        assert (StoredFile.objects.count(), kept_files(), draft_of(city).files) == (rows, held, files)

        again = browser.post(f"{city.draft}materials/", {"code": code, "file": paper("full disk")})
        assert again.status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("moment", ["tempfile.mkstemp", "written"])
def test_a_full_folder_of_uploads_is_said_before_the_form_is_looked_at(city, monkeypatch, moment):
    browser, files = city.browser(OWNER), draft_of(city).files
    code = material(browser, city)

    def full(*_args, **_wishes):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if moment == "written":
        monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.write", full, raising=False)
    else:
        monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", full)
    answer = browser.post(f"{city.draft}materials/", {"code": code, "file": paper("no room")})
    monkeypatch.undo()

    assert answer.status_code == HTTPStatus.INSUFFICIENT_STORAGE
    assert "paper.pdf" in html_of(answer).find(role="alert").get_text()
    assert draft_of(city).files == files


def material(browser, city):
    """Return the code of the first material that the draft needs."""
    return html_of(browser.get(f"{city.draft}materials/")).find("input", attrs={"name": "code"})["value"]


def paper(line):
    return SimpleUploadedFile("paper.pdf", pdf(line), "application/pdf")


def draft_of(city):
    return Draft.objects.get(pk=city.things["hall", "draft_id"])


def kept_files():
    folder = config.data_dir() / "documents"
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def fill_the_disk(monkeypatch, place):
    """Let the documents' store find the disk full, when it writes or when it makes durable."""
    from quancheng.support.documents.actions import keeping

    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if place == "fsync":
        monkeypatch.setattr(keeping.os, "fsync", full)
    else:
        whole = keeping.adapters.draft

        def draft(folder):
            file = whole(folder)
            file.write = full
            return file

        monkeypatch.setattr(keeping.adapters, "draft", draft)


class TestTwice:
    def test_sending_the_application_twice_lodges_it_once(self, city):
        before = Submission.objects.count()
        browser, address = city.browser("zhangwei"), f"{city.waiting.draft}check/"

        answers = [browser.post(address, {"confirmed": "1"}) for _time in range(3)]

        assert {answer["Location"] for answer in answers} == {f"{city.waiting.submission}receipt/"}
        assert Submission.objects.count() == before

    def test_deciding_twice_is_refused_with_a_sentence(self, city):
        address = f"{city.finished.case}do/decide/"
        answer = city.browser("chief").post(address, {"outcome": "refuse", "reasons": "改变主意"})

        assert answer.status_code == HTTPStatus.CONFLICT
        assert html_of(answer).find(role="alert").get_text(strip=True)

    def test_accepting_twice_is_refused_with_a_sentence(self, city):
        address, browser = f"{city.waiting.case}do/accept/", city.browser("window")

        assert browser.post(address, {"comment": ""}).status_code == HTTPStatus.FOUND
        assert browser.post(address, {"comment": ""}).status_code == HTTPStatus.CONFLICT


@pytest.mark.parametrize("where", ["address", "question", "field"])
def test_what_is_no_text_is_refused_with_a_sentence(city, where):
    browser = city.browser(OWNER)
    ask = {
        "address": lambda: browser.get("/hall/verify/%00/"),
        "question": lambda: browser.get("/hall/verify/", {"number": "a\0"}),
        "field": lambda: browser.post(f"{city.draft}form/2/", {"shop_name": "\0"}),
    }

    answer = ask[where]()

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "无法识别的字符" in answer.content.decode()

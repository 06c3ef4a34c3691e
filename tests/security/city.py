"""A sample city in the test's own database: every app's part of it, and one errand driven through the pages."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
from allauth.idp.oidc.models import Client as RegisteredClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from quancheng.centres.catalogue import public as catalogue
from quancheng.centres.exchange.models import Message
from quancheng.kernel import config, tasks
from quancheng.project.errand.restaurant import ACCOUNTS, PASSWORD, OpenRestaurant
from quancheng.project.errand.visitor import LostError, Visitor
from quancheng.project.wsgi import application
from quancheng.security.identity.actions.importing import send_in
from quancheng.security.identity.models import CertificateBinding, Departure
from quancheng.security.pki import public as pki
from quancheng.security.pki.models import Certificate
from quancheng.security.pmi import public as pmi
from quancheng.support.demo import public as demo
from quancheng.support.notifications.models import Message as Letter
from quancheng.systems.hall.models import Submission

HOME = "http://localhost"
OWNER, STRANGER, EDITOR = "wangxiaomei", "zhangwei", "editor"
CITIZENS = (OWNER, STRANGER)
STAFF = (*(name for name, _who, zone in ACCOUNTS if zone == "intranet"), "registry", "security")
ROUNDS = 30


class Neighbour(Visitor):
    """A visitor who talks to the site in this process, so that the page and the test share one transaction."""

    def __init__(self, base: str, name: str) -> None:
        super().__init__(base, name)
        headers = {"Accept-Language": "zh-Hans", "Accept": "text/html"}
        self.client = httpx.Client(
            base_url=HOME, transport=httpx.WSGITransport(application), follow_redirects=True, headers=headers
        )


class Errand(OpenRestaurant):
    """The errand in this process; instead of waiting for the workers it does their rounds."""

    def __init__(self) -> None:
        super().__init__(SimpleNamespace(extranet=SimpleNamespace(url=HOME), intranet=SimpleNamespace(url=HOME)))

    def person(self, username: str) -> Visitor:
        if username not in self.people:
            # All of the city comes from one address here; the lock-out counts by address too and is tested elsewhere.
            cache.clear()
            visitor = Neighbour(HOME, username)
            visitor.sign_in(username, PASSWORD)
            self.people[username] = visitor
        return self.people[username]

    def take_until(self, title: str) -> None:
        """Take the steps before the one whose title begins with `title`."""
        for step in self.steps:
            if step.title.startswith(title):
                return
            self.take(step)

    def start_draft(self) -> str:
        """Start the application with the registries' data asked for, and return the draft's address."""
        start = self.citizen.open(self.citizen.open(self.needs).link("apply"))
        page = self.citizen.submit(start.form("agreed").fill({"agreed": "1"}))
        self.draft = re.findall(r"/hall/draft/[0-9a-f-]{36}/", page.url)[0]
        return self.draft

    def _until(self, look: Any, what: str) -> Any:
        for _round in range(ROUNDS):
            if (seen := look()) is not None:
                return seen
            tasks.run_all()
        raise LostError(f"did {ROUNDS} rounds of the workers for {what}")


class OtherErrand(Errand):
    """The same errand by another citizen."""

    @property
    def citizen(self) -> Visitor:
        return self.person(STRANGER)

    def take_registry_data(self) -> str:
        self.start_draft()
        tasks.run_all()
        return ""


class WaitingCity:
    """The city with an application of the stranger that is written and not yet sent."""

    def __init__(self) -> None:
        demo.build()
        tasks.run_all()
        self.waiting = OtherErrand()
        self.waiting.take_until("提交申请")

    def take_in(self) -> None:
        """Send the application, if that has not been done, and let it reach the window."""
        self.waiting.submit()
        self.waiting.open_case("window")

    def account(self, username: str) -> Any:
        """Return the account's row."""
        return get_user_model().objects.get(username=username)

    def browser(self, username: str = "", **wishes: Any) -> Client:
        """Return a browser in which `username` is signed in; without a name nobody is."""
        browser = Client(HTTP_HOST="localhost", HTTP_ACCEPT="text/html", **wishes)
        # A broken page is an answer to judge (500), not an exception of the test's own.
        browser.raise_request_exception = False
        if username:
            browser.force_login(self.account(username))
        return browser


class City(WaitingCity):
    """The city: a finished errand of the owner, and one of the stranger that waits at the window."""

    def __init__(self) -> None:
        super().__init__()
        self.take_in()
        self.finished = Errand()
        self.finished.take_until("扫码")
        self.draft = self.finished.start_draft()
        self.things = self._things()

    def _things(self) -> dict[tuple[str, str], str]:
        """Return what stands in the addresses' places, by app and place; rows that the model's name tells are left."""
        licence = re.search(r"/hall/verify/([^/]+)/([^/]+)/", self.finished.codes[0])
        submission = Submission.objects.get(pk=_id(self.finished.submission))
        return {
            ("approvals", "application_id"): _id(self.finished.case),
            ("approvals", "code"): submission.service.code,
            ("approvals", "tab"): "timeline",
            ("approvals", "digest"): submission.materials.first().digest,
            ("hall", "code"): submission.service.code,
            ("hall", "draft_id"): _id(self.draft),
            ("hall", "page"): "1",
            ("hall", "submission_id"): _id(self.finished.submission),
            ("hall", "digest"): submission.materials.first().digest,
            ("hall", "number"): licence[1],
            ("Crl", "name"): pki.authorities()[1].name,
            ("VerifyCode", "code"): licence[2],
            ("identity", "code"): "370100-spfw",
            ("pmi", "code"): "auditor",
            ("identity", "account_id"): str(self.account("other").pk),
            ("identity", "secret"): "a-secret-that-nobody-was-sent",
            ("identity", "import_draft_id"): str(self._draft()),
            ("identity", "certificate_binding_id"): str(self._binding()),
            ("identity", "departure_id"): str(self._departure()),
            ("identity", "client_id"): RegisteredClient.objects.first().pk,
            ("identity", "appointment_id"): str(self.account("other").appointments.first().pk),
            ("geography", "code"): "370102",
            ("catalogue", "code"): catalogue.search()[0].code,
            ("pki", "serial"): Certificate.objects.filter(profile="seal").first().serial,
            ("pki", "name"): "root",
            ("pki", "enrolment_id"): str(self._enrolment()),
            ("trail", "path"): _tile(),
            ("exchange", "message_id"): Message.objects.filter(topic="hall.submission-lodged").first().message_id,
            ("notifications", "message_id"): str(Letter.objects.filter(account=self.account(OWNER)).first().pk),
            ("wagtailimages", "filter_spec"): "width-100",
        }

    def _draft(self) -> Any:
        """Let the administrator send in a spreadsheet, and return the draft's id."""
        content = "机构代码,岗位名称\n370100-jyj,督学".encode()
        keeper = self.account("admin")
        return send_in(account_id=keeper.pk, name="岗位.csv", content=content, at=timezone.localtime())

    def _binding(self) -> Any:
        """Let a certificate open somebody's account, as far as pages show it, and return the binding's id."""
        facts = {"fingerprint": "0" * 64, "serial": "0A", "name": "郭芳", "bound_at": timezone.now()}
        return CertificateBinding.objects.create(account=self.account("other"), **facts).pk

    def _departure(self) -> Any:
        """Let somebody leave in a month, as far as pages show it, and return the departure's id."""
        day, leaving = timezone.localdate() + timedelta(30), self.account("other")
        made = Departure.objects.create(
            account=leaving, last_day=day, reason="退休", decided_by="service:identity", decided_at=timezone.now()
        )
        return made.pk

    def _enrolment(self) -> int:
        """Ask for a certificate that waits for a second officer, and return the request's number."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "张敏")])
        csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
        wish = {"profile": "person-signature", "code": "370100-spfw", "name": "张敏"}
        asked = pki.request_certificate(
            actor=pmi.service_actor("pki"), csr=csr.public_bytes(serialization.Encoding.PEM), at=timezone.now(), **wish
        )
        return asked.id


def _tile() -> str:
    """Return the address of a tile of the trail, without what stands before it."""
    folder = config.data_dir() / "trail" / "tile"
    return next(str(file.relative_to(folder)) for file in sorted(folder.rglob("*")) if file.is_file())


def _id(address: str) -> str:
    """Return the identifier that ends an address."""
    return address.rstrip("/").rpartition("/")[2]

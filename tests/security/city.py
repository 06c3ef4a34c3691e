"""A sample city in the test's own database: every app's part of it, and one errand driven through the pages."""

import re
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import httpx
from allauth.idp.oidc.models import Client as RegisteredClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.cache import cache
from django.utils import timezone

from quancheng.centres.catalogue import public as catalogue
from quancheng.centres.exchange.models import Message
from quancheng.kernel import config, tasks
from quancheng.project.errand.restaurant import ACCOUNTS, PASSWORD, OpenRestaurant
from quancheng.project.errand.visitor import LostError, Visitor
from quancheng.project.wsgi import application
from quancheng.security.attributes import public as attributes
from quancheng.security.crypto.models import PersonSignature
from quancheng.security.identity import public as identity
from quancheng.security.identity.actions.importing import send_in
from quancheng.security.identity.models import CertificateBinding, Departure
from quancheng.security.pki import public as pki
from quancheng.security.pki.models import Certificate, RecoveryOfficer
from quancheng.security.pmi import public as pmi
from quancheng.security.pmi.actions import simulate, take_emergency
from quancheng.security.pmi.rules import Change, ChangeKind
from quancheng.security.trail import public as trail
from quancheng.support.calendar.models import FeedAddress
from quancheng.support.demo import public as demo
from quancheng.support.designer.models import Design, Incoming
from quancheng.support.documents.models import Version
from quancheng.support.documents.rules import PDF
from quancheng.support.notifications.models import Delivery, PushSubscription
from quancheng.support.notifications.models import Message as Letter
from quancheng.support.workflow.models import Circulation, Task
from quancheng.systems.hall.models import Submission
from tests.security.walking import Town

HOME = "http://localhost"
OWNER, STRANGER, EDITOR = "wangxiaomei", "zhangwei", "editor"
# Has the roles of the clerks of the approvals office, in a department that has no part in the errand.
ELSEWHERE = "clerk-elsewhere"
CITIZENS = (OWNER, STRANGER)
STAFF = (*(name for name, _who, zone in ACCOUNTS if zone == "intranet"), "registry", "security", ELSEWHERE)
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


class WaitingCity(Town):
    """The city with an application of the stranger that is written and not yet sent."""

    def __init__(self) -> None:
        demo.build()
        identity.ensure_account(username=ELSEWHERE, name="何远", kind="staff")
        identity.ensure_post(
            organisation="370100-jyj",
            title="综合窗口受理员",
            roles=["approvals-window", "approvals-lead", "approvals-reviewer"],
            holders=[ELSEWHERE],
        )
        tasks.run_all()
        self.waiting = OtherErrand()
        self.waiting.take_until("提交申请")

    def take_in(self) -> None:
        """Send the application, if that has not been done, and let it reach the window."""
        self.waiting.submit()
        self.waiting.open_case("window")


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
            ("pmi", "matter"): "counter-help",
            ("attributes", "serial"): _attributes(),
            ("pmi", "emergency_id"): _emergency(),
            ("pmi", "simulation_id"): _simulation(),
            ("identity", "account_id"): str(self.account("other").pk),
            ("identity", "secret"): "a-secret-that-nobody-was-sent",
            ("identity", "import_draft_id"): str(self._draft()),
            ("identity", "certificate_binding_id"): str(self._binding()),
            ("identity", "departure_id"): str(self._departure()),
            ("identity", "client_id"): RegisteredClient.objects.first().pk,
            ("identity", "appointment_id"): str(self.account("other").appointments.first().pk),
            ("crypto", "seal_code"): "370100-spfw",
            ("crypto", "person_signature_id"): str(self._signature()),
            ("eforms", "state"): "errors",
            ("geography", "code"): "370102",
            ("calendar", "code"): "CN-AL-44-issue",
            ("calendar", "secret"): self._feed(),
            ("catalogue", "code"): catalogue.search()[0].code,
            ("Picture", "document_id"): str(Version.objects.filter(file__media_type=PDF).first().document_id),
            ("pki", "serial"): Certificate.objects.filter(profile="seal").first().serial,
            ("pki", "name"): "root",
            ("pki", "enrolment_id"): str(self._enrolment()),
            ("pki", "fleet_slug"): self._fleet(),
            ("pki", "officer_id"): str(self._officer()),
            ("pki", "recovery_id"): str(self._recovery()),
            ("trail", "path"): _tile(),
            ("trail", "erasure_id"): str(_erasure()),
            ("exchange", "message_id"): Message.objects.filter(topic="hall.submission-lodged").first().message_id,
            ("notifications", "message_id"): str(Letter.objects.filter(account=self.account(OWNER)).first().pk),
            ("notifications", "kind"): "hall.progress",
            ("notifications", "channel"): "sms",
            ("notifications", "delivery_id"): str(Delivery.objects.filter(account=self.account(OWNER)).first().pk),
            ("notifications", "push_subscription_id"): str(self._browser()),
            ("designer", "incoming_id"): str(self._incoming()),
            ("workflow", "move"): "circulate",
            ("workflow", "circulation_id"): str(self._circular()),
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

    def _feed(self) -> str:
        """Let the lead have an address for deadlines, and return its secret."""
        secret = "secret-of-the-lead"
        FeedAddress.objects.create(
            actor_id=self.account("lead").actor_id,
            secret=sha256(secret.encode()).hexdigest(),
            renewed_at=timezone.now(),
        )
        return secret

    def _departure(self) -> Any:
        """Let somebody leave in a month, as far as pages show it, and return the departure's id."""
        day, leaving = timezone.localdate() + timedelta(30), self.account("other")
        made = Departure.objects.create(
            account=leaving, last_day=day, reason="退休", decided_by="service:identity", decided_at=timezone.now()
        )
        return made.pk

    def _signature(self) -> Any:
        """Let the lead have signed something, as far as pages show it, and return the signature's number."""
        made = PersonSignature.objects.create(
            signer=self.account("lead").actor_id, signer_name="李建国", title="意见.txt", digest="0" * 64, serial="01",
            message=b"signature", token=b"token", signed_at=timezone.now(),
        )  # fmt: skip
        return made.pk

    def _browser(self) -> int:
        """Let the owner have a browser told, as far as pages show it, and return its number."""
        facts = {"endpoint": "https://fcm.googleapis.com/fcm/send/x", "browser": "Firefox", "made_at": timezone.now()}
        return PushSubscription.objects.create(account=self.account(OWNER), **facts).pk

    def _incoming(self) -> int:
        """Let a bundle of designs wait, as far as pages show it, and return its number."""
        form = Design.objects.get(kind="form")
        item = {"kind": "form", "key": form.key, "title": form.title, "content": form.current.content}
        made = Incoming.objects.create(
            name="设计包.zip", organisation=form.organisation, sealed_by="济南市", items=[item], made_at="2026-11-23",
            brought_by=self.account("admin").actor_id, brought_by_name="管理员", brought_at=timezone.now(),
        )  # fmt: skip
        return made.pk

    def _circular(self) -> int:
        """Let something be sent to the lead for reading, as far as pages show it, and return its number."""
        reader, sender = self.account("lead"), self.account("window")
        made = Circulation.objects.create(
            task=Task.objects.order_by("pk").first(), reader=reader.actor_id, reader_name=reader.name,
            sender=sender.actor_id, sender_name=sender.name, sent_at=timezone.now(),
        )  # fmt: skip
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

    def _fleet(self) -> str:
        """Bring the request of a device and one that cannot be read, and return under which name they stand."""
        signed = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        csr = signed.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        made = pki.request_many(
            actor=pmi.service_actor("pki"),
            profile="device",
            code="370100-spfw",
            name="济南市行政审批服务局",
            requests=[
                pki.Brought("摄像头-1.csr", csr.public_bytes(serialization.Encoding.DER)),
                pki.Brought("摄像头-2.csr", b"junk"),
            ],
            at=timezone.now(),
        )
        return made.slug

    def _officer(self) -> int:
        """Put two recovery officers on the board, and return the number of one."""
        for number in (1, 2):
            who = self._keeper(number)
            self._certified(who, "person-encryption")
            pki.offer_as_recovery_officer(
                actor=who, serial=Certificate.objects.get(subject_code=who.id).serial, at=timezone.now()
            )
            row = RecoveryOfficer.objects.get(actor=who.id)
            pki.confirm_recovery_officer(actor=self._keeper(0), officer_id=row.pk, at=timezone.now())
        return RecoveryOfficer.objects.first().pk

    def _recovery(self) -> int:
        """Ask for a laid-down key, and return the recovery's number."""
        who = self._keeper(3)
        signature = self._certified(who, "person-signature")
        made = pki.issue_encryption_certificate(
            actor=self._keeper(0), serial=signature, password="a long password", at=timezone.now()
        )
        return pki.request_recovery(actor=self._keeper(0), serial=made.serial, reason="交接", at=timezone.now())

    def _keeper(self, number: int) -> pmi.Actor:
        verbs = ("enrolment.request", "enrolment.approve", "escrow.issue", "recovery.request",
                 "recovery-officer.offer", "recovery-officer.confirm")  # fmt: skip
        grants = tuple(pmi.Grant(f"pki.{verb}") for verb in verbs)
        who = f"keeper-{number}"
        return pmi.Actor(id=who, name=who, kind="staff", grants=grants, proven_at=timezone.now())

    def _certified(self, who: pmi.Actor, profile: str) -> str:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, who.name)])
        csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
        asked = pki.request_certificate(
            actor=self._keeper(8), profile=profile, code=who.id, name=who.name, at=timezone.now(),
            csr=csr.public_bytes(serialization.Encoding.PEM),
        )  # fmt: skip
        return pki.approve_certificate(actor=self._keeper(9), enrolment_id=asked.id, at=timezone.now()).serial


def _emergency() -> str:
    """Let the administrator take a privilege in an emergency, and return the record's id."""
    admin = replace(identity.actor_of("admin"), proven_at=timezone.now())
    wish = {"privilege": "population.person.import", "organisation": "370100/", "reason": "应急"}
    return str(take_emergency(actor=admin, at=timezone.now(), **wish))


def _simulation() -> str:
    """Let the security officer try a change, and return the simulation's id."""
    officer = identity.actor_of("security")
    change = Change(ChangeKind.WITHDRAW, role="window-clerk", privilege="approvals.application.accept")
    role = next(role for role in pmi.roles() if change.privilege in role.privileges)
    day = timezone.localdate()
    wish = {"change": replace(change, role=role.code), "since": day, "until": day, "at": timezone.now()}
    return str(simulate(actor=officer, **wish))


def _attributes() -> str:
    """Issue the head of the office an attribute certificate for each post, and return one's serial number."""
    return attributes.issue(actor=identity.actor_of("lead"), address=HOME, at=timezone.now())[0]


def _erasure() -> int:
    """Ask for an erasure that waits for the auditor, of an entry from long ago, and return the request's number."""
    long_ago, officer = timezone.now() - timedelta(days=400), {"actor_id": "staff:nobody", "actor_name": "安全员"}
    trail.record(action="hall.draft.discard", subjects=("draft:old",), at=long_ago, **officer)
    trail.integrate(at=timezone.now())
    wish = {"kind": "about", "name": "draft:old", "basis": "WITHDRAWN", "reason": "撤回同意"}
    return trail.request_erasure(**wish, organisation="370100/", at=timezone.now(), **officer)


def _tile() -> str:
    """Return the address of a tile of the trail, without what stands before it."""
    folder = config.data_dir() / "trail" / "tile"
    return next(str(file.relative_to(folder)) for file in sorted(folder.rglob("*")) if file.is_file())


def _id(address: str) -> str:
    """Return the identifier that ends an address."""
    return address.rstrip("/").rpartition("/")[2]

"""The trail's checkpoints carry the token of a second authority too; one that is not genuine is refused in words."""

import base64
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from django.core.management import call_command
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.kernel import config as kernel
from quancheng.kernel import posture
from quancheng.security.pki import checks, config
from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import anchoring
from quancheng.security.pki.engine import chains, outside, signing, timestamps
from quancheng.security.pki.queries import seconds
from quancheng.security.pki.tests.outside import POLICY, grows, now, serving
from quancheng.security.trail import config as trail_config
from quancheng.security.trail import public as trail
from quancheng.security.trail.models import Checkpoint, SecondStamp
from quancheng.security.trail.queries import newest_stamped, state

pytestmark = pytest.mark.django_db(transaction=True)
DIGEST = bytes(range(32))


@pytest.fixture(autouse=True)
def english():
    """What is wrong is kept in the words of the moment."""
    with translation.override("en"):
        yield


def problems():
    return list(SecondStamp.objects.order_by("id").values_list("problem", flat=True))


class TestAuthorityOutside:
    def test_stamps_every_checkpoint_beside_our_own(self, uses, outsider):
        with serving(outsider.answer) as url:
            uses(url, second_tsa_policies=POLICY)
            grows()
            grows()

            assert anchoring.ask_second(at=now()) == 2

        row = SecondStamp.objects.select_related("checkpoint").last()
        assert (row.authority, row.problem, row.checkpoint.token is not None) == ("Outside TSA", "", True)
        found = newest_stamped()
        assert (found.first.problem, found.second.problem, found.second.authority) == ("", "", "Outside TSA")
        report = trail.verify()
        assert (report.timestamps, report.seconds, report.problems) == (2, 2, ())

    def test_is_asked_again_after_it_was_away(self, uses, outsider):
        with serving(outsider.answer) as url:
            pass
        uses(url)
        grows()
        assert anchoring.ask_second(at=now()) == 0
        assert problems() == ["it cannot be reached (ConnectError)"]

        with serving(outsider.answer) as url:
            uses(url)
            assert anchoring.ask_second(at=now()) == 1
        assert problems() == [""]

    def test_that_stays_away_is_an_alarm_after_the_time_that_is_set(self, uses, outsider, site):
        with serving(lambda _query: b"", status=503) as url:
            uses(url)
            grows()
            anchoring.ask_second(at=now())
        soon, late = now(), now() + timedelta(seconds=trail_config.settings().second_alarm_seconds + 60)

        (finding,) = checks.second_timestamp(late)
        assert finding.severity is posture.Severity.SERIOUS
        assert "HTTP status 503" in str(finding.sentence)
        assert list(checks.second_timestamp(soon)) == []
        assert any("503" in alarm for alarm in state(at=late).alarms)

    def test_that_is_our_own_service_by_its_address_is_refused(self, uses, tmp_path, site):
        (tmp_path / "own.pem").write_text("".join(pki.trusted_roots()))
        with serving(pki.answer_timestamp_request) as url:
            uses(url, second_tsa_certificates=str(tmp_path / "own.pem"))
            grows()
            anchoring.ask_second(at=now())

        assert problems() == ["both tokens are by one authority"]

    def test_that_is_not_wanted_is_not_asked(self, uses):
        uses(seconds.NONE)
        grows()

        assert not SecondStamp.objects.exists()


class TestBadAnswers:
    @pytest.mark.parametrize(
        ("answer", "wishes", "sentence"),
        [
            (lambda _query: b"x" * 100_000, {}, "its answer is too large"),
            (lambda _query: b"", {"kind": "text/html"}, "its answer is no timestamp reply but “text/html”"),
            (lambda _query: b"", {"status": 302}, "it answered with HTTP status 302"),
            (lambda _query: b"", {}, "the answer is no timestamp reply"),
            (lambda _query: timestamps.refusal(timestamps.Refused("bad_alg", "no")), {}, "it gives no timestamp"),
        ],
    )
    def test_are_named(self, uses, answer, wishes, sentence):
        with serving(answer, **wishes) as url:
            uses(url)
            grows()
            anchoring.ask_second(at=now())

        assert sentence in problems()[0]

    def test_that_do_not_come_in_time_are_given_up(self, uses):
        waits = threading.Event()
        with serving(lambda _query: waits.wait(5) and b"") as url:
            uses(url, second_tsa_timeout=0.2)
            grows()
            anchoring.ask_second(at=now())
            waits.set()

        assert problems() == ["it did not answer in time"]

    @pytest.mark.parametrize(
        ("changes", "error", "sentence"),
        [
            ({"nonce": 8}, signing.Wrong, "its nonce is not ours"),
            ({"digest": bytes(32)}, signing.Wrong, "over another content"),
            ({"policies": ("1.2.3",)}, signing.Wrong, f"under the policy {POLICY}"),
            ({"trusted": ()}, chains.Untrusted, "does not end at a trusted root"),
            ({"at": datetime(2020, 1, 1, tzinfo=UTC)}, signing.Wrong, "seconds away from ours"),
        ],
    )
    def test_to_another_wish_are_refused(self, outsider, changes, error, sentence):
        response = outsider.answer(timestamps.request(DIGEST, nonce=7))
        wish = {"digest": DIGEST, "nonce": 7, "policies": (POLICY,), "trusted": outsider.trusted, "at": now()}

        with pytest.raises(error, match=sentence):
            outside.judge(response, **{**wish, "tolerance": timedelta(minutes=1), **changes})

    def test_by_a_certificate_for_something_else_are_refused(self, outsider):
        # openssl itself would not sign with one, so it is given out for the same key afterwards.
        token = timestamps.token_of(outsider.answer(timestamps.request(DIGEST)))
        mine = x509.load_pem_x509_certificate((outsider.folder / "tsa.pem").read_bytes())
        assert outside.read(token, trusted=[mine]).signer == mine
        outsider.certify("other_cert")
        other = x509.load_pem_x509_certificate((outsider.folder / "tsa.pem").read_bytes())
        outsider.certify("tsa_cert")

        with pytest.raises(chains.Untrusted, match="not made for this purpose"):
            outside._check_purpose(other)

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(at=st.integers(0, 5000), bit=st.integers(0, 7))
    def test_with_one_bit_changed_never_say_anything_else(self, outsider, at, bit):
        token = self.token(outsider)
        damaged = bytearray(token)
        damaged[at % len(token)] ^= 1 << bit

        try:
            stated = outside.read(bytes(damaged), trusted=outsider.trusted)
        except (signing.Malformed, signing.Wrong, chains.Untrusted):
            return
        assert stated == outside.read(token, trusted=outsider.trusted)

    def token(self, outsider):
        if not hasattr(outsider, "token"):
            outsider.token = timestamps.token_of(outsider.answer(timestamps.request(DIGEST)))
        return outsider.token

    def test_of_our_own_service_are_no_second_ones(self, site):
        grows()
        row = Checkpoint.objects.get()
        again = pki.timestamp(anchoring._digest(row.text))

        assert seconds.judged(again, row.text.encode(), bytes(row.token)).problem == "both tokens are by one authority"


class TestOtherZone:
    """Both zones below one root, each with a data folder; what they say to each other goes through `posted`."""

    @pytest.fixture
    def zones(self, tmp_path, monkeypatch):
        monkeypatch.setattr(config, "passphrase", lambda: b"secret")
        call_command("pki", "ceremony", "--out", str(tmp_path / "ceremony"), "--city", "济南市", verbosity=0)

        @contextmanager
        def at(zone):
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("QC_DATA", str(tmp_path / zone))
                patch.setenv("QC_ZONE", zone)
                kernel.data_dir.cache_clear()
                if not (tmp_path / zone / "pki" / "root.crt").exists():
                    call_command("pki", "install", "--ceremony", str(tmp_path / "ceremony"), verbosity=0)
                yield
            kernel.data_dir.cache_clear()

        return at

    @pytest.fixture
    def posted(self, monkeypatch):
        found = []
        monkeypatch.setattr(anchoring.events, "publish", found.append)
        return found

    def exchange(self, zones, posted):
        """The extranet's log grows and asks; the intranet answers. Returns the answer."""
        with zones("extranet"):
            grows()
            anchoring.ask_second(at=now())
        wanted = posted.pop()
        with zones("intranet"):
            anchoring.answer(wanted_by=wanted.zone, size=wanted.size, digest=wanted.digest)
        return posted.pop()

    def keep(self, zones, answer, **changes):
        facts = {"wanted_by": answer.zone, "size": answer.size, "token": answer.token, "problem": answer.problem}
        with zones("extranet"):
            anchoring.receive(**{**facts, "by": "intranet", "at": now(), **changes})

    def test_is_the_second_authority_where_none_is_set(self, zones, posted):
        answer = self.exchange(zones, posted)

        self.keep(zones, answer)

        with zones("extranet"):
            assert "timestamp:intranet" in SecondStamp.objects.get().authority
            report = trail.verify()
        assert (report.seconds, report.problems) == (1, ())

    def test_is_asked_once_while_a_bundle_may_be_on_its_way(self, zones, posted):
        self.exchange(zones, posted)
        with zones("extranet"):
            anchoring.ask_second(at=now() + timedelta(hours=1))
            assert posted == []
            anchoring.ask_second(at=now() + timedelta(hours=25))

        assert len(posted) == 1

    def test_that_doubts_its_clock_says_so_and_is_asked_again_soon(self, zones, posted):
        answer = self.exchange(zones, posted)

        self.keep(zones, answer, token="", problem="pki.time-doubtful")

        with zones("extranet"):
            assert "clock of this machine is in doubt" in SecondStamp.objects.get().problem
            anchoring.ask_second(at=now() + timedelta(minutes=11))
        assert len(posted) == 1

    @pytest.mark.parametrize(
        "changes", [{"token": "!"}, {"token": base64.b64encode(b"x" * 90).decode()}, {"by": "extranet"}, {"size": 99}]
    )
    def test_is_not_believed_when_its_answer_is_wrong(self, zones, posted, changes):
        answer = self.exchange(zones, posted)

        self.keep(zones, answer, **changes)

        assert SecondStamp.objects.get().token is None

    def test_cannot_stamp_with_our_own_service(self, zones, posted):
        answer = self.exchange(zones, posted)
        with zones("extranet"):
            own = pki.timestamp(anchoring._digest(Checkpoint.objects.get().text))

        self.keep(zones, answer, token=base64.b64encode(own).decode())

        assert SecondStamp.objects.get().problem == "both tokens are by one authority"

"""Keys laid down for M of N officers: fewer bring nothing back, and openssl opens what we enclose and parcel."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.pki.engine import certificates, envelopes, escrow, keys, suites

SUITES = pytest.mark.parametrize("suite", suites.SUITES.values(), ids=suites.SUITES)
NOW = datetime.now(UTC)


def certified(key):
    """A certificate for a key."""
    return certificates.new_root(key, city="济南市", at=NOW)


@st.composite
def boards(draw):
    """A threshold, a number of officers, and some of them."""
    count = draw(st.integers(2, 7))
    threshold = draw(st.integers(2, count))
    chosen = draw(st.lists(st.integers(0, count - 1), unique=True, min_size=1, max_size=count))
    return threshold, count, chosen


class TestEscrow:
    @SUITES
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(board=boards())
    def test_enough_officers_bring_the_key_back_and_fewer_do_not(self, suite, board):
        threshold, count, chosen = board
        key = keys.new(suite)
        laid = escrow.lay_down(key, threshold=threshold, count=count)
        shares = [laid.shares[at] for at in chosen]

        if len(chosen) >= threshold:
            found = escrow.bring_back(laid.content, shares, key.public)
            assert key.public.verifies(found.sign(b"x"), b"x")
        else:
            with pytest.raises(escrow.Unrecovered):
                escrow.bring_back(laid.content, shares, key.public)

    def test_shares_of_another_key_bring_nothing_back(self):
        one, other = (keys.new(suites.MODERN) for _ in range(2))
        laid, foreign = (escrow.lay_down(key, threshold=2, count=3) for key in (one, other))

        for shares in (
            [laid.shares[0], foreign.shares[1]],
            [laid.shares[0], laid.shares[0]],
            ["1-x", laid.shares[0]],
            [],
        ):
            with pytest.raises(escrow.Unrecovered):
                escrow.bring_back(laid.content, shares, one.public)
        with pytest.raises(escrow.Unrecovered):
            escrow.bring_back(laid.content, laid.shares, other.public)

    @pytest.mark.parametrize(("threshold", "count"), [(1, 3), (4, 3), (2, 21), (0, 0)])
    def test_a_board_needs_two_and_no_more_than_there_are(self, threshold, count):
        with pytest.raises(ValueError, match="officers"):
            escrow.lay_down(keys.new(suites.MODERN), threshold=threshold, count=count)


class TestEnvelope:
    @SUITES
    @settings(max_examples=20, deadline=None)
    @given(content=st.binary(max_size=300))
    def test_its_holder_opens_it_and_nobody_else(self, suite, content):
        key, other = keys.new(suite), keys.new(suite)
        made = envelopes.enclose(content, certified(key))

        assert envelopes.opened(made, key) == content
        with pytest.raises(envelopes.Unopened):
            envelopes.opened(made, other)

    def test_openssl_opens_it(self, tmp_path):
        import subprocess

        key = keys.new(suites.MODERN)
        (tmp_path / "key").write_bytes(key.to_pem(b"secret"))
        (tmp_path / "in").write_bytes(envelopes.enclose(b"1-abc", certified(key)))
        command = "openssl cms -decrypt -inform DER -in in -inkey key -passin pass:secret"

        found = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False)

        assert found.stdout == b"1-abc", found.stderr

    @pytest.mark.parametrize("junk", [b"", b"\x30\x00", bytes(200)])
    @SUITES
    def test_what_is_none_is_refused(self, suite, junk):
        with pytest.raises(envelopes.Unopened):
            envelopes.opened(junk, keys.new(suite))


class TestParcel:
    @SUITES
    def test_openssl_opens_it_with_the_password_alone(self, suite, tmp_path):
        import subprocess

        key = keys.new(suite)
        certificate = certified(key)
        chain = [certified(keys.new(suite))]
        (tmp_path / "p12").write_bytes(escrow.parcel(key, certificate, chain, name="王小美", password="pass word"))

        def run(*more):
            command = ["openssl", "pkcs12", "-in", "p12", *more]
            return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)

        found = run("-passin", "pass:pass word", "-passout", "pass:new")
        assert found.returncode == 0, found.stderr
        assert found.stdout.count("BEGIN CERTIFICATE") == 2
        assert keys.open_file(
            found.stdout[found.stdout.index("-----BEGIN ENCRYPTED") :].encode(), b"new"
        ).public == key.public  # fmt: skip
        first = x509.load_pem_x509_certificate(found.stdout.encode())
        assert first == certificate
        assert run("-passin", "pass:other", "-passout", "pass:new").returncode != 0

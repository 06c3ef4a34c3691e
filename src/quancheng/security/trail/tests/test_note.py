"""Signed notes, checkpoints and cosignatures."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from quancheng.security.trail.engine import keys, note

SIGNER = note.Signer("example.com/log", note.LOG, ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)))
WITNESS = note.Signer(
    "example.com/witness", note.WITNESS, ed25519.Ed25519PrivateKey.from_private_bytes(bytes(31) + b"1")
)
TEXT = note.Checkpoint("example.com/log", 7, bytes(range(32))).text


def signed(text=TEXT):
    return f"{text}\n{SIGNER.line(text)}\n"


class TestVerifier:
    def test_reads_the_example_key_of_the_specification(self):
        # golang.org/x/mod/sumdb/note, the package that the specification describes.
        text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

        assert str(note.Verifier.parse(text)) == text

    def test_verifies_the_example_note_of_the_specification(self):
        key = note.Verifier.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
        text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
        signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="

        assert note.verify_line(text, f"— PeterNeumann {signature}", key) == 0

    @pytest.mark.parametrize("text", ["", "a+b", "name+00000000+AQ==", "name+zz+AAAA"])
    def test_refuses_what_is_no_key(self, text):
        with pytest.raises(note.BadNote):
            note.Verifier.parse(text)


class TestVerify:
    def test_returns_what_was_signed(self):
        assert note.verify(signed(), SIGNER.verifier) == note.parse(signed())

    @given(at=st.integers(0, len(signed().encode()) - 1), bit=st.integers(0, 7))
    def test_refuses_every_flipped_bit(self, at, bit):
        changed = bytearray(signed().encode())
        changed[at] ^= 1 << bit
        try:
            text = changed.decode()
        except UnicodeDecodeError:
            return

        with pytest.raises(note.BadNote):
            note.verify(text, SIGNER.verifier)

    def test_a_witness_signs_its_time_too(self):
        line = WITNESS.line(TEXT, at=1_700_000_000)

        assert note.verify_line(TEXT, line, WITNESS.verifier) == 1_700_000_000
        with pytest.raises(note.BadNote):
            note.verify_line(TEXT + "x\n", line, WITNESS.verifier)


class TestKeys:
    def test_are_made_once_and_only_for_this_user_to_read(self, tmp_path):
        first = keys.signer(tmp_path / "trail", name="n", kind=note.LOG)
        second = keys.signer(tmp_path / "trail", name="n", kind=note.LOG)

        assert first.verifier == second.verifier
        assert (tmp_path / "trail" / "log.key").stat().st_mode & 0o777 == 0o600

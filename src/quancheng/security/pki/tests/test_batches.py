"""One signature over many documents: each is verified alone, and nothing can be changed unnoticed."""

import hashlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import batches
from quancheng.security.pki.tests.conftest import CODE, NAME

pytestmark = pytest.mark.django_db
SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def digest_of(number):
    return hashlib.sha256(str(number).encode()).digest()


def root_of(leaves):
    """Return the root as RFC 6962 section 2.1 defines it, from above."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(leaves[:left]) + root_of(leaves[left:])).digest()


class TestTree:
    @given(size=st.integers(1, 200))
    def test_is_that_of_rfc_6962(self, size):
        digests = [digest_of(number) for number in range(size)]

        assert batches.Tree(digests).root == root_of([batches.leaf(item) for item in digests])

    @given(size=st.integers(1, 100), data=st.data())
    def test_every_document_is_proved_at_its_place_and_no_other(self, size, data):
        tree = batches.Tree([digest_of(number) for number in range(size)])
        index, claimed = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))

        proof = batches.Proof(claimed, size, tree.path(index), tree.root, "", b"")

        assert batches.leads_to(digest_of(index), proof) == (claimed == index)

    @given(size=st.integers(1, 64), other=st.integers(1, 64), index=st.integers(0, 63))
    def test_a_document_that_is_not_in_it_is_not_proved(self, size, other, index):
        tree = batches.Tree([digest_of(number) for number in range(size)])

        proof = batches.Proof(index % size, size, tree.path(index % size), tree.root, "", b"")

        assert not batches.leads_to(digest_of(1000 + other), proof)


@pytest.fixture
def signed(seal):
    """Seven documents and their proofs."""
    documents = [f"第 {number} 号决定".encode() for number in range(7)]
    return documents, pki.sign_batch([hashlib.sha256(item).digest() for item in documents], organisation=CODE)


class TestBatch:
    def test_gives_each_document_a_proof_that_stands_alone(self, signed):
        for number, (document, proof) in enumerate(zip(*signed, strict=True)):
            found = pki.verify_batch(proof, content=document)

            assert (found.organisation, found.name, found.index, found.size) == (CODE, NAME, number, 7)

    def test_is_one_signature(self, signed):
        assert len({json.loads(proof)["signature"] for proof in signed[1]}) == 1

    def test_another_document_is_refused(self, signed):
        with pytest.raises(pki.BadSignature):
            pki.verify_batch(signed[1][0], content=signed[0][1])

    def test_of_one_document_is_a_batch(self, seal):
        (proof,) = pki.sign_batch([digest_of(1)], organisation=CODE)

        assert pki.verify_batch(proof, digest=digest_of(1)).size == 1

    @pytest.mark.parametrize("digests", [[], [b"short"]])
    def test_wants_digests(self, seal, digests):
        with pytest.raises(pki.NoBatch):
            pki.sign_batch(digests, organisation=CODE)

    @SLOW
    @given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
    def test_every_flipped_bit_of_a_proof_is_found(self, signed, where, bit):
        damaged = bytearray(signed[1][3])
        damaged[int(where * len(damaged))] ^= 1 << bit

        with pytest.raises((pki.BadSignature, pki.BadTimestamp)):
            pki.verify_batch(bytes(damaged), content=signed[0][3])

    @SLOW
    @given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
    def test_every_flipped_bit_of_a_document_is_found(self, signed, where, bit):
        damaged = bytearray(signed[0][3])
        damaged[int(where * len(damaged))] ^= 1 << bit

        with pytest.raises(pki.BadSignature):
            pki.verify_batch(signed[1][3], content=bytes(damaged))

    @SLOW
    @given(junk=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
    def test_no_bytes_break_the_judgement(self, site, junk):
        with pytest.raises(pki.BadSignature):
            pki.verify_batch(junk, content=b"")

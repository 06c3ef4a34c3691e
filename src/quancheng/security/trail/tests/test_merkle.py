"""The tree against an independent, naive implementation of RFC 6962."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.security.trail.engine import merkle
from quancheng.security.trail.tests.factories import convinces


def naive_root(leaves):
    """MTH of RFC 6962 section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def node_of(leaves):
    return lambda level, index: naive_root(leaves[index << level : (index + 1) << level])


def make(count):
    return [f"leaf {at}".encode() for at in range(count)]


SIZES = st.integers(1, 70)


class TestRoot:
    def test_is_the_one_of_the_rfc_for_small_trees(self):
        for count in range(40):
            leaves = make(count)
            assert merkle.root(node_of(leaves), count) == naive_root(leaves)

    def test_grows_in_one_pass(self):
        frontier = merkle.Frontier()
        leaves = make(70)
        for count, leaf in enumerate(leaves):
            assert frontier.root() == naive_root(leaves[:count])
            frontier.append(merkle.leaf_hash(leaf))


class TestInclusionProof:
    @given(size=SIZES, data=st.data())
    def test_convinces_for_every_leaf(self, size, data):
        index = data.draw(st.integers(0, size - 1))
        leaves = make(size)

        proof = merkle.inclusion_proof(node_of(leaves), index, size)

        leaf = merkle.leaf_hash(leaves[index])
        facts = {"leaf": leaf, "index": index, "size": size, "proof": proof, "root": naive_root(leaves)}
        assert convinces(merkle.verify_inclusion, **facts)

    @given(size=st.integers(2, 70), data=st.data())
    def test_convinces_for_no_other_place_leaf_or_root(self, size, data):
        index = data.draw(st.integers(0, size - 1))
        other = data.draw(st.integers(0, size - 1).filter(lambda at: at != index))
        leaves = make(size)
        root, leaf = naive_root(leaves), merkle.leaf_hash(leaves[index])

        proof = merkle.inclusion_proof(node_of(leaves), index, size)

        right = {"leaf": leaf, "index": index, "size": size, "proof": proof, "root": root}
        for wrong in (
            {"index": other},
            {"leaf": merkle.leaf_hash(b"forged")},
            {"root": merkle.EMPTY_ROOT},
            {"proof": proof[:-1]},
            {"proof": (*proof, root)},
        ):
            with pytest.raises(merkle.BadProof):
                merkle.verify_inclusion(**{**right, **wrong})


class TestConsistencyProof:
    @given(new=SIZES, data=st.data())
    def test_convinces_for_every_earlier_size(self, new, data):
        old = data.draw(st.integers(0, new))
        leaves = make(new)

        proof = merkle.consistency_proof(node_of(leaves), old, new)

        roots = {"old_root": naive_root(leaves[:old]), "new_root": naive_root(leaves)}
        assert convinces(merkle.verify_consistency, old=old, new=new, proof=proof, **roots)

    @given(new=st.integers(2, 70), data=st.data())
    def test_does_not_convince_when_an_old_leaf_was_changed(self, new, data):
        old = data.draw(st.integers(1, new))
        leaves = make(new)
        changed = list(leaves)
        changed[data.draw(st.integers(0, old - 1))] = b"forged"

        proof = merkle.consistency_proof(node_of(changed), old, new)

        with pytest.raises(merkle.BadProof):
            merkle.verify_consistency(
                old=old, old_root=naive_root(leaves[:old]), new=new, new_root=naive_root(changed), proof=proof
            )

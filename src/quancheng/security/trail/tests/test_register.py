"""The register proves all entries of a name, or that there are none."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quancheng.security.trail.engine import register

# Keys that share long beginnings, so that lines meet deep in the tree.
KEYS = st.builds(
    lambda start, end: bytes([0] * 3 + [start]) + bytes(27) + bytes([end]), st.integers(0, 3), st.integers(0, 255)
)
ENTRIES = st.lists(st.sets(KEYS, max_size=3), min_size=1, max_size=30)


def built(entries):
    """Enter the keys of `entries` one after the other; return the store and the root."""
    store = register.Memory()
    root = bytes(32)
    for place, keys in enumerate(entries):
        root = register.update(store, [(place, keys)])
    return store, root


def places(entries, key):
    return [place for place, keys in enumerate(entries) if key in keys]


class TestPath:
    @settings(deadline=None, max_examples=150)
    @given(entries=ENTRIES, key=KEYS)
    def test_shows_exactly_the_entries_of_a_name(self, entries, key):
        store, root = built(entries)

        line = register.verify(key, register.path(store, key), root)

        wanted = places(entries, key)
        assert (line.count, line.head) == (len(wanted), register.chained(wanted))

    @settings(deadline=None, max_examples=100)
    @given(entries=ENTRIES, key=KEYS, data=st.data())
    def test_no_entry_can_be_left_out_added_or_moved(self, entries, key, data):
        store, root = built([*entries, {key}])
        path = register.path(store, key)
        wanted = places([*entries, {key}], key)
        at = data.draw(st.integers(0, len(wanted) - 1))
        moved = data.draw(st.integers(0, 99).filter(lambda place: place not in wanted))
        others = [[*wanted[:at], *wanted[at + 1 :]], [*wanted, moved], [*wanted[:at], moved, *wanted[at + 1 :]]]

        for other in others:
            end = register.Line(key, len(other), register.chained(other)) if other else None
            with pytest.raises(register.BadProof):
                register.verify(key, register.Path(path.siblings, end), root)

    @settings(deadline=None, max_examples=100)
    @given(entries=ENTRIES, key=KEYS, other=KEYS, cut=st.integers(0, 300))
    def test_the_absence_of_a_name_that_is_there_cannot_be_shown(self, entries, key, other, cut):
        store, root = built([*entries, {key}])
        path, elsewhere = register.path(store, key), register.path(store, other)
        offers = [
            register.Path(path.siblings, None),
            register.Path(path.siblings[:cut], None),
            register.Path((*path.siblings, register.EMPTY), None),
            register.Path((*path.siblings, path.end.hash), None),
            register.Path(elsewhere.siblings, elsewhere.end if other != key else None),
            register.Path(elsewhere.siblings, None),
        ]

        for offer in offers:
            try:
                line = register.verify(key, offer, root)
            except register.BadProof:
                continue
            assert line.count, "absence was shown"

    @settings(deadline=None, max_examples=50)
    @given(entries=ENTRIES, key=KEYS, data=st.data())
    def test_a_flipped_bit_anywhere_in_the_path_is_found(self, entries, key, data):
        store, root = built([*entries, {key}])
        path = register.path(store, key)
        at = data.draw(st.integers(0, len(path.siblings) - 1))
        changed = bytes([path.siblings[at][0] ^ 1]) + path.siblings[at][1:]

        with pytest.raises(register.BadProof):
            register.verify(
                key, register.Path((*path.siblings[:at], changed, *path.siblings[at + 1 :]), path.end), root
            )

    def test_an_empty_register_shows_that_there_is_nothing(self):
        store, key = register.Memory(), os.urandom(32)

        assert register.verify(key, register.path(store, key), register.EMPTY).count == 0


class TestUpdate:
    @settings(deadline=None, max_examples=50)
    @given(entries=ENTRIES, cut=st.integers(0, 30))
    def test_the_root_does_not_depend_on_the_steps(self, entries, cut):
        store = register.Memory()
        register.update(store, enumerate(entries[:cut]))
        root = register.update(store, list(enumerate(entries))[cut:])

        assert root == built(entries)[1]
        assert root == register.root(store)

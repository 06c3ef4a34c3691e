"""The log on disk."""

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quancheng.security.trail.engine import merkle, tiles


def make(start, count):
    return [f"leaf {at}".encode() for at in range(start, start + count)]


def root_of(count):
    frontier = merkle.Frontier()
    for leaf in make(0, count):
        frontier.append(merkle.leaf_hash(leaf))
    return frontier.root()


class TestTilePath:
    def test_groups_digits_as_the_specification_does(self):
        assert tiles.tile_path(0, 1234067) == "tile/0/x001/x234/067"
        assert tiles.tile_path("entries", 5, 3) == "tile/entries/005.p/3"
        assert tiles.tile_path(1, 0) == "tile/1/000"


class TestTiles:
    @settings(max_examples=25, deadline=None)
    @given(steps=st.lists(st.integers(1, 300), min_size=1, max_size=6))
    def test_growing_in_any_steps_gives_the_same_tree(self, steps):
        with tempfile.TemporaryDirectory() as folder:
            store, size = tiles.Tiles(Path(folder)), 0
            for step in steps:
                assert store.extend(size, make(size, step)) == root_of(size + step)
                size += step

            assert [leaf for n, width in enumerate(tiles.widths(size)) for leaf in store.leaves(n, width)] == make(
                0, size
            )

    def test_a_second_level_appears_above_65536_hashes(self, tmp_path):
        store = tiles.Tiles(tmp_path)
        store.extend(0, make(0, 65536 + 300))

        assert store.root(65536 + 300) == root_of(65536 + 300)
        assert (tmp_path / tiles.tile_path(2, 0, 1)).stat().st_size == 32

    def test_what_was_not_committed_is_written_again_with_other_leaves(self, tmp_path):
        store = tiles.Tiles(tmp_path)
        store.extend(0, make(0, 200))
        store.extend(200, [b"lost"] * random.Random(1).randrange(100, 400))

        store.extend(200, make(200, 100))

        assert store.root(300) == root_of(300)
        assert store.root(200) == root_of(200)

    def test_names_the_tile_that_is_missing(self, tmp_path):
        with pytest.raises(tiles.BadTile, match=r"tile/0/000\.p/3: the file is missing"):
            tiles.Tiles(tmp_path).root(3)

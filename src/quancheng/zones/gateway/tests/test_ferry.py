"""The ferry moves whole files both ways and survives being killed anywhere."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from quancheng.zones.gateway.engine import ferry


@pytest.fixture
def sites(tmp_path):
    made = [ferry.Site(tmp_path / name / "out", tmp_path / name / "in") for name in ("a", "b")]
    for site in made:
        site.out.mkdir(parents=True)
        site.incoming.mkdir()
    return made


class TestFerry:
    def test_moves_bundles_in_both_directions(self, sites):
        a, b = sites
        (a.out / "extranet-intranet-00000001.qcb").write_bytes(b"there")
        (b.out / "intranet-extranet-00000001.qcb").write_bytes(b"back")

        ferry.cross(a, b)

        assert (b.incoming / "extranet-intranet-00000001.qcb").read_bytes() == b"there"
        assert (a.incoming / "intranet-extranet-00000001.qcb").read_bytes() == b"back"
        assert not [*a.out.iterdir(), *b.out.iterdir()]

    def test_leaves_unfinished_files_foreign_files_and_links_alone(self, sites, tmp_path):
        a, b = sites
        (a.out / ".extranet-intranet-00000001.qcb.ab.part").write_bytes(b"half")
        (a.out / "notes.txt").write_bytes(b"no bundle")
        (tmp_path / "secret").write_bytes(b"elsewhere")
        (a.out / "extranet-intranet-00000002.qcb").symlink_to(tmp_path / "secret")

        assert ferry.cross(a, b) == []
        assert list(b.incoming.iterdir()) == []

    def test_repeats_nothing_after_a_kill_between_copying_and_removing(self, sites):
        a, b = sites
        for place in (a.out, b.incoming):
            (place / "extranet-intranet-00000001.qcb").write_bytes(b"there")

        ferry.cross(a, b)

        assert [file.name for file in b.incoming.iterdir()] == ["extranet-intranet-00000001.qcb"]
        assert list(a.out.iterdir()) == []

    def test_never_writes_over_another_file_of_the_same_name(self, sites):
        a, b = sites
        (a.out / "extranet-intranet-00000001.qcb").write_bytes(b"right")
        (b.incoming / "extranet-intranet-00000001.qcb").write_bytes(b"wrong")

        assert ferry.cross(a, b) == []
        assert (b.incoming / "extranet-intranet-00000001.qcb").read_bytes() == b"wrong"
        assert (a.out / "extranet-intranet-00000001.qcb").exists()

    def test_a_full_disk_shows_no_half_file(self, sites, monkeypatch):
        a, b = sites
        (a.out / "extranet-intranet-00000001.qcb").write_bytes(b"there")

        def full(*_arguments):
            raise OSError(errno.ENOSPC, "no space left")

        monkeypatch.setattr(ferry.shutil, "copyfileobj", full)
        with pytest.raises(OSError, match="no space"):
            ferry.cross(a, b)

        assert list(b.incoming.glob("*.qcb")) == []
        assert (a.out / "extranet-intranet-00000001.qcb").exists()

    def test_runs_once_from_the_command_line_without_a_database(self, sites):
        a, b = sites
        (a.out / "extranet-intranet-00000001.qcb").write_bytes(b"there")

        done = subprocess.run(
            [sys.executable, "-m", "quancheng.zones.gateway.engine.ferry", "--once",
             "--a", str(a.out), str(a.incoming), "--b", str(b.out), str(b.incoming)],
            capture_output=True, text=True, check=True, cwd=Path(__file__).parents[4],
        )  # fmt: skip

        assert done.stdout.split() == ["extranet-intranet-00000001.qcb"]
        assert (b.incoming / "extranet-intranet-00000001.qcb").exists()

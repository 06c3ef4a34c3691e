"""One flipped byte anywhere is found and named."""

import shutil
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.trail import actions, queries
from quancheng.security.trail.engine import exporting, register, tiles, verification
from quancheng.security.trail.models import BodyKey, Checkpoint, Entry, EntryName, RegisterLine, RegisterPage

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def log(site, recorded):
    """A log of 300 entries in two steps; returns its folder."""
    recorded(260)
    actions.integrate(at=NOW)
    recorded(40)
    actions.integrate(at=NOW)
    return site


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1
    path.write_bytes(bytes(content))


def places(report):
    return {problem.place for problem in report.problems}


class TestVerify:
    def test_finds_nothing_in_a_sound_log(self, log):
        report = queries.verify()

        assert report.problems == ()
        assert (report.size, report.entries, report.checkpoints) == (300, 300, 2)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_names_the_tile_in_which_a_byte_was_flipped(self, log, data):
        names = ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"]
        name = data.draw(st.sampled_from(names))
        kept = (log / name).read_bytes()
        flip(log / name, data.draw(st.integers(0, len(kept) - 1)))

        report = queries.verify()

        (log / name).write_bytes(kept)
        assert places(report) & {name}
        assert not {place for place in places(report) if place.startswith("tile/")} - {name}

    @pytest.mark.parametrize("name", ["tile/0/000", "tile/1/000.p/1", "tile/entries/001.p/44"])
    def test_names_the_tile_that_is_missing(self, log, name):
        (log / name).unlink()

        assert name in places(queries.verify())

    @pytest.mark.parametrize(
        "change",
        [
            {"sealed": bytes(40)},
            {"leaf": "{}"},
            {"actor_name": "王五"},
            {"actor_id": "staff:9"},
            {"action": "hall.submission.withdraw"},
            {"outcome": "hall.too-late"},
            {"organisation": "370100/"},
            {"at": datetime(2020, 1, 1, tzinfo=UTC)},
            {"sealed": None},
        ],
        ids="+".join,
    )
    def test_names_the_entry_whose_row_was_changed(self, log, change):
        Entry.objects.filter(index=123).update(**change)

        assert places(queries.verify()) == {"entry 123"}

    def test_names_the_entry_whose_key_was_changed_or_is_gone(self, log):
        BodyKey.objects.filter(entry__index=3).update(salt=bytes(32))
        BodyKey.objects.filter(entry__index=4).delete()

        assert places(queries.verify()) == {"entry 3", "entry 4"}

    def test_names_the_entry_whose_row_is_gone(self, log):
        Entry.objects.filter(index=299).delete()
        Entry.objects.filter(index=7).delete()

        assert places(queries.verify()) == {"entry 7", "entry 299"}

    def test_names_the_entry_that_is_filed_under_other_names(self, log):
        EntryName.objects.filter(entry__index=5).last().delete()

        assert places(queries.verify()) == {"entry 5"}

    def test_names_the_line_and_the_page_of_the_register_that_were_changed(self, log):
        line = RegisterLine.objects.order_by("key")[17]
        RegisterLine.objects.filter(pk=line.pk).update(count=2)
        RegisterPage.objects.filter(level=0).update(content=bytes(512))

        assert places(queries.verify()) == {f"register {line}", "register page 0/0"}

    def test_names_a_line_that_is_missing_from_the_register(self, log):
        line = RegisterLine.objects.order_by("key")[17]
        line.delete()

        assert places(queries.verify()) == {f"register {line}"}

    def test_names_the_checkpoint_whose_register_left_an_entry_out(self, site, recorded, monkeypatch):
        recorded(5)
        real = register.update
        monkeypatch.setattr(register, "update", lambda store, entries: real(store, list(entries)[:-1]))
        actions.integrate(at=NOW)
        monkeypatch.undo()

        assert places(queries.verify(queries.export())) == {"checkpoint 5"}

    def test_names_a_remembered_checkpoint_that_the_log_does_not_continue(self, log):
        Checkpoint.objects.filter(size=260).update(text=Checkpoint.objects.get(size=300).text)

        assert places(queries.verify()) == {"checkpoint 260"}

    def test_finds_that_the_end_was_cut_off(self, log):
        first = Checkpoint.objects.get(size=260)
        (log / "checkpoint").write_text(first.text)

        assert "checkpoint 300" in places(queries.verify())

    def test_a_checkpoint_by_another_key_is_named(self, log):
        flip(log / "checkpoint", -5)

        assert "checkpoint" in places(queries.verify())

    def test_a_timestamp_is_judged_by_who_offered_to(self, log):
        actions.attach_timestamp(size=300, token=b"token")
        export = queries.export()

        judged = verification.verify(export, timestamp=lambda token, data: "" if token == b"token" else "no")

        assert (judged.problems, judged.timestamps) == ((), 1)
        assert places(verification.verify(queries.export())) == {"checkpoint 300, timestamp"}


class TestExport:
    def test_is_all_that_a_verification_needs(self, log, tmp_path):
        folder = tmp_path / "copy"
        shutil.copytree(log, folder, ignore=shutil.ignore_patterns("*.key"))
        exporting.write(queries.export(), folder)
        Entry.objects.all().delete()

        assert verification.verify(exporting.read(folder)).problems == ()
        assert not list(folder.glob("*.key"))

    def test_names_the_body_in_which_a_byte_was_flipped(self, log, tmp_path):
        exporting.write(queries.export(), log)
        lines = (log / exporting.BODIES).read_text().splitlines()
        lines[17] = lines[17].replace("citizen:1", "citizen:9", 1)
        (log / exporting.BODIES).write_text("\n".join(lines) + "\n")

        assert places(verification.verify(exporting.read(log))) == {"entry 17"}

    def test_without_salts_the_bodies_stay_closed_and_the_rest_is_checked(self, log, tmp_path):
        exporting.write(queries.export(), log, salts=False)

        assert verification.verify(exporting.read(log)).problems == ()
        assert not (log / exporting.SALTS).exists()

    def test_tiles_are_named_by_their_place_in_the_tree(self):
        assert tiles.widths(300) == [256, 44]

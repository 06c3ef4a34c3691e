"""The stand-alone verifier: another implementation, which finds every flipped byte and names its file."""

import ast
import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.trail import actions, config, queries, rules
from quancheng.security.trail.engine import exporting, note, register
from quancheng.security.trail.models import BodyKey, Entry, EntryName

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
VERIFIER = Path(config.__file__).parent / "static" / "trail" / "verify_trail.py"


@pytest.fixture
def program(monkeypatch, capsys):
    """Returns a function that runs the verifier in this process: exit code and lines of output."""
    module: dict = {"__name__": "verify_trail"}
    exec(compile(VERIFIER.read_text(), str(VERIFIER), "exec"), module)

    def run(*arguments):
        code = module["main"]([str(item) for item in arguments])
        return code, capsys.readouterr().out

    return run


def witnessed(old):
    """Have this site's own witness sign the latest checkpoint."""
    latest, key = queries.checkpoint(), queries.signer(note.WITNESS)
    line = actions.cosign(
        checkpoint=latest.text,
        old_size=old,
        proof=queries.consistency_proof(old=old, new=latest.size),
        origin=latest.origin,
        verifier=queries.verifier(),
        at=NOW,
    )
    actions.attach_cosignature(size=latest.size, witness=key.name, verifier=str(key.verifier), line=line)


@pytest.fixture
def log(site, recorded, erased):
    """A log of two signed sizes with an erased entry, cosigned."""
    ids = recorded(260)
    actions.integrate(at=NOW)
    witnessed(0)
    erased(ids[7])
    recorded(5, subjects=("person:7",))
    actions.integrate(at=NOW)
    witnessed(260)
    actions.publish()
    return site


@pytest.fixture
def export(log, tmp_path):
    """The log as an exported folder."""
    folder = tmp_path / "export"
    call_command("trail", "export", "--out", str(folder))
    return folder


def reseal(folder):
    """Sign the list of files again, as a forger with the log's key would."""
    (folder / exporting.MANIFEST).unlink()
    exporting.seal(folder, queries.signer())


def _idle(name, content, at):
    """Test whether a byte states nothing: the number of a database row, the department of an entry that was erased."""
    start = content.rfind(b"\n", 0, at) + 1
    line = content[start : content.find(b"\n", start)]
    idle = [rb'"id":"\d+"', rb'"organisation":"[^"]*"'] if b'"sealed":null' in line else [rb'"id":"\d+"']
    found = [span for pattern in idle for span in re.finditer(pattern, line)]
    return name == "bodies.jsonl" and any(span.start() <= at - start < span.end() for span in found)


class TestExport:
    def test_is_sound_by_the_key_that_was_noted(self, export, program):
        code, said = program(export, "--key", queries.verifier())

        assert code == 0, said
        assert "267 entries (1 erased, 0 closed)" in said
        assert "2 cosignatures" in said

    def test_is_sound_as_a_zip_and_without_salts(self, log, tmp_path, program):
        call_command("trail", "export", "--out", str(tmp_path / "trail.zip"), "--without-salts")

        code, said = program(tmp_path / "trail.zip")

        assert code == 0, said
        assert "1 erased, 266 closed" in said

    def test_is_checked_by_a_process_that_has_only_cryptography(self, export):
        imported = {
            (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).partition(".")[0]
            for node in ast.walk(ast.parse(VERIFIER.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        assert imported <= sys.stdlib_module_names | {"cryptography"}

        done = subprocess.run(
            [sys.executable, "-I", str(VERIFIER), str(export)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_a_flipped_byte_in_any_file_is_named_with_the_file(self, export, program, data):
        files = sorted(str(file.relative_to(export)) for file in export.rglob("*") if file.is_file())
        name = data.draw(st.sampled_from(files))
        kept = (export / name).read_bytes()
        at = data.draw(st.integers(0, len(kept) - 1))
        (export / name).write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])

        code, said = program(export, "--key", queries.verifier())

        (export / name).write_bytes(kept)
        assert code == 1
        assert f"WRONG: {name}" in said

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_what_a_forger_with_the_log_s_key_changes_is_found_by_what_was_signed_before(self, export, program, data):
        name = data.draw(
            st.sampled_from(["tile/0/000", "tile/entries/000", "tile/1/000.p/1", "bodies.jsonl", "salts.jsonl"])
        )
        kept, manifest = (export / name).read_bytes(), (export / exporting.MANIFEST).read_bytes()
        at = data.draw(st.integers(0, len(kept) - 1).filter(lambda at: not _idle(name, kept, at)))
        (export / name).write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
        reseal(export)

        code, said = program(export, "--key", queries.verifier())

        (export / name).write_bytes(kept)
        (export / exporting.MANIFEST).write_bytes(manifest)
        assert code == 1, said

    @pytest.mark.parametrize("name", ["tile/0/000", "tile/entries/001.p/11", "bodies.jsonl", "keys.json", "checkpoint"])
    def test_a_missing_file_is_named(self, export, program, name):
        (export / name).unlink()

        code, said = program(export)

        assert code == 1
        assert f"WRONG: {name}" in said

    def test_another_key_than_the_noted_one_is_named(self, export, program):
        stranger = note.Signer(config.origin(), note.LOG, queries.signer(note.WITNESS).private).verifier

        code, said = program(export, "--key", stranger)

        assert code == 1
        assert "not the one that you hold" in said

    def test_a_checkpoint_that_somebody_kept_must_fit(self, export, program, tmp_path):
        text = note.Checkpoint(config.origin(), 100, bytes(32)).text
        (tmp_path / "kept").write_text(f"{text}\n{queries.signer().line(text)}\n")
        shutil.copy(export / "checkpoint", tmp_path / "good")

        assert program(export, "--known", tmp_path / "good")[0] == 0
        code, said = program(export, "--known", tmp_path / "kept")
        assert code == 1
        assert "WRONG: kept: its root is not that of the entries" in said

    def test_an_entry_filed_under_other_names_is_named(self, log, tmp_path, program):
        EntryName.objects.filter(entry__index=5).last().delete()
        call_command("trail", "export", "--out", str(tmp_path / "bad"))

        code, said = program(tmp_path / "bad")

        assert code == 1
        assert "bodies.jsonl: entry 5: it is filed under other names" in said

    def test_a_register_that_left_an_entry_out_is_named(self, log, recorded, tmp_path, program, monkeypatch):
        recorded(2)
        real = register.update
        monkeypatch.setattr(register, "update", lambda store, entries: real(store, list(entries)[:-1]))
        actions.integrate(at=NOW)
        call_command("trail", "export", "--out", str(tmp_path / "bad"))

        code, said = program(tmp_path / "bad")

        assert code == 1
        assert "its register is not that of the entries" in said

    def test_a_body_that_is_gone_without_an_erasure_is_named(self, log, tmp_path, program):
        Entry.objects.filter(index=9).update(sealed=None)
        call_command("trail", "export", "--out", str(tmp_path / "bad"))

        assert "entry 9: its body is gone" in program(tmp_path / "bad")[1]

    @pytest.mark.parametrize(
        ("column", "value", "sentence"),
        [
            ("action", "hall.submission.withdraw", "its column action says something else than its leaf"),
            ("outcome", "pmi.forbidden", "its column outcome says something else than its leaf"),
            ("at", NOW, "its column at says something else than its leaf"),
            ("actor_name", "李四", "its body was erased, but not salt and actor"),
        ],
    )
    def test_a_column_that_contradicts_an_erased_entry_s_leaf_is_named(
        self, log, tmp_path, program, column, value, sentence
    ):
        Entry.objects.filter(index=7).update(**{column: value})
        call_command("trail", "export", "--out", str(tmp_path / "bad"))

        assert f"bodies.jsonl: entry 7: {sentence}" in program(tmp_path / "bad")[1]
        assert {problem.place for problem in queries.verify().problems} == {"entry 7"}

    def test_a_salt_that_outlived_its_erasure_is_named(self, log, tmp_path, program):
        BodyKey.objects.create(entry=Entry.objects.get(index=7), salt=bytes(32))
        call_command("trail", "export", "--out", str(tmp_path / "bad"))

        assert "entry 7: its body was erased, but not salt and actor" in program(tmp_path / "bad")[1]
        assert {problem.place for problem in queries.verify().problems} == {"entry 7"}

    def test_closed_bodies_are_held_against_their_leaves(self, log, tmp_path, program):
        Entry.objects.filter(index=9).update(outcome="pmi.forbidden")
        Entry.objects.filter(index=10).update(actor_id="citizen:2")
        call_command("trail", "export", "--out", str(tmp_path / "bad"), "--without-salts")

        said = program(tmp_path / "bad")[1]
        assert "entry 9: its column outcome says something else than its leaf" in said
        assert "entry 10: it is not filed under who acted" in said


class TestProof:
    @pytest.fixture
    def proof(self, log, tmp_path):
        def write(**wishes):
            path = tmp_path / "proof.json"
            # Without the witness's line, which is checked by who noted the witness's key.
            bare = {"checkpoint": queries.checkpoint().note}
            path.write_text(json.dumps({**queries.subject_proof(name="person:7"), **bare, **wishes}))
            return path

        return write

    def test_of_all_entries_of_a_name_is_sound(self, proof, program):
        code, said = program(proof(), "--key", queries.verifier())

        assert (code, said) == (0, "sound: these 5 are all entries about person:7 among 267; 0 of them erased\n")

    def test_of_absence_is_sound(self, log, tmp_path, program):
        (tmp_path / "none.json").write_text(json.dumps(queries.subject_proof(name="person:8")))

        assert "these 0 are all entries about person:8" in program(tmp_path / "none.json")[1]

    def test_of_one_entry_is_sound(self, log, tmp_path, program):
        entry = Entry.objects.get(index=7)
        (tmp_path / "one.json").write_text(json.dumps(queries.evidence(entry_id=str(entry.pk))))

        code, said = program(tmp_path / "one.json")
        assert (code, said) == (0, "sound: entry 7 is one of the 267 entries of the log (its body is erased)\n")

    def test_with_an_entry_left_out_added_or_moved_is_wrong(self, proof, program):
        entries = queries.subject_proof(name="person:7")["entries"]
        other = queries.subject_proof(name="application:3")["entries"][0]

        for changed in (entries[1:], entries[:-1], [], [*entries, other], [other, *entries[1:]], entries[::-1]):
            assert program(proof(entries=changed))[0] == 1

    def test_of_another_name_or_kind_is_wrong(self, proof, program):
        assert program(proof(name="person:8"))[0] == 1
        assert program(proof(kind=rules.BY))[0] == 1

    def test_cannot_show_the_absence_of_what_is_there(self, proof, program):
        line = queries.subject_proof(name="person:7")["register"]
        for changed in ({**line, "end": None}, {"siblings": line["siblings"] + [""], "end": None}):
            assert program(proof(entries=[], register=changed))[0] == 1

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_a_flipped_letter_anywhere_is_wrong(self, proof, program, data):
        path = proof()
        text = path.read_text()
        at = data.draw(st.integers(0, len(text) - 1))
        changed = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
        path.write_text(changed)

        code, _said = program(path, "--key", queries.verifier())

        unsaid = '"verifier": "'  # the noted key counts, not the one in the file
        start = text.index(unsaid)
        assert code == 1 or start <= at < text.index(", ", start) or json.loads(changed) == json.loads(text)

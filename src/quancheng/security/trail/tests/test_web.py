"""The explorer and the public files."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.http import Http404

from quancheng.security.trail import actions, queries
from quancheng.security.trail.engine import merkle, note
from quancheng.security.trail.models import Entry
from quancheng.security.trail.tests.factories import convinces
from quancheng.security.trail.web import views

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Reader:
    """Somebody on a request, with what the pages and the menu ask; the trail does not know pmi's Actor."""

    id: str
    name: str
    kind: str = "staff"
    organisation: str = "370100/"
    held: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()

    def may(self, privilege, organisation=None):
        if privilege != "trail.entry.read":
            return False
        if organisation == "":
            return any(place.count("/") <= 1 for place in self.held)
        return any((organisation or place).startswith(place) for place in self.held)

    def might(self, privilege):
        return self.may(privilege)

    def reach(self, privilege):
        whole = any(place.count("/") <= 1 for place in self.held)
        return SimpleNamespace(branches=self.held, units=(), own=False, unplaced=whole)


AUDITOR = Reader("staff:1", "审计员", held=("370100/",))
CLERK = Reader("staff:2", "办事员")
STRANGER = Reader("anonymous", "", kind="anonymous")


@pytest.fixture
def log(site, recorded):
    recorded(3, organisation="370100/spfw/")
    recorded(1, organisation="370200/", actor_name="外市")
    actions.integrate(at=NOW)
    return site


def ask(rf, view, actor, address="/trail/", **kwargs):
    request = rf.get(address)
    request.actor = actor
    response = view.as_view()(request, **kwargs)
    return response.render() if hasattr(response, "render") else response


class TestEntries:
    def test_shows_only_what_lies_in_the_reader_s_places(self, log, rf):
        context = ask(rf, views.Entries, AUDITOR).context_data

        assert {item.organisation for item in context["page"].items} == {"370100/spfw/"}

    def test_shows_what_citizens_and_the_platform_do_to_those_who_read_the_whole_city(self, log, recorded, rf):
        recorded(1, organisation="", actor_name="市民")
        department = Reader("staff:3", "部门审计员", held=("370100/spfw/",))

        def organisations(reader):
            return {item.organisation for item in ask(rf, views.Entries, reader).context_data["page"].items}

        assert organisations(AUDITOR) == {"370100/spfw/", ""}
        assert organisations(department) == {"370100/spfw/"}

    def test_a_look_is_entered_itself(self, log, rf):
        ask(rf, views.Entries, AUDITOR, "/trail/?action=hall")

        assert Entry.objects.filter(action="trail.entry.read", actor_id="staff:1", outcome="done").count() == 1

    def test_is_refused_without_the_privilege_and_that_is_entered(self, log, rf):
        with pytest.raises(views.NotAuthorised):
            ask(rf, views.Entries, CLERK)

        assert Entry.objects.filter(actor_id="staff:2", outcome="trail.forbidden").exists()

    def test_sends_strangers_to_sign_in(self, log, rf):
        assert ask(rf, views.Entries, STRANGER).status_code == 302


class TestOneEntry:
    def test_another_place_s_entry_is_refused(self, log, rf):
        stranger = Entry.objects.get(actor_name="外市")

        with pytest.raises(views.NotAuthorised):
            ask(rf, views.OneEntry, AUDITOR, entry_id=str(stranger.pk))

    def test_its_proof_convinces_without_the_server(self, log, rf):
        entry = Entry.objects.get(index=1)

        proof = ask(rf, views.Proof, AUDITOR, entry_id=str(entry.pk))

        found = json.loads(proof.content)
        stated = note.verify(found["checkpoint"], note.Verifier.parse(found["verifier"]))
        assert convinces(
            merkle.verify_inclusion,
            leaf=merkle.leaf_hash(found["leaf"].encode()),
            index=found["index"],
            size=stated.size,
            proof=[bytes.fromhex(value) for value in found["path"]],
            root=stated.root,
        )


class TestPublicFiles:
    def test_anyone_reads_checkpoint_and_tiles(self, log, rf):
        checkpoint = ask(rf, views.Checkpoint, STRANGER)
        tile = ask(rf, views.Tile, STRANGER, path="0/000.p/4")

        assert note.parse(checkpoint.content.decode()).size == 4
        assert b"".join(tile.streaming_content) == (log / "tile/0/000.p/4").read_bytes()

    @pytest.mark.parametrize("path", ["../log.key", "0/../../log.key", "0/0", "0/000.p/4/..", "entries/001", "0/000 "])
    def test_nothing_else_is_served(self, log, rf, path):
        with pytest.raises(Http404):
            ask(rf, views.Tile, STRANGER, path=path)


class TestCommand:
    def test_verifies_and_names_what_is_wrong(self, log, capsys):
        call_command("trail", "verify")
        assert "sound" in capsys.readouterr().out

        Entry.objects.filter(index=2).update(actor_name="别人")
        with pytest.raises(CommandError):
            call_command("trail", "verify")
        assert "entry 2" in capsys.readouterr().out

    def test_an_export_is_verified_alone(self, log, tmp_path, capsys):
        call_command("trail", "export", "--out", str(tmp_path / "copy"))
        Entry.objects.all().delete()

        call_command("trail", "verify", "--data", str(tmp_path / "copy"))

        assert "sound" in capsys.readouterr().out
        assert queries.verifier() in (tmp_path / "copy" / "keys.json").read_text()

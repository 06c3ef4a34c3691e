"""`verify_stamps.py`, which shares no line with ours, checks both timestamps of an export."""

import base64
from pathlib import Path

import pytest
from django.core.management import call_command

from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import anchoring
from quancheng.security.pki.tests.outside import grows, now, serving
from quancheng.security.trail import config as trail_config
from quancheng.security.trail.models import Checkpoint

pytestmark = pytest.mark.django_db(transaction=True)


class TestStandAloneVerifier:
    """`verify_stamps.py`, which shares no line with ours."""

    @pytest.fixture
    def program(self, capsys):
        path = Path(trail_config.__file__).parent / "static" / "trail" / "verify_stamps.py"
        module = {"__name__": "verify_stamps"}
        exec(compile(path.read_text(), str(path), "exec"), module)

        def run(*arguments):
            return module["main"]([str(item) for item in arguments]), capsys.readouterr().out

        return run

    @pytest.fixture
    def export(self, uses, outsider, tmp_path):
        """An export with both tokens, and the file of both roots."""
        with serving(outsider.answer) as url:
            uses(url)
            grows()
            anchoring.ask_second(at=now())
        call_command("trail", "export", "--out", str(tmp_path / "export"), verbosity=0)
        (tmp_path / "roots.pem").write_text("".join(pki.trusted_roots()) + outsider.root.read_text())
        return tmp_path / "export", tmp_path / "roots.pem"

    def test_believes_both(self, program, export):
        folder, roots = export

        code, said = program(folder, "--trust", roots, "--need-both")

        assert code == 0
        assert "1 first and 1 second timestamps are genuine" in said
        assert "Outside TSA" in said

    def test_names_the_one_that_it_does_not_trust(self, program, export, outsider):
        folder, _roots = export

        code, said = program(folder, "--trust", outsider.root)

        assert code == 1
        assert "first timestamp: its certificate does not lead to one that you trust" in said

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda line: line.replace('"second":"', '"gone":"'), "second timestamp: there is none"),
            (lambda line: line.replace("second", "x").replace('"token"', '"second"').replace('"x"', '"token"'), ""),
            (lambda line: line.replace('"text":"', '"text":"x'), "it is over something else"),
        ],
    )
    def test_names_what_was_changed(self, program, export, change, sentence):
        folder, roots = export
        file = folder / "checkpoints.jsonl"
        file.write_text(change(file.read_text()))

        code, said = program(folder, "--trust", roots, "--need-both")

        assert (sentence in said and code == 1) if sentence else code == 0

    def test_names_two_tokens_of_one_authority(self, program, export):
        folder, roots = export
        row = Checkpoint.objects.get()
        again = base64.b64encode(pki.timestamp(anchoring._digest(row.text))).decode()
        second = base64.b64encode(bytes(row.second.token)).decode()
        file = folder / "checkpoints.jsonl"
        file.write_text(file.read_text().replace(second, again))

        assert "both tokens are by one authority" in program(folder, "--trust", roots)[1]

"""The DMN Technology Compatibility Kit: how many of its test cases pass, level by level."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from quancheng.support.dmn import public as dmn

TCK = Path(__file__).parents[5] / ".." / "shared" / "data" / "dmn-tck"
needs_kit = pytest.mark.skipif(not TCK.exists(), reason="the DMN TCK (shared/data/dmn-tck) is not on this machine")


@needs_kit
@pytest.mark.parametrize(("level", "floor", "cases"), [(2, 1.0, 110), (3, 0.965, 3200)])
def test_the_share_of_cases_that_pass_does_not_fall(level, floor, cases):
    chapters = dmn.chapters(TCK / f"compliance-level-{level}")
    passed = [verdict.passed for chapter in chapters for verdict in dmn.verdicts(chapter)]

    assert len(passed) > cases
    assert sum(passed) / len(passed) >= floor


@needs_kit
def test_the_command_lists_chapters_and_totals(capsys):
    call_command("dmn", "tck", str(TCK), "--level", "2")

    lines = capsys.readouterr().out.splitlines()
    assert "0004-simpletable-U: 3 of 3" in lines
    assert lines[-1] == "116 of 116 test cases pass (100.0%)"


def test_a_folder_without_cases_is_refused(tmp_path):
    with pytest.raises(CommandError, match="no test cases"):
        call_command("dmn", "tck", str(tmp_path))

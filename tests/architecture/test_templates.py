"""Templates of every app: what the content security policy forbids is not written, and icons and colours are look's."""

import re
from pathlib import Path

import pytest

from quancheng.support.look import rules

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src" / "quancheng"
TEMPLATES = sorted(SOURCES.glob("*/*/templates/**/*.html"))
SHEETS = sorted(SOURCES.glob("*/*/static/**/*.css"))
NAMES = [str(path.relative_to(SOURCES)) for path in TEMPLATES]

COMMENT = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->", re.DOTALL)
INLINE_STYLE = re.compile(r"<[a-z][^>]*\sstyle\s*=|<style\b", re.IGNORECASE)
HANDLER = re.compile(r"<[a-z][^>]*\s(?:on[a-z]+|hx-on[:\w-]*)\s*=", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
DATA = re.compile(r"""type=["'](?:application|text)/(?:json|xml|[\w.+-]*\+(?:json|xml))["']""")
ICON = re.compile(r"""\{%\s*icon\s+["']([\w-]+)["']""")
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(", re.IGNORECASE)


def text(path: Path) -> str:
    return COMMENT.sub("", path.read_text("utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
class TestTemplate:
    def test_has_no_inline_style(self, path):
        assert not INLINE_STYLE.search(text(path))

    def test_has_no_handler_in_an_attribute(self, path):
        assert not HANDLER.search(text(path))

    def test_has_no_script_of_its_own(self, path):
        written = [
            body.strip()
            for attributes, body in SCRIPT.findall(text(path))
            if body.strip() and not DATA.search(attributes)
        ]
        assert not written

    def test_names_only_icons_that_exist(self, path):
        assert set(ICON.findall(text(path))) <= rules.ICONS.keys()


def test_only_look_names_a_colour():
    foreign = [sheet for sheet in SHEETS if "/support/look/" not in sheet.as_posix()]

    assert not [sheet for sheet in foreign if COLOUR.search(sheet.read_text("utf-8"))]

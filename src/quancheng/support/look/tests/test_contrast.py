"""The colours of tokens.css, measured: WCAG 2.2, 1.4.3 (text 4.5) and 1.4.11 (controls 3)."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[1] / "static/look/tokens.css").read_text("utf-8")
MODES = {
    "light": r":root \{",
    "dark": r':root\[data-theme="dark"\] \{',
    "system dark": r':root:not\(\[data-theme="light"\]\) \{',
    "high contrast": r':root\[data-contrast="high"\] \{',
    "high contrast dark": r':root\[data-contrast="high"\]\[data-theme="dark"\] \{',
}
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2") for ground in ("page", "surface", "surface-2", "spring-wash")),
    *(("spring", ground) for ground in ("page", "surface", "spring-wash")),
    *(("spring-deep", ground) for ground in ("page", "surface", "spring-wash")),
    *((tone, ground) for tone in ("jade", "amber", "red") for ground in ("page", "surface", f"{tone}-wash")),
    ("on-spring", "spring"),
    ("on-spring", "spring-deep"),
    ("on-night", "night"),
    ("on-night-2", "night"),
    ("ink-2", "jade-wash"),
    ("surface", "red"),
    ("official", "surface"),
    *(("on-heat", f"heat-{level}") for level in range(1, 6)),
    ("ink", "amber-wash"),
    *(("ink", f"{tone}-wash") for tone in ("jade", "red")),
]
CONTROLS = [
    *((edge, ground) for edge in ("line-control", "focus") for ground in ("page", "surface")),
    # What charts draw: WCAG 2.2, 1.4.11 counts it among the graphics one needs to see.
    *((tone, "surface") for tone in ("spring", "jade", "amber", "red", "ink-2")),
    *(("ink", f"heat-{level}") for level in range(1, 6)),
]


def colours(mode: str) -> dict[str, str]:
    block = re.search(MODES[mode] + r"(.*?)\n\s*\}", TOKENS, re.DOTALL)
    assert block, mode
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block.group(1)))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", MODES)
class TestContrast:
    @pytest.mark.parametrize(("ink", "ground"), TEXT)
    def test_of_text_is_enough(self, mode, ink, ground):
        found = colours(mode)

        assert contrast(found[ink], found[ground]) >= 4.5

    @pytest.mark.parametrize(("line", "ground"), CONTROLS)
    def test_of_the_edge_of_a_control_is_enough(self, mode, line, ground):
        found = colours(mode)

        assert contrast(found[line], found[ground]) >= 3


def test_both_ways_into_the_dark_show_the_same_colours():
    assert colours("dark") == colours("system dark")


def test_every_colour_of_text_and_every_edge_is_measured():
    measured = {name for pair in (*TEXT, *CONTROLS) for name in pair}

    # Lines between rows carry no meaning: what they part is parted by space too.
    assert set(colours("light")) - measured <= {"line"}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_says_every_colour(mode):
    assert set(colours(mode)) == set(colours("light"))

"""Draws the round seal of an organisation: red ring, star, and the name set around, 42 mm across.

After the State Council's rules on official seals (国发〔1999〕25号): a ring, a five-pointed star, the name from left to
right around it. Drawn as vectors with typst, so it prints sharply at any size.
"""

from functools import lru_cache
from math import cos, pi, sin

RED = "#c8102e"
SIZE_MM = 42.0
FONTS = ("SimSun", "Noto Serif CJK SC", "Songti SC")


def _star(radius: float) -> str:
    """Return the star's corners as typst points (mm from the upper left of the seal)."""
    corners = []
    for step in range(10):
        reach = radius if step % 2 == 0 else radius * 0.381966
        angle = -pi / 2 + step * pi / 5
        x, y = SIZE_MM / 2 + reach * cos(angle), SIZE_MM / 2 + reach * sin(angle)
        corners.append(f"({x:.3f}mm, {y:.3f}mm)")
    return ", ".join(corners)


def _letters(name: str) -> tuple[str, ...]:
    """Return typst for each character, upright on the ring, over an arc that grows with the name up to 270 degrees."""
    size = min(6.2, 76.0 / max(len(name), 9))
    reach = SIZE_MM / 2 - 2.1 - size * 0.55
    sweep = min(270.0, 26.0 * max(len(name) - 1, 0)) if len(name) < 12 else 270.0
    drawn = []
    for place, letter in enumerate(name):
        turn = -sweep / 2 + (sweep * place / (len(name) - 1) if len(name) > 1 else 0)
        x, y = reach * sin(turn * pi / 180), -reach * cos(turn * pi / 180)
        quoted = letter.replace("\\", "\\\\").replace('"', '\\"')
        drawn.append(
            f"#place(center + horizon, dx: {x:.3f}mm, dy: {y:.3f}mm, rotate({turn:.2f}deg, "
            f'scale(x: 78%, text(size: {size * 1.15:.2f}mm, "{quoted}"))))'
        )
    return tuple(drawn)


def _source(name: str) -> bytes:
    fonts = ", ".join(f'"{font}"' for font in FONTS)
    lines = (
        f"#set page(width: {SIZE_MM}mm, height: {SIZE_MM}mm, margin: 0mm, fill: none)",
        f'#set text(font: ({fonts},), fill: rgb("{RED}"), weight: "regular", fallback: true)',
        f'#place(center + horizon, circle(radius: {SIZE_MM / 2 - 0.7}mm, stroke: 1.2mm + rgb("{RED}")))',
        f'#place(top + left, polygon(fill: rgb("{RED}"), {_star(7.0)}))',
        *_letters(name),
    )
    return "\n".join(lines).encode()


@lru_cache(maxsize=128)
def seal(name: str) -> bytes:
    """Return the seal of `name` as a PDF of one page, 42 mm square, with nothing behind the red."""
    import typst

    return _one_page(typst.compile(_source(name)))


@lru_cache(maxsize=128)
def picture(name: str) -> bytes:
    """Return the seal of `name` as SVG, for pages."""
    import typst

    return _one_page(typst.compile(_source(name), format="svg"))


def _one_page(drawn: object) -> bytes:
    if not isinstance(drawn, bytes):
        raise TypeError("the seal must be one page")
    return drawn

"""Secrecy marks (密级标志): what carries one never enters this network."""

import re
from typing import Final

# 保守国家秘密法 (2024) 第二十二条: what carries state secrets is marked, electronic files too; 保守国家秘密法实施条例
# (2024) 第二十一条: the mark says the level and the period. GB/T 9704-2012 7.2.2 sets it as “机密★1年”, with spaces
# between the two characters when no period follows.
LEVELS: Final = "绝密|机密|秘密"
_STAR: Final = "[★☆✩✪⭐＊*]"
_BRACKETS: Final = "[【〔［\\[（(]"
_CLOSING: Final = "[】〕］\\]）)]"
SECRECY_MARK: Final = re.compile(
    rf"({LEVELS}){_STAR}|^({LEVELS})$|密级[:：]({LEVELS})(?![、/或])|^{_BRACKETS}({LEVELS}){_CLOSING}"
    # A recognised scan seldom shows the star as one: level and period alone in a line are enough.
    rf"|^({LEVELS}).{{0,2}}(?:\d{{1,2}}(?:年|个月)|长期)$",
    re.MULTILINE,
)
_NAME_MARK: Final = re.compile(rf"{_BRACKETS}({LEVELS})(?:级|件|文件)?{_CLOSING}")
_GAPS: Final = re.compile(r"[^\S\n]+")


def secrecy_mark(text: str) -> str | None:
    """Return the secrecy mark (密级) that `text` carries, None without one. Spaces inside a line do not hide it."""
    return _first(SECRECY_MARK.search(_GAPS.sub("", text)))


def mark_in_name(name: str) -> str | None:
    """Return the secrecy mark that a file name carries, None without one; its ending does not count."""
    stem = name.rpartition(".")[0] or name
    bare = _GAPS.sub("", stem)
    return _first(SECRECY_MARK.search(bare)) or _first(_NAME_MARK.search(bare))


def _first(found: re.Match[str] | None) -> str | None:
    return next((group for group in found.groups() if group), None) if found else None

"""Takes everything out of a form's HTML that could do harm: what is left is words, lists and links."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

ALLOWED = frozenset({"p", "ul", "ol", "li", "strong", "em", "b", "i", "br", "hr", "h3", "h4", "dl", "dt", "dd", "a"})
# A form stands under the headings of its page.
LOWERED = {"h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4"}
EMPTY = frozenset({"br", "hr"})
# Their content is not words.
DROPPED = frozenset({"script", "style", "template", "iframe", "object", "svg", "math", "noscript", "title", "textarea"})
LINK = re.compile(r"(https?://|/(?![/\\])|mailto:|tel:)[^\s\\]*", re.IGNORECASE)


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.opened: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED:
            self.silent.append(tag)
        tag = LOWERED.get(tag, tag)
        if self.silent or tag not in ALLOWED:
            return
        target = dict(attrs).get("href") or ""
        if tag == "a" and LINK.fullmatch(target):
            self.found.append(f'<a href="{escape(target)}" rel="noopener noreferrer">')
        else:
            self.found.append(f"<{tag}>")
        if tag not in EMPTY:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent and tag == self.silent[-1]:
            self.silent.pop()
            return
        tag = LOWERED.get(tag, tag)
        if self.silent or tag not in self.opened:
            return
        while self.opened:
            last = self.opened.pop()
            self.found.append(f"</{last}>")
            if last == tag:
                break

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(escape(data))


def harmless(html: str) -> str:
    """Return HTML of allowed elements only, every one closed, without attributes but the address of a link."""
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return "".join([*cleaner.found, *(f"</{tag}>" for tag in reversed(cleaner.opened))])

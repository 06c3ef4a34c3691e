"""A person at a browser without scripts, who opens pages, fills forms and follows links."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urljoin

import httpx
from bs4 import BeautifulSoup

# An element of a page. BeautifulSoup's own types allow lists for attributes that HTML knows as text.
Element = Any
Upload = tuple[str, bytes, str]  # name, content, media type
T = TypeVar("T")
PATIENCE = 90.0  # seconds for something to cross the ferry and back, with a process killed on the way


class LostError(RuntimeError):
    """The page is not what the person expected; the message shows its address and what it says."""


def until(look: Callable[[], T | None], what: str) -> T:
    """Look again until there is something to see. :raises LostError: after a minute and a half."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (seen := look()) is not None:
            return seen
        time.sleep(0.2)
    raise LostError(f"waited {PATIENCE:.0f} s for {what}")


@dataclass(slots=True)
class Page:
    """A page that a visitor sees."""

    url: str
    status: int
    html: Element

    @property
    def text(self) -> str:
        """What the main part of the page says, on one line."""
        return " ".join((self.html.find("main") or self.html).get_text(" ").split())

    @property
    def heading(self) -> str:
        """The page's main heading."""
        found = self.html.find("h1")
        return found.get_text(" ", strip=True) if found else ""

    @property
    def due(self) -> str:
        """The due date that the page shows, e.g. 2026年11月30日; empty without one."""
        shown = self.html.find(class_="qc-due__date")
        found = re.search(r"\d{4}年\d{1,2}月\d{1,2}日", shown.get_text()) if shown else None
        return found.group() if found else ""

    def link(self, part: str) -> str:
        """Return the address of the first link whose address or text holds `part`."""
        for anchor in self.html.find_all("a", href=True):
            if part in anchor["href"] or part in anchor.get_text():
                return urljoin(self.url, anchor["href"])
        raise LostError(f"no link with {part!r} on {self.url}: {self.text[:600]}")

    def form(self, having: str) -> "Form":
        """Return the first form that has a field or button named `having`; with a slash, whose address holds it."""
        for form in self.html.find_all("form"):
            if (having in form.get("action", "")) if "/" in having else form.find(attrs={"name": having}):
                return Form(self, form)
        errors = self.html.find(attrs={"role": "alert"})
        said = errors.get_text(" ", strip=True) if errors else self.text[:600]
        raise LostError(f"no form with {having!r} on {self.url}: {said}")


class Form:
    """A form with the values it shows; `fill` changes them."""

    def __init__(self, page: Page, tag: Element) -> None:
        self.page, self.tag = page, tag
        self.action = urljoin(page.url, tag.get("action") or page.url)
        self.method = (tag.get("method") or "get").lower()
        self.values: dict[str, list[str]] = {}
        self.files: list[tuple[str, Upload]] = []
        for field in tag.find_all(["input", "select", "textarea"]):
            self._read(field)

    def _read(self, field: Element) -> None:
        name, kind = field.get("name"), (field.get("type") or "").lower()
        if not name or field.has_attr("disabled") or kind in {"submit", "button", "file", "image", "reset"}:
            return
        if kind in {"radio", "checkbox"}:
            if field.has_attr("checked"):
                self.values.setdefault(name, []).append(field.get("value", "on"))
        elif field.name == "select":
            options = field.find_all("option")
            chosen = [option for option in options if option.has_attr("selected")] or options[:1]
            self.values[name] = [option.get("value", option.get_text()) for option in chosen]
        else:
            # HTML drops one line break right after the tag, and so do browsers.
            text = field.get_text().removeprefix("\n") if field.name == "textarea" else field.get("value", "")
            self.values.setdefault(name, []).append(text)

    def has(self, name: str) -> bool:
        """Test whether the form has a field `name`."""
        return self.tag.find(attrs={"name": name}) is not None

    def names(self, kind: str) -> list[str]:
        """Return the names of the fields of an input type, in the order of the page."""
        return list(
            dict.fromkeys(field["name"] for field in self.tag.find_all("input", type=kind) if field.get("name"))
        )

    def fill(self, values: Mapping[str, Any]) -> "Form":
        """Type `values`; a list chooses several. :raises LostError: for a field that the form does not have."""
        for name, value in values.items():
            if not self.has(name):
                raise LostError(f"no field {name!r} in {self.action}; there are {sorted(self.values)}")
            self.values[name] = [str(item) for item in (value if isinstance(value, list) else [value])]
        return self

    def attach(self, name: str, file: Upload) -> "Form":
        """Choose a file for the field `name`."""
        self.files.append((name, file))
        return self


class Visitor:
    """One person with one browser: cookies are theirs alone."""

    def __init__(self, base: str, name: str) -> None:
        self.base, self.name = base, name
        self.client = httpx.Client(
            base_url=base,
            follow_redirects=True,
            timeout=60,
            headers={"Accept-Language": "zh-Hans", "Accept": "text/html"},
        )

    def open(self, address: str, *, expect: int = 200) -> Page:
        """Open a page. :raises LostError: when the answer has another status than expected."""
        return self._page(self.client.get(address), expect)

    def submit(self, form: Form, button: tuple[str, str] | None = None, *, expect: int = 200) -> Page:
        """Send a form, with the name and value of the button pressed."""
        data = dict(form.values)
        if button:
            data[button[0]] = [button[1]]
        if form.method == "get":
            return self._page(self.client.get(form.action, params=data), expect)
        headers = {"Referer": form.page.url}
        answer = self.client.post(form.action, data=data, files=form.files or None, headers=headers)
        return self._page(answer, expect)

    def download(self, address: str) -> bytes:
        """Return a file's bytes. :raises LostError: when it is refused."""
        answer = self.client.get(address)
        if answer.status_code != httpx.codes.OK:
            raise LostError(f"{address} answered {answer.status_code}")
        return answer.content

    def sign_in(self, username: str, password: str) -> Page:
        """Sign in with a password. :raises LostError: when the site still asks for one."""
        form = self.open("/accounts/login/").form("password")
        page = self.submit(form.fill({"login": username, "password": password}))
        if page.html.find("input", attrs={"type": "password"}):
            raise LostError(f"{username} could not sign in: {page.text[:400]}")
        return page

    def _page(self, answer: httpx.Response, expect: int) -> Page:
        page = Page(str(answer.url), answer.status_code, BeautifulSoup(answer.content, "html.parser"))
        if answer.status_code != expect:
            raise LostError(f"{answer.request.method} {answer.url} answered {answer.status_code}: {page.text[:800]}")
        return page

"""What a page offers, its reader may do: whoever follows links comes to no door that is shut to them."""

from collections import deque
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve, reverse

from tests.security import routes
from tests.security.city import CITIZENS, EDITOR, STAFF
from tests.security.conftest import read_to_the_end
from tests.security.test_http import html_of

pytestmark = pytest.mark.django_db

NOBODY = ""
PEOPLE = (NOBODY, *CITIZENS, EDITOR, *STAFF)
DAILY = (NOBODY, CITIZENS[0], "admin", "lead")  # whose links are followed in `make test`
# Two pages behind one address differ little, but the first of a kind may be the one with nothing on it.
OF_EACH_KIND = 2
# The editor's own application, and what a page hands to another program.
NOT_OURS = ("/cms/", "/static/", "/media/")


def kind_of(path):
    """Return the pattern of an address, None where the site has no page."""
    try:
        return resolve(path).route
    except Resolver404:
        return None


def links_of(answer, path):
    """Return the addresses within the site that a page leads to by links and forms that only ask."""
    if "text/html" not in answer.get("Content-Type", "") or answer.streaming:
        return []
    page = html_of(answer)
    asked = [item.get("href") for item in page.find_all("a", href=True)]
    asked += [item.get("action") or path for item in page.find_all("form") if item.get("method", "get") == "get"]
    parts = [urlsplit(urljoin(path, address)) for address in asked]
    return [item.path for item in parts if not item.scheme and not item.netloc and not item.path.startswith(NOT_OURS)]


def asks_for_purpose(answer):
    """Tell whether the page says no for now only, and offers to declare what for."""
    return reverse("pmi:purpose") in {form.get("action") for form in html_of(answer).find_all("form")}


@pytest.mark.parametrize("username", routes.walks(PEOPLE, DAILY), ids=lambda name: name or "nobody")
def test_no_link_leads_to_a_closed_door(city, username):
    browser = city.browser(username)
    seen, tried, shut = {"/"}, {}, []
    waiting = deque([("/", "the address bar")])
    while waiting:
        path, origin = waiting.popleft()
        kind = kind_of(path)
        if kind is not None and tried.get(kind, 0) >= OF_EACH_KIND:
            continue
        tried[kind] = tried.get(kind, 0) + 1
        answer = browser.get(path, follow=True)
        read_to_the_end(answer)
        if answer.status_code not in {HTTPStatus.OK, HTTPStatus.METHOD_NOT_ALLOWED} and not asks_for_purpose(answer):
            shut.append(f"{path} from {origin}: {answer.status_code}")
            continue
        for link in links_of(answer, path):
            if link not in seen:
                seen.add(link)
                waiting.append((link, path))

    assert not shut, "\n".join(shut)
    assert len(tried) > 1

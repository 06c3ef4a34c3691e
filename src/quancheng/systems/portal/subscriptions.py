"""What the portal hears."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models.signals import post_delete, post_save
from django.utils.translation import pgettext_lazy
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from quancheng.kernel import events
from quancheng.security.pmi import public as pmi
from quancheng.support.search import public as search
from quancheng.systems.portal import actions, models, queries


@events.hears("hall.service-published")
def show_service(message: events.Message) -> None:
    """A business system offers a service: show it on the start page and in the search."""
    data = message.data
    actions.keep_card(
        actor=pmi.service_actor("portal"),
        code=data["service_code"],
        version=int(data["version"]),
        title=data["title"],
        summary=data.get("summary", ""),
        department=data.get("department", ""),
        departments=len(data.get("departments") or ()),
        guide=dict(data.get("guide") or {}),
        at=message.time,
    )


@search.indexes(
    "portal.page",
    title=pgettext_lazy("portal", "Pages and documents"),
    icon="book",
    states=dict(models.Validity.choices),
)
def searchable(keys: Collection[str] | None) -> Iterator[search.Entry]:
    """Yield the pages that everybody may read."""
    for page in queries.searchable(keys):
        if url := page.get_url():
            yield search.Entry(
                key=str(page.pk),
                title=page.title,
                text=queries.text_of(page),
                words=tuple(getattr(page, "words", "").split()),
                url=url,
                readers=(search.EVERYBODY,),
                state=getattr(page, "validity", ""),
                day=getattr(page, "issued_on", None),
            )


def note_page(instance: Page, **_others: Any) -> None:
    """The editor published, took back or deleted a page."""
    search.touch("portal.page", str(instance.pk))


def note_tree(**_others: Any) -> None:
    """A part of the tree has other addresses or other readers now."""
    search.touch("portal.page")


for signal in (page_published, page_unpublished):
    signal.connect(note_page, dispatch_uid="portal.search-page")
for kind in queries.PAGES:
    # Each by name: a listener to every model's deletions would slow all of them down.
    post_delete.connect(note_page, sender=kind, dispatch_uid=f"portal.search-{kind.__name__}")
for signal in (post_page_move, page_slug_changed):
    signal.connect(note_tree, dispatch_uid="portal.search-tree")
for signal in (post_save, post_delete):
    signal.connect(note_tree, sender=PageViewRestriction, dispatch_uid="portal.search-restriction")

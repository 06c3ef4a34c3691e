"""What documents tells others: what can be found of them, and whether a file that a form brings may come in."""

from collections.abc import Collection, Iterator
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from quancheng.kernel import zone
from quancheng.support.documents import queries
from quancheng.support.documents.actions import keeping
from quancheng.support.documents.queries import documents
from quancheng.support.eforms import public as eforms
from quancheng.support.search import public as search


@eforms.checks_files("documents")
def is_harmless(file: Any) -> str:
    """Return "" for a file without secrecy mark in its name and without malware, else the sentence that says so."""
    return keeping.fault_of(file)


if zone.serves({zone.INTRANET}):

    @search.indexes(
        queries.SEARCHED,
        title=pgettext_lazy("documents", "Documents"),
        icon="documents",
        subjects=("document",),
    )
    def searchable(keys: Collection[str] | None) -> Iterator[search.Entry]:
        """Yield documents by title, file name and the text of their current version, for who may open them."""
        for found in documents.searchable(keys):
            yield search.Entry(
                key=str(found.id),
                title=found.title,
                text=found.text,
                words=(found.name,) if found.name.rpartition(".")[0] != found.title else (),
                url=reverse("documents:document", args=[found.id]),
                readers=(search.Readers(documents.READ, found.organisation, found.owner),),
                department=found.organisation.rstrip("/").rpartition("/")[2],
                day=timezone.localdate(found.changed_at),
            )

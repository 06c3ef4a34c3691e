"""What people keep of tables for themselves, and the entry that an export of personal data leaves."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.look import queries
from quancheng.support.look.models import SavedView

EVERYBODY = ("staff", "citizen")
MOST_VIEWS = 30
LONGEST_NAME, LONGEST_QUERY = 40, 1000


class BadName(Refusal):
    """A view has no name, or one that is too long."""

    code: ClassVar[str] = "look.bad-name"
    message = _("Give the view a name of at most 40 characters. Nothing was saved.")
    status: ClassVar[int] = 422


class TooManyViews(Refusal):
    """One person keeps no more views of one table."""

    code: ClassVar[str] = "look.too-many-views"
    message = _("You keep 30 views of this list already. Delete one first; nothing was saved.")


class TooLong(Refusal):
    """What the view looks at cannot be said in the length of an address."""

    code: ClassVar[str] = "look.too-long"
    message = _("This view searches for too much to be kept. Shorten what is searched; nothing was saved.")


@pmi.action("look.view.keep", open_to=EVERYBODY)
def keep_view(*, actor: pmi.Actor, table: str, name: str, query: str, at: datetime) -> None:
    """Keep a view of a table under a name of one's own; the same name again replaces it.

    :raises BadName: :raises TooManyViews: :raises TooLong:
    """
    name = _tidy(name)
    if not name or len(name) > LONGEST_NAME:
        raise BadName
    if len(query) > LONGEST_QUERY:
        raise TooLong
    kept = queries.kept_views(actor, table)
    if kept.count() >= MOST_VIEWS and not kept.filter(name=name).exists():
        raise TooManyViews
    SavedView.objects.update_or_create(
        owner=actor.id, table=table, name=name, defaults={"query": query, "changed_at": at}
    )


@pmi.action("look.view.forget", open_to=EVERYBODY)
def forget_view(*, actor: pmi.Actor, table: str, name: str) -> None:
    """Delete a view of one's own; one that is not there is gone already."""
    queries.kept_views(actor, table).filter(name=_tidy(name)).delete()


def _tidy(name: str) -> str:
    return " ".join(name.replace("\0", "").split())


def enter_export(
    *, actor: pmi.Actor, table: str, columns: Iterable[str], query: str, subjects: Iterable[str], rows: int, kind: str
) -> None:
    """Enter in the trail that rows about people leave the platform as a file, before they do."""
    trail.record(
        action="look.table.export",
        actor_id=actor.id,
        actor_name=actor.name,
        subjects=(f"table:{table}", *filter(None, subjects)),
        organisation=actor.organisation,
        detail={"columns": list(columns), "query": query, "rows": rows, "format": kind, "purpose": actor.purpose},
    )

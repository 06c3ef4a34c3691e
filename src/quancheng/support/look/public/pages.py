"""The page of a table, to inherit from: list, files, saved views and batches of one declared table."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http import StreamingHttpResponse as Stream
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.look import actions
from quancheng.support.look.engine import exports, words
from quancheng.support.look.engine.columns import Outcome
from quancheng.support.look.engine.tables import Table


class TableView(pmi.GuardedView):
    """A list of the workbench: a page says its `action` and its `table`; a template of its own extends look/list.html.

    What the page shows beside the table comes from `context`.
    """

    table: ClassVar[type[Table]]
    template_name: ClassVar[str] = "look/list.html"
    masks = True

    @property
    def actor(self) -> pmi.Actor:
        """Who is looking."""
        return self.request.actor  # type: ignore[attr-defined]

    def made(self) -> Table:
        """Return the table as the address asks for it."""
        table = self.table(self.actor, self.request.GET)
        if pmi.Obligation.MASK in self.owed:
            table.mask()
        return table

    def context(self, table: Table) -> dict[str, Any]:
        """Return what the template needs beside `table`."""
        return {}

    def get(self, request: HttpRequest, **_place: Any) -> HttpResponseBase:
        table, kind = self.made(), request.GET.get("export", "")
        if kind in exports.FORMATS:
            return export(table, kind)
        return self._show(table)

    def post(self, request: HttpRequest, **_place: Any) -> HttpResponse:
        table, wish = self.made(), request.POST.get("wish", "")
        if wish in {"keep", "forget"}:
            self._remember(table, wish, request.POST.get("name", ""))
            return HttpResponseRedirect(f"?{table.query()}")
        marked = request.POST.getlist("row")
        outcomes = table.perform(wish, marked)
        if not outcomes:
            messages.warning(request, _("Mark at least one row first. Nothing was changed."))
            return HttpResponseRedirect(f"?{table.query(page=table.number)}")
        # Read again: what was done may have moved rows out of the list.
        return self._show(self.made(), outcomes)

    def _show(self, table: Table, outcomes: tuple[Outcome, ...] = ()) -> HttpResponse:
        context = {"table": table, "outcomes": outcomes, **self.context(table)}
        return render(self.request, self.template_name, context)

    def _remember(self, table: Table, wish: str, name: str) -> None:
        try:
            if wish == "keep":
                actions.keep_view(actor=self.actor, table=table.name, name=name, query=table.query(), at=timezone.now())
                messages.success(self.request, _("The view was saved. Its address can be shared."))
            else:
                actions.forget_view(actor=self.actor, table=table.name, name=name[: actions.LONGEST_NAME])
                messages.success(self.request, _("The view was deleted."))
        except Refusal as refusal:
            messages.error(self.request, str(refusal))


def export(table: Table, kind: str) -> HttpResponseBase:
    """Answer with all rows that fit, as they are shown: the same columns, order and words.

    Rows about people are entered in the trail before they leave; a file that was cut says so in its last line.
    """
    moment = timezone.localtime()
    name = f"{table.title}-{moment:%Y%m%d-%H%M}.{kind}"
    headers = {"Cache-Control": "private, no-store"}
    if kind == "csv":
        headers["Content-Disposition"] = content_disposition_header(True, name) or ""
        return Stream(exports.as_csv(_lines(table, kind)), content_type=exports.FORMATS[kind], headers=headers)
    facts = [
        (pgettext("table", "List"), str(table.title)),
        (pgettext("table", "Made at"), words.when(moment)),
        (pgettext("table", "Made by"), table.actor.name),
        (pgettext("table", "Rows that fit"), table.counted),
        (pgettext("table", "Address"), f"?{table.query()}"),
    ]
    file = exports.as_xlsx(_lines(table, kind), title=str(table.title), facts=facts)
    return FileResponse(file, as_attachment=True, filename=name, content_type=exports.FORMATS[kind], headers=headers)


def _lines(table: Table, kind: str) -> Iterator[list[Any]]:
    yield [str(column.title) for column in table.shown]
    for portion in table.portions():
        if table.personal:
            actions.enter_export(
                actor=table.actor,
                table=table.name,
                columns=[column.name for column in table.shown],
                query=table.query(),
                subjects=[table.subject(line) for line in portion],
                rows=len(portion),
                kind=kind,
            )
        yield from ([column.kept(line) for column in table.shown] for line in portion)
    if table.more:
        cut = ngettext(
            "Only the first row is in this file; there are more. Narrow the list to export the others.",
            "Only the first %(count)s rows are in this file; there are more. Narrow the list to export the others.",
            table.most,
        )
        yield [cut % {"count": table.most}]

"""Pages; each names the privilege that opens it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import pgettext
from quancheng.business.sample import actions, queries, rules
from quancheng.business.sample.web import forms, tables

from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look


class List(look.TableView):
    """The records of the reader's departments."""

    action, table, template_name = "sample.record.read", tables.Records, "sample/list.html"


class Enter(pmi.GuardedView):
    """Enter a record for the department in whose post one is."""

    action = "sample.record.enter"

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "sample/new.html", {"form": forms.RecordForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        form = forms.RecordForm(request.POST)
        if not form.is_valid():
            return render(request, "sample/new.html", {"form": form}, status=422)
        made = actions.enter(actor=actor, organisation=actor.organisation, at=timezone.now(), **form.cleaned_data)
        messages.success(request, pgettext("sample", "The record was entered."))
        return redirect("sample:record", record_id=made.pk)


class Show(pmi.GuardedView):
    """One record."""

    action = "sample.record.read"

    def target(self) -> pmi.Target:
        """Return the record at its department."""
        return queries.target(record_id=self.kwargs["record_id"])

    def get(self, request: HttpRequest, record_id: UUID) -> HttpResponse:
        found = queries.record(record_id)
        return render(request, "sample/record.html", {"record": found, "state": rules.state(found.settled_at)})

"""Pages where a spreadsheet is sent in, read row by row, and taken in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity.actions import importing as actions
from quancheng.security.identity.engine import sheets
from quancheng.security.identity.queries import importing as queries
from quancheng.security.identity.web.views import Page
from quancheng.security.pmi import public as pmi

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SendIn(forms.Form):
    file = forms.FileField(
        label=_("Spreadsheet"),
        max_length=200,
        help_text=_("XLSX, or CSV in UTF-8 or GB18030; at most 5 MB and 5000 rows a table."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > sheets.MOST_BYTES:
            raise forms.ValidationError(str(queries.WHOLE["too-big"]))
        return file


class Import(Page, FormView):
    """Sending in a file."""

    action = "identity.directory.import"
    form_class = SendIn
    template_name = "identity/import.html"

    def form_valid(self, form: Any) -> HttpResponse:
        file = form.cleaned_data["file"]
        try:
            draft = actions.send_in(
                account_id=self.request.user.pk, name=file.name, content=file.read(), at=timezone.localtime()
            )
        except Refusal as refusal:
            form.add_error("file", str(refusal))
            return self.form_invalid(form)
        return redirect("identity:import-draft", draft)


class Template(Page):
    """The empty workbook."""

    action = "identity.directory.import"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = HttpResponse(queries.template(), content_type=XLSX)
        response["Content-Disposition"] = 'attachment; filename="directory.xlsx"'
        return response


class Draft(Page):
    """What a file would bring, row by row, and the button that takes it in."""

    action = "identity.directory.import"
    template_name = "identity/import_draft.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        draft = queries.draft(self.kwargs["import_draft_id"], self.request.user.pk)
        return super().get_context_data(draft=draft, wrong_only="wrong" in self.request.GET, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        draft_id, at = self.kwargs["import_draft_id"], timezone.localtime()
        try:
            number = actions.take_in(actor=self.request.actor, draft_id=draft_id, at=at)
        except pmi.Forbidden:
            raise
        except actions.DraftChanged as refusal:
            actions.look_again(draft_id=draft_id, account_id=self.request.user.pk)
            messages.warning(request, str(refusal))
        except queries.UnknownDraft:
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            text = ngettext("%(n)s row has been taken in.", "%(n)s rows have been taken in.", number) % {"n": number}
            messages.success(request, text if number else gettext("Nothing was new; nothing has changed."))
        return redirect("identity:import-draft", draft_id)

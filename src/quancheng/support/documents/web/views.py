"""The workbench's pages about documents."""

from abc import ABC, abstractmethod
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.documents.actions import documents as acts
from quancheng.support.documents.actions import keeping, retention, templates
from quancheng.support.documents.config import config
from quancheng.support.documents.queries import Kept
from quancheng.support.documents.queries import documents as asks
from quancheng.support.documents.queries import retention as laws
from quancheng.support.documents.web import forms, tables
from quancheng.support.documents.web.sending import send
from quancheng.support.look import public as look


def _kept(request: HttpRequest, file: Any) -> Kept:
    actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
    limit = config.largest_upload_bytes
    return keeping.keep(file.file, name=file.name, actor=actor.id, limit=limit, shared=False)


class Documents(look.TableView):
    """Documents that the reader may see, with filters and search in their text."""

    action, table, template_name = asks.READ, tables.Documents, "documents/list.html"


class New(pmi.GuardedView):
    """A new document from a file."""

    action = "documents.document.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        return self._page(
            request, forms.NewDocument(places=self._places(request), initial={"organisation": actor.organisation})
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.NewDocument(request.POST, request.FILES, places=self._places(request))
        if form.is_valid():
            given = form.cleaned_data
            try:
                kept = _kept(request, given["file"])
                made = acts.create(
                    actor=request.actor,  # type: ignore[attr-defined]
                    key=given["key"],
                    title=given["title"] or kept.name.rpartition(".")[0] or kept.name,
                    organisation=given["organisation"],
                    kept=kept,
                    note=given["note"],
                    at=timezone.now(),
                )
                return redirect("documents:document", document_id=made)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                return self._page(request, form, status=refusal.status)
        return self._page(request, form, status=422)

    def _places(self, request: HttpRequest) -> tuple[tuple[str, str], ...]:
        return asks.organisations(actor=request.actor, action=self.action)  # type: ignore[attr-defined]

    def _page(self, request: HttpRequest, form: django_forms.Form, status: int = 200) -> HttpResponse:
        return render(request, "documents/new.html", {"form": form}, status=status)


class Official(pmi.GuardedView):
    """An official document set after GB/T 9704."""

    action = "documents.document.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        name = actor.organisation_name
        initial = {"organisation": actor.organisation, "issuer": f"{name}文件" if name else "", "signature": name,
                   "date": timezone.localdate()}  # fmt: skip
        return self._page(request, forms.Official(places=self._places(request), initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.Official(request.POST, places=self._places(request))
        if form.is_valid():
            try:
                made = templates.write(
                    actor=request.actor,  # type: ignore[attr-defined]
                    key=form.cleaned_data["key"],
                    organisation=form.cleaned_data["organisation"],
                    data=form.data_for_setting(),
                    at=timezone.now(),
                )
                return redirect("documents:document", document_id=made)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                return self._page(request, form, status=refusal.status)
        return self._page(request, form, status=422)

    def _places(self, request: HttpRequest) -> tuple[tuple[str, str], ...]:
        return asks.organisations(actor=request.actor, action=self.action)  # type: ignore[attr-defined]

    def _page(self, request: HttpRequest, form: django_forms.Form, status: int = 200) -> HttpResponse:
        return render(request, "documents/official.html", {"form": form}, status=status)


class Destroyed(look.TableView):
    """The register of destruction."""

    action, table, template_name = asks.READ, tables.Destroyed, "documents/destroyed.html"

    def context(self, table: look.Table) -> dict[str, Any]:
        return {"laws": laws.legal_rules()}


class About(pmi.GuardedView):
    """A page or step about one document."""

    def target(self) -> pmi.Target:
        """Return where the document belongs."""
        return asks.place(document_id=self.kwargs["document_id"])


class OneDocument(About):
    """A document: versions, preview, lock, retention, holds; the look stands in the trail."""

    action = asks.READ

    def get(self, request: HttpRequest, document_id: UUID) -> HttpResponse:
        return page_of(request, document_id)


def page_of(request: HttpRequest, document_id: UUID, *, status: int = 200, **bound: django_forms.Form) -> HttpResponse:
    """Return the page of a document; `bound` are forms that were sent and are not in order."""
    actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
    search = request.GET.get("q", "").replace("\0", "")[:100]
    wanted = request.GET.get("version", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else 0
    item = asks.look(actor=actor, document_id=document_id, search=search, number=number)
    language = get_language() or "zh-hans"
    steps = ("version.add", "document.check-out", "lock.break", "retention.set", "hold.place", "hold.lift",
             "document.destroy", "version.download", "version.restore")  # fmt: skip
    may = {
        step.replace(".", "_").replace("-", "_"): actor.may(f"documents.{step}", item.organisation, item.owner)
        for step in steps
    }
    context: dict[str, Any] = {
        "item": item,
        "shown": item.shown,
        "q": search,
        "may": may,
        "mine": item.locked_by == actor.id,
        "free": item.locked_by in {"", actor.id},
        "version_form": forms.NewVersion(initial={"base": item.current.number}),
        "retention_form": forms.Retention(
            language=language,
            initial={"retention": item.retention.code if item.retention else "", "closed_on": item.closed_on},
        ),
        "hold_form": forms.Hold(prefix="hold"),
        "destroy_form": forms.Reason(prefix="destroy"),
        "why": [retention.WHY[bar] for bar in item.bars],
        "laws": laws.legal_rules(),
        "english": not language.startswith("zh"),
    }
    return render(request, "documents/document.html", {**context, **bound}, status=status)


class Step(About, ABC):
    """Something that is done with a document, after which its page is shown again."""

    http_method_names = ["post"]
    form_class: type[django_forms.Form] | None = None
    form_name = ""
    prefix: str | None = None

    def post(self, request: HttpRequest, document_id: UUID, **more: Any) -> HttpResponse:
        form = self.form()
        if form is not None and not form.is_valid():
            return self._again(form, document_id, 422)
        try:
            said = self.take(form.cleaned_data if form else {}, document_id=document_id, **more)
        except Refusal as refusal:
            if form is None or isinstance(refusal, pmi.Forbidden | asks.NoDocument):
                raise
            form.add_error(None, str(refusal))
            return self._again(form, document_id, refusal.status)
        if said:
            messages.success(request, said)
        if self.stays:
            return redirect("documents:document", document_id=document_id)
        return redirect("documents:list")

    stays = True

    def form(self) -> django_forms.Form | None:
        """Return the form that was sent; None where there is nothing to fill in."""
        return self.form_class(self.request.POST, self.request.FILES, prefix=self.prefix) if self.form_class else None

    @abstractmethod
    def take(self, given: dict[str, Any], *, document_id: UUID, **more: Any) -> str:
        """Do it and return what to say."""

    def _again(self, form: django_forms.Form, document_id: UUID, status: int) -> HttpResponse:
        return page_of(self.request, document_id, status=status, **{self.form_name: form})

    @property
    def facts(self) -> dict[str, Any]:
        """Who, and when."""
        return {"actor": self.request.actor, "at": timezone.now()}  # type: ignore[attr-defined]


class AddVersion(Step):
    """A new version from a file."""

    action, form_class, form_name = "documents.version.add", forms.NewVersion, "version_form"

    def take(self, given: dict[str, Any], *, document_id: UUID, **more: Any) -> str:
        kept = _kept(self.request, given["file"])
        number = acts.add_version(
            **self.facts, document_id=document_id, kept=kept, base=given["base"], note=given["note"]
        )
        return _("Version %(number)s is the current one.") % {"number": number}


class Restore(Step):
    """An earlier version again."""

    action = "documents.version.restore"

    def take(self, given: dict[str, Any], *, document_id: UUID, **more: Any) -> str:
        base = self.request.POST.get("base", "")
        made = acts.restore(
            **self.facts, document_id=document_id, number=more["number"], base=int(base) if base.isdecimal() else 0
        )
        return _("Version %(number)s is the current one.") % {"number": made}


class Lock(Step):
    """Checks the document out, or in again."""

    action = "documents.document.check-out"

    def take(self, given: dict[str, Any], *, document_id: UUID, **more: Any) -> str:
        if self.request.POST.get("give") == "back":
            acts.check_in(**self.facts, document_id=document_id)
            return _("You have checked the document in.")
        acts.check_out(**self.facts, document_id=document_id)
        return _("You have checked the document out: only you add versions now.")


class BreakLock(Step):
    """Takes the document away from whoever has it."""

    action = "documents.lock.break"

    def take(self, given: dict[str, Any], *, document_id: UUID, **more: Any) -> str:
        acts.break_lock(**self.facts, document_id=document_id)
        return _("The lock is broken.")


class SetRetention(Step):
    """How long the document is kept."""

    action, form_name = "documents.retention.set", "retention_form"

    def form(self) -> django_forms.Form:
        return forms.Retention(self.request.POST, language=get_language() or "zh-hans")

    def take(self, given: dict[str, Any], *, document_id: UUID, **more: Any) -> str:
        retention.set_retention(
            **self.facts, document_id=document_id, retention=given["retention"], closed_on=given["closed_on"]
        )
        return _("The retention is set.")


class PlaceHold(Step):
    """A legal hold."""

    action, form_class, form_name, prefix = "documents.hold.place", forms.Hold, "hold_form", "hold"

    def take(self, given: dict[str, Any], *, document_id: UUID, **more: Any) -> str:
        retention.place_hold(**self.facts, document_id=document_id, basis=given["basis"], reason=given["reason"])
        return _("The hold stands: nothing of the document can be destroyed.")


class LiftHold(Step):
    """The end of a legal hold."""

    action = "documents.hold.lift"

    def take(self, given: dict[str, Any], *, document_id: UUID, **more: Any) -> str:
        reason = self.request.POST.get("reason", "")
        retention.lift_hold(**self.facts, document_id=document_id, hold_id=more["hold_id"], reason=reason)
        return _("The hold is lifted.")


class Destroy(Step):
    """The end of a document."""

    action, form_class, form_name, prefix = "documents.document.destroy", forms.Reason, "destroy_form", "destroy"
    stays = False

    def take(self, given: dict[str, Any], *, document_id: UUID, **more: Any) -> str:
        retention.destroy(**self.facts, document_id=document_id, reason=given["reason"])
        return _("The document is destroyed; the register of destruction names it.")


class Download(About):
    """A version's file, whole or in part."""

    action = asks.DOWNLOAD

    def get(self, request: HttpRequest, document_id: UUID, number: int) -> HttpResponseBase:
        actor = request.actor  # type: ignore[attr-defined]
        return send(request, asks.download(actor=actor, document_id=document_id, number=number))


class Picture(About):
    """A page of a version as a picture."""

    action = asks.READ

    def get(self, request: HttpRequest, document_id: UUID, number: int, page: int) -> HttpResponseBase:
        actor = request.actor  # type: ignore[attr-defined]
        found = asks.picture(actor=actor, document_id=document_id, number=number, page=page)
        return send(request, found, inline=True)

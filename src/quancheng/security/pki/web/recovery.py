"""Pages of key recovery: officers who keep shares, keys that are laid down, and their way back."""

from abc import ABC, abstractmethod
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import FormView, TemplateView

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import public as pki
from quancheng.security.pki import queries
from quancheng.security.pki.queries import recoveries
from quancheng.security.pki.web import forms
from quancheng.security.pmi import public as pmi


class Recoveries(pmi.GuardedView, TemplateView):
    """Recoveries, those that wait first, and the officers who keep shares."""

    action = "pki.recovery.read"
    template_name = "pki/recoveries.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now, actor = timezone.now(), self.request.actor  # type: ignore[attr-defined]
        page = recoveries.recoveries(page=self.request.GET.get("page", 1))
        return super().get_context_data(
            page=page,
            found=[recoveries.recovery_view(row, at=now) for row in page],
            officers=recoveries.officers(at=now),
            needed=recoveries.threshold(),
            board=len(recoveries.board(at=now)),
            own=actor.id,
            may_offer=actor.may("pki.recovery-officer.offer"),
            may_confirm=actor.may("pki.recovery-officer.confirm"),
            may_dismiss=actor.may("pki.recovery-officer.dismiss"),
            **kwargs,
        )


class Offer(pmi.AskingView):
    """Offers oneself as recovery officer."""

    action = "pki.recovery-officer.offer"
    form_class = forms.Offer
    template_name = "pki/officer_offer.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        found = recoveries.fit_for_shares(self.actor.id, at=timezone.now())
        return super().get_form_kwargs() | {"certificates": found}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(code=self.actor.id, **kwargs)

    def perform(self, form: forms.Offer) -> str:
        pki.offer_as_recovery_officer(actor=self.actor, serial=form.cleaned_data["serial"], at=timezone.now())
        return "pki:recoveries"


class Confirm(pmi.GuardedView):
    """Makes somebody who offered it a recovery officer."""

    action = "pki.recovery-officer.confirm"

    def post(self, request: HttpRequest, officer_id: int) -> HttpResponse:
        pki.confirm_recovery_officer(actor=request.actor, officer_id=officer_id, at=timezone.now())  # type: ignore[attr-defined]
        return redirect("pki:recoveries")


class Dismiss(pmi.GuardedView):
    """Dismisses a recovery officer."""

    action = "pki.recovery-officer.dismiss"

    def post(self, request: HttpRequest, officer_id: int) -> HttpResponse:
        pki.dismiss_recovery_officer(actor=request.actor, officer_id=officer_id, at=timezone.now())  # type: ignore[attr-defined]
        return redirect("pki:recoveries")


class _Handing(pmi.GuardedView, FormView, ABC):
    """Asks for a password and answers with a PKCS#12, which is kept nowhere."""

    form_class = forms.Password

    @abstractmethod
    def parcel(self, password: str) -> pki.Parcel:
        """Return what is handed over."""

    @property
    def actor(self) -> pmi.Actor:
        """Who asks."""
        return self.request.actor  # type: ignore[attr-defined]

    def form_valid(self, form: forms.Password) -> HttpResponse:
        try:
            made = self.parcel(form.cleaned_data["password"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
        return HttpResponse(made.content, content_type="application/x-pkcs12", headers=headers)


class Pair(_Handing):
    """Issues the certificate for encryption that belongs to one for signatures."""

    action = "pki.escrow.issue"
    template_name = "pki/pair.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        return super().get_context_data(
            certificate=queries.certificate(self.kwargs["serial"]),
            needed=recoveries.threshold(),
            board=recoveries.board(at=now),
            **kwargs,
        )

    def parcel(self, password: str) -> pki.Parcel:
        serial = self.kwargs["serial"]
        return pki.issue_encryption_certificate(actor=self.actor, serial=serial, password=password, at=timezone.now())


class Recover(pmi.AskingView):
    """Asks for the laid-down key of a certificate."""

    action = "pki.recovery.request"
    form_class = forms.Recover
    template_name = "pki/recovery_request.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(certificate=queries.certificate(self.kwargs["serial"]), **kwargs)

    def perform(self, form: forms.Recover) -> str:
        reason, serial = form.cleaned_data["reason"], self.kwargs["serial"]
        pki.request_recovery(actor=self.actor, serial=serial, reason=reason, at=timezone.now())
        return "pki:recoveries"


class _OfRecovery(pmi.GuardedView):
    """A page about one recovery."""

    def target(self) -> pmi.Target:
        return pmi.Target(subjects=(f"key-recovery:{self.kwargs['recovery_id']}",))

    def recovery(self) -> recoveries.RecoveryView:
        """Return the recovery in the address."""
        return recoveries.recovery(self.kwargs["recovery_id"], at=timezone.now())


class Recovery(_OfRecovery, TemplateView):
    """How far a recovery has come, and what this person may do next."""

    action = "pki.recovery.read"
    template_name = "pki/recovery.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor: pmi.Actor = self.request.actor  # type: ignore[attr-defined]
        found = self.recovery()
        return super().get_context_data(
            recovery=found,
            own=found.requester == actor.id,
            keeps=recoveries.share_of(found.id, actor.id) is not None and actor.may("pki.recovery.approve"),
            **kwargs,
        )


class Share(_OfRecovery):
    """An officer's share, enclosed for the officer's certificate."""

    action = "pki.recovery.approve"

    def get(self, request: HttpRequest, recovery_id: int) -> HttpResponse:
        found = recoveries.share_of(recovery_id, request.actor.id)  # type: ignore[attr-defined]
        if found is None:
            raise Http404
        headers = {"Content-Disposition": 'attachment; filename="share.p7m"', "Cache-Control": "no-store"}
        return HttpResponse(bytes(found.sealed), content_type="application/pkcs7-mime", headers=headers)


class Approve(_OfRecovery, pmi.AskingView):
    """Takes an officer's share."""

    action = "pki.recovery.approve"
    form_class = forms.Share
    template_name = "pki/recovery_approve.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = self.recovery()
        keeps = recoveries.share_of(found.id, self.actor.id) is not None
        return super().get_context_data(recovery=found, keeps=keeps, suite=pki.suite(), **kwargs)

    def perform(self, form: forms.Share) -> str:
        share, number = form.cleaned_data["share"], self.kwargs["recovery_id"]
        pki.approve_recovery(actor=self.actor, recovery_id=number, share=share, at=timezone.now())
        return "pki:recoveries"


class Collect(_OfRecovery, _Handing):
    """Hands the key over to who asked for it."""

    action = "pki.recovery.collect"
    template_name = "pki/recovery_collect.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(recovery=self.recovery(), **kwargs)

    def parcel(self, password: str) -> pki.Parcel:
        number = self.kwargs["recovery_id"]
        return pki.collect_key(actor=self.actor, recovery_id=number, password=password, at=timezone.now())


class Withdraw(_OfRecovery):
    """Takes a request for a key back."""

    action = "pki.recovery.withdraw"

    def post(self, request: HttpRequest, recovery_id: int) -> HttpResponse:
        pki.withdraw_recovery(actor=request.actor, recovery_id=recovery_id, at=timezone.now())  # type: ignore[attr-defined]
        return redirect("pki:recoveries")

"""Pages for officers: the inventory of certificates, and requests that wait for a second officer."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, TemplateView

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import public as pki
from quancheng.security.pki import queries
from quancheng.security.pki.queries import fleets, inventory, recoveries
from quancheng.security.pki.web import forms
from quancheng.security.pmi import public as pmi


def _seen(page: pmi.GuardedView, code: str = "subject_code") -> Q:
    """Return which rows the visitor may see, by the organisation whose code stands in the column `code`."""
    actor: pmi.Actor = page.request.actor  # type: ignore[attr-defined]
    return pmi.visible(actor, page.action, code=code)


class Certificates(pmi.GuardedView, TemplateView):
    """The certificates that this site issued, and which of them end soon."""

    action = "pki.certificate.read"
    template_name = "pki/certificates.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form, now = forms.Search(self.request.GET), timezone.now()
        wish = form.cleaned_data if form.is_valid() else {}
        page = inventory.inventory(
            search=wish.get("q", ""),
            profile=wish.get("profile", ""),
            state=wish.get("state", ""),
            ending=int(wish.get("ending") or 0),
            page=self.request.GET.get("page", 1),
            at=now,
            seen=_seen(self),
        )
        return super().get_context_data(
            form=form,
            page=page,
            certificates=[queries.view(row, now) for row in page],
            radar=inventory.radar(at=now),
            waiting=inventory.waiting(),
            **kwargs,
        )


class _OfCertificate(pmi.GuardedView):
    """A page about one certificate."""

    def certificate(self) -> queries.CertificateView:
        """Return the certificate in the address."""
        return queries.certificate(self.kwargs["serial"])

    def target(self) -> pmi.Target:
        return inventory.target_of_certificate(self.kwargs["serial"])


class Certificate(_OfCertificate, TemplateView):
    """One certificate with everything it says."""

    action = "pki.certificate.read"
    template_name = "pki/certificate.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = self.certificate()
        laid_down = recoveries.has_escrow(found.serial)
        return super().get_context_data(certificate=found, laid_down=laid_down, **kwargs)


class Download(_OfCertificate):
    """A certificate with its authority as PEM, the way servers want it."""

    action = "pki.certificate.read"

    def get(self, request: HttpRequest, serial: str) -> HttpResponse:
        headers = {"Content-Disposition": f'attachment; filename="{serial}.pem"'}
        content = queries.certificate_chain(serial)
        return HttpResponse(content, content_type="application/pem-certificate-chain", headers=headers)


class Revoke(_OfCertificate, pmi.AskingView):
    """Asks for the reason and revokes."""

    action = "pki.certificate.revoke"
    form_class = forms.Revoke
    template_name = "pki/revoke.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(certificate=self.certificate(), **kwargs)

    def perform(self, form: forms.Revoke) -> str:
        reason = form.cleaned_data["reason"]
        pki.revoke(actor=self.actor, serial=self.kwargs["serial"], reason=reason, at=timezone.now())
        return "pki:certificates"


class Renew(_OfCertificate, pmi.AskingView):
    """Asks once more and renews."""

    action = "pki.certificate.renew"
    form_class = forms.Confirm
    template_name = "pki/renew.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(certificate=self.certificate(), **kwargs)

    def perform(self, form: forms.Confirm) -> str:
        pki.renew(actor=self.actor, serial=self.kwargs["serial"], at=timezone.now())
        return "pki:certificates"


class Enrolments(pmi.GuardedView, TemplateView):
    """Requests for certificates, those that wait first."""

    action = "pki.enrolment.read"
    template_name = "pki/enrolments.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = inventory.enrolments(page=self.request.GET.get("page", 1), seen=_seen(self))
        found = [inventory.enrolment_view(row) for row in page]
        brought = fleets.latest(seen=_seen(self)) if page.number == 1 else ()
        return super().get_context_data(page=page, enrolments=found, fleets=brought, **kwargs)


class Enrol(pmi.AskingView):
    """Takes a CSR."""

    action = "pki.enrolment.request"
    form_class = forms.Enrol
    template_name = "pki/enrol.html"

    def perform(self, form: forms.Enrol) -> str:
        wish = form.cleaned_data
        pki.request_certificate(
            actor=self.actor,
            profile=wish["profile"],
            code=wish["code"],
            name=wish["name"],
            names=tuple(wish["names"].split()),
            csr=wish["csr"].read(),
            at=timezone.now(),
        )
        return "pki:enrolments"


class Enrolment(pmi.AskingView):
    """One request; a second officer agrees to it or refuses it."""

    action = "pki.enrolment.read"
    form_class = forms.Decide
    template_name = "pki/enrolment.html"

    def target(self) -> pmi.Target:
        return inventory.target_of_enrolment(self.kwargs["enrolment_id"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = inventory.enrolment(self.kwargs["enrolment_id"])
        if found is None:
            raise Http404
        own = found.requester == self.actor.id
        return super().get_context_data(enrolment=found, own=own, **kwargs)

    def perform(self, form: forms.Decide) -> str:
        wish = {"actor": self.actor, "enrolment_id": self.kwargs["enrolment_id"], "at": timezone.now()}
        if form.cleaned_data["decision"] == "approve":
            pki.approve_certificate(**wish)
        else:
            pki.refuse_certificate(reason=form.cleaned_data["reason"], **wish)
        return "pki:enrolments"


class AcmeKeys(pmi.GuardedView, TemplateView):
    """Which holders' servers may enrol by themselves."""

    action = "pki.acme-key.read"
    template_name = "pki/acme_keys.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_withdraw = self.request.actor.may("pki.acme-key.withdraw")  # type: ignore[attr-defined]
        return super().get_context_data(
            keys=inventory.acme_keys(seen=_seen(self, code="code")), may_withdraw=may_withdraw, **kwargs
        )


class NewAcmeKey(pmi.GuardedView, FormView):
    """Gives leave, and shows its secret this once."""

    action = "pki.acme-key.create"
    form_class = forms.AcmeKey
    template_name = "pki/acme_key.html"

    def form_valid(self, form: forms.AcmeKey) -> HttpResponse:
        wish = form.cleaned_data
        try:
            leave = pki.create_acme_key(
                actor=self.request.actor,  # type: ignore[attr-defined]
                code=wish["code"],
                name=wish["name"],
                trees=wish["trees"].split(),
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        directory = self.request.build_absolute_uri(reverse("pki:acme-directory"))
        reply = self.render_to_response(self.get_context_data(leave=leave, directory=directory))
        reply["Cache-Control"] = "no-store"
        return reply


class WithdrawAcmeKey(pmi.GuardedView):
    """Takes leave back."""

    action = "pki.acme-key.withdraw"

    def post(self, request: HttpRequest, kid: str) -> HttpResponse:
        pki.withdraw_acme_key(actor=request.actor, kid=kid, at=timezone.now())  # type: ignore[attr-defined]
        return redirect("pki:acme-keys")

"""Pages for many certificates at once: the requests of a fleet of devices, and a revocation by serial numbers."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import bundles
from quancheng.security.pki.queries import fleets
from quancheng.security.pki.web import forms
from quancheng.security.pmi import public as pmi

SHOWN = 200


class EnrolMany(pmi.AskingView):
    """Takes a ZIP or PEM file with many requests."""

    action = "pki.enrolment.request-many"
    form_class = forms.EnrolMany
    template_name = "pki/enrol_many.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(most=bundles.MOST, **kwargs)

    def perform(self, form: forms.EnrolMany) -> str:
        wish = form.cleaned_data
        made = pki.request_many(
            actor=self.actor,
            profile=wish["profile"],
            code=wish["code"],
            name=wish["name"],
            requests=wish["requests"],
            at=timezone.now(),
        )
        return reverse("pki:fleet", args=[made.slug])


class _OfFleet(pmi.GuardedView):
    """A page about requests that were brought together."""

    action = "pki.enrolment.read"

    def target(self) -> pmi.Target:
        return fleets.target(self.kwargs["fleet_slug"])


class Fleet(_OfFleet, TemplateView):
    """What became of each request."""

    template_name = "pki/fleet.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = fleets.fleet(self.kwargs["fleet_slug"])
        issued, refused = found.answers[: found.issued], found.answers[found.issued :]
        return super().get_context_data(
            fleet=found,
            issued=issued[:SHOWN],
            refused=refused,
            more=max(0, found.issued - SHOWN),
            # One answer for all rows: they are of one holder.
            may_read=self.request.actor.may("pki.certificate.read", self.target().organisation),  # type: ignore[attr-defined]
            **kwargs,
        )


class FleetArchive(_OfFleet):
    """All certificates of a fleet in one ZIP."""

    def get(self, request: HttpRequest, fleet_slug: str) -> HttpResponse:
        headers = {"Content-Disposition": f'attachment; filename="{fleet_slug}.zip"'}
        return HttpResponse(fleets.archive(fleet_slug), content_type="application/zip", headers=headers)


class RevokeMany(pmi.AskingView):
    """Takes serial numbers and a reason, shows what would be revoked, and then revokes."""

    action = "pki.certificate.revoke-many"
    form_class = forms.RevokeMany
    template_name = "pki/revoke_many.html"

    def form_valid(self, form: forms.RevokeMany) -> HttpResponse:
        found = fleets.withdrawal(form.cleaned_data["serials"])
        words = "\n".join((form.cleaned_data["reason"], *(row.serial for row in found.valid)))
        seen, before = hashlib.sha256(words.encode()).hexdigest(), self.request.POST.get("seen")
        if found.valid and seen == before and "carry-out" in self.request.POST:
            return super().form_valid(form)
        context = self.get_context_data(form=form, found=found, seen=seen, changed=bool(before and before != seen))
        return self.render_to_response(context | {"rows": found.valid[:SHOWN], "more": len(found.valid) - SHOWN})

    def perform(self, form: forms.RevokeMany) -> str:
        serials = tuple(form.cleaned_data["serials"])
        pki.revoke_many(actor=self.actor, serials=serials, reason=form.cleaned_data["reason"], at=timezone.now())
        return f"{reverse('pki:certificates')}?state=revoked"

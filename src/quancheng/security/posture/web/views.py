"""The page on which the security officer and the auditor see what is wanting, and the same as a file."""

import csv
import io
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from quancheng.kernel import zone
from quancheng.kernel.posture import Severity
from quancheng.kernel.spreadsheets import disarmed
from quancheng.security.pmi import public as pmi
from quancheng.security.posture import actions, queries
from quancheng.security.posture.web import forms


def _stands() -> tuple[queries.Posture, ...]:
    """Return how this site stood at its last review, or stands now when that is long ago; then the other zones."""
    now = timezone.now()
    return (queries.kept(at=now) or queries.stand(at=now), *queries.others())


def _chosen(request: HttpRequest, stands: tuple[queries.Posture, ...]) -> tuple[queries.FindingView, ...]:
    """Return the findings of all zones that the filter lets through, the gravest first."""
    form = forms.Filter(request.GET)
    wish = form.cleaned_data.get("severity", "") if form.is_valid() else ""
    found = [item for site in stands for item in site.findings if not wish or item.severity == Severity[wish.upper()]]
    return tuple(sorted(found, key=lambda item: -item.severity))


class Overview(pmi.GuardedView, TemplateView):
    """How the site stands now."""

    action = "posture.finding.read"
    template_name = "posture/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stands, now = _stands(), timezone.now()
        everything = [item for site in stands for item in site.findings]
        counts = [
            (severity.name.lower(), queries.WORDS[severity], sum(item.severity == severity for item in everything))
            for severity in sorted(Severity, reverse=True)
        ]
        return super().get_context_data(
            posture=stands[0],
            others=[(item, forms.ZONES.get(item.zone, item.zone), queries.silent(item, at=now)) for item in stands[1:]],
            here=forms.ZONES[zone.current()],
            total=len(everything),
            counts=counts,
            findings=_chosen(self.request, stands),
            chosen=self.request.GET.get("severity", ""),
            may_review=self.request.actor.may("posture.review.hold"),  # type: ignore[attr-defined]
            **kwargs,
        )


class Review(pmi.GuardedView):
    """Runs the checks now, for who has just mended something."""

    action = "posture.review.hold"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        actions.review(actor=request.actor, at=timezone.now())  # type: ignore[attr-defined]
        messages.success(request, _("The checks have been run."))
        return redirect("posture:overview")


class Export(pmi.GuardedView):
    """The findings as CSV (RFC 4180), in UTF-8 with the mark that spreadsheets look for."""

    action = "posture.finding.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        out = io.StringIO()
        sheet = csv.writer(out)
        sheet.writerow(forms.COLUMNS)
        for item in _chosen(request, _stands()):
            since = timezone.localtime(item.since).isoformat(timespec="minutes") if item.since else ""
            row = (
                item.word,
                item.title,
                item.sentence,
                since,
                item.remedy,
                item.check,
                item.key,
                forms.ZONES.get(item.zone or zone.current(), item.zone),
            )
            sheet.writerow([disarmed(str(text)) for text in row])
        name = f"posture-{timezone.localdate():%Y%m%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)

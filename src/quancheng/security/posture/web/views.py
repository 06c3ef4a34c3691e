"""The page on which the security officer and the auditor see what is wanting, and the same as a file."""

import csv
import io
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.generic import TemplateView

from quancheng.kernel.posture import Severity
from quancheng.security.pmi import public as pmi
from quancheng.security.posture import queries
from quancheng.security.posture.web import forms

# Signs with which a spreadsheet takes a text for a formula (CWE-1236).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _chosen(request: HttpRequest, stands: queries.Posture) -> tuple[queries.FindingView, ...]:
    """Return the findings that the filter lets through."""
    form = forms.Filter(request.GET)
    wish = form.cleaned_data.get("severity", "") if form.is_valid() else ""
    return tuple(item for item in stands.findings if not wish or item.severity == Severity[wish.upper()])


class Overview(pmi.GuardedView, TemplateView):
    """How the site stands now."""

    action = "posture.finding.read"
    template_name = "posture/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stands = queries.stand()
        return super().get_context_data(
            posture=stands,
            findings=_chosen(self.request, stands),
            chosen=self.request.GET.get("severity", ""),
            **kwargs,
        )


class Export(pmi.GuardedView):
    """The findings as CSV (RFC 4180), in UTF-8 with the mark that spreadsheets look for."""

    action = "posture.finding.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        out = io.StringIO()
        sheet = csv.writer(out)
        sheet.writerow(forms.COLUMNS)
        for item in _chosen(request, queries.stand()):
            since = timezone.localtime(item.since).isoformat(timespec="minutes") if item.since else ""
            row = (item.word, item.title, item.sentence, since, item.remedy, item.check, item.key)
            sheet.writerow([_safe(str(text)) for text in row])
        name = f"posture-{timezone.localdate():%Y%m%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text

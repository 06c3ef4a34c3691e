"""What a citizen has lodged: the list, one matter, corrections, results."""

from typing import Any, ClassVar

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import public as documents
from quancheng.support.eforms import public as eforms
from quancheng.systems.hall import actions, queries
from quancheng.systems.hall.web import forms


class NoSuchFile(Refusal):
    """The file is not part of this matter, or has not arrived in this zone yet."""

    code: ClassVar[str] = "hall.no-such-file"
    message = gettext_lazy("This file is not here yet. Please try again in a few minutes.")
    status: ClassVar[int] = 404


def file_response(digest: str, *, name: str, media_type: str, inline: bool = False) -> HttpResponseBase:
    """Return a kept file for download. :raises NoSuchFile: if its bytes are not in this zone."""
    try:
        stream = documents.open(digest)
    except documents.NoSuchDocument as error:
        raise NoSuchFile from error
    response = FileResponse(stream, as_attachment=not inline, filename=name, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


class Submissions(pmi.GuardedView):
    """My affairs: drafts, what waits for me, what runs, what is done."""

    action, open_to = "hall.submission.read", ("citizen",)

    def get(self, request: Any) -> HttpResponse:
        found = queries.affairs(actor=request.actor)
        return render(
            request,
            "hall/submissions.html",
            {
                "drafts": queries.drafts(actor=request.actor, today=timezone.localdate()),
                "waiting": [item for item in found if item.is_waiting_for_applicant],
                "affairs": [item for item in found if not item.is_waiting_for_applicant],
                "is_empty": not found,
                "licences": queries.wallet(actor=request.actor),
            },
        )


class SubmissionPage(pmi.GuardedView):
    """A page of somebody's own submission; others get 403 and an entry in the trail."""

    action, open_to = "hall.submission.read", ("citizen",)

    def target(self) -> pmi.Target:
        key = self.kwargs["submission_id"]
        return pmi.Target(owner=queries.owner_of(submission_id=key), subjects=(f"submission:{key}",))

    def submission(self) -> queries.SubmissionView:
        return queries.submission(submission_id=self.kwargs["submission_id"])


class Submission(SubmissionPage):
    """Where it stands, what happens next, the drawing, the timeline, the due date with its reasons, letters."""

    def get(self, request: Any, submission_id: Any) -> HttpResponse:
        found = self.submission()
        return render(
            request,
            "hall/submission.html",
            {
                "submission": found,
                "service": found.service,
                "clock": forms.clock(found, today=timezone.localdate()),
                "timeline": forms.timeline(found),
                "materials": [
                    {
                        "title": item.title,
                        "size": item.size,
                        "url": forms.file_url(found, item.digest),
                        "note": _("%(name)s, with correction %(round)d") % {"name": item.name, "round": item.round}
                        if item.round
                        else item.name,
                    }
                    for item in found.materials
                ],
                "letters": forms.letters(found),
            },
        )


class Receipt(SubmissionPage):
    """The receipt: number, when the office must have answered, and why then."""

    def get(self, request: Any, submission_id: Any) -> HttpResponse:
        found = self.submission()
        return render(
            request,
            "hall/receipt.html",
            {
                "submission": found,
                "service": found.service,
                "clock": forms.acceptance_clock(found, today=timezone.localdate()),
                "address": request.build_absolute_uri(forms.submission_url(found)),
            },
        )


class Correction(SubmissionPage):
    """Exactly what is asked, each with its reason; nothing else can be changed."""

    action = "hall.correction.lodge"

    def get(self, request: Any, submission_id: Any) -> HttpResponse:
        return self._page(self.submission())

    def post(self, request: Any, submission_id: Any) -> HttpResponse:
        found = self.submission()
        if found.open_round is None:
            return redirect("hall:submission", submission_id)
        posted = forms.read_fields(found, found.open_round.fields, request.POST)
        if posted.is_refresh:
            return self._page(found, posted=posted)
        if posted.errors:
            return self._page(found, posted=posted, status=400)
        try:
            actions.lodge_correction(
                actor=request.actor, submission_id=submission_id, values=posted.values, at=timezone.now()
            )
        except actions.Incomplete as refusal:
            missing = {f"file-{code}": [_("Please upload this material.")] for code in found.open_round.missing}
            return self._page(found, posted=posted, errors=missing, status=refusal.status)
        except actions.NothingToCorrect:
            return redirect("hall:submission", submission_id)
        return redirect("hall:submission", submission_id)

    def _page(
        self,
        found: queries.SubmissionView,
        *,
        posted: forms.Posted | None = None,
        errors: Any = None,
        status: int = 200,
    ) -> HttpResponse:
        asked = found.open_round
        if asked is None:
            return redirect("hall:submission", found.id)
        context = {
            "submission": found,
            "service": found.service,
            "asked": asked,
            "items": forms.correction_items(found, asked, errors or {}),
            "fields": eforms.render(posted.bound if posted else forms.asked_fields(found, asked.fields, None))
            if asked.fields
            else "",
            "letters": forms.letters(found, only=asked),
            "errors": errors or {},
        }
        return render(self.request, "hall/correction.html", context, status=status)


class CorrectionFile(SubmissionPage):
    """Upload or remove a file of the correction."""

    action = "hall.correction.attach"

    def post(self, request: Any, submission_id: Any) -> HttpResponse:
        code = request.POST.get("code", "")
        try:
            if request.POST.get("digest"):
                actions.detach_correction(
                    actor=request.actor, submission_id=submission_id, code=code, digest=request.POST["digest"]
                )
            for upload in request.FILES.getlist("file"):
                actions.attach_correction(
                    actor=request.actor,
                    submission_id=submission_id,
                    code=code,
                    content=upload.file,
                    name=upload.name,
                    media_type=upload.content_type,
                    size=upload.size,
                )
        except actions.NothingToCorrect:
            return redirect("hall:submission", submission_id)
        except Refusal as refusal:
            page = Correction()
            page.setup(request, submission_id=submission_id)
            return page._page(self.submission(), errors={f"file-{code}": [str(refusal)]}, status=refusal.status)
        return redirect("hall:correction", submission_id)


class Withdraw(SubmissionPage):
    """Withdraw, after asking once."""

    action = "hall.submission.withdraw"

    def get(self, request: Any, submission_id: Any) -> HttpResponse:
        found = self.submission()
        if not found.may_withdraw:
            return redirect("hall:submission", submission_id)
        return render(request, "hall/withdraw.html", {"submission": found, "service": found.service})

    def post(self, request: Any, submission_id: Any) -> HttpResponse:
        actions.withdraw(
            actor=request.actor,
            submission_id=submission_id,
            reason=request.POST.get("reason", "").strip()[:500],
            at=timezone.now(),
        )
        return redirect("hall:submission", submission_id)


class Download(SubmissionPage):
    """A file of the matter: what the citizen handed in, or a letter."""

    def get(self, request: Any, submission_id: Any, digest: str) -> HttpResponseBase:
        found = self.submission()
        for item in found.materials:
            if item.digest == digest:
                return file_response(digest, name=item.name, media_type=item.media_type)
        if digest == found.decision.get("digest"):
            return file_response(digest, name=_("Decision.pdf"), media_type="application/pdf")
        if any(digest in item.letters for item in found.rounds):
            return file_response(digest, name=_("Correction notice.pdf"), media_type="application/pdf")
        raise NoSuchFile


class Wallet(pmi.GuardedView):
    """My licences."""

    action, open_to = "hall.licence.read", ("citizen",)

    def get(self, request: Any) -> HttpResponse:
        held = queries.wallet(actor=request.actor)
        cards = forms.licence_cards(request, held, today=timezone.localdate())
        return render(request, "hall/wallet.html", {"licences": cards})


class LicenceFile(pmi.GuardedView):
    """The sealed PDF of one of my licences."""

    action, open_to = "hall.licence.read", ("citizen",)

    def target(self) -> pmi.Target:
        return pmi.Target(owner=self._licence().owner, subjects=(f"licence:{self._licence().number}",))

    def _licence(self) -> queries.LicenceView:
        found = queries.licence(licence_id=self.kwargs["licence_id"])
        if found is None:
            raise NoSuchFile
        return found

    def get(self, request: Any, licence_id: int) -> HttpResponseBase:
        found = self._licence()
        return file_response(
            found.digest, name=found.name, media_type="application/pdf", inline="inline" in request.GET
        )

"""The explorer: the list of entries, one entry, all entries of a name, each with its proof to download."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import adapters, queries, rules
from quancheng.security.trail.web import forms
from quancheng.security.trail.web.views.guard import Guarded


def _lines(entries: Iterable[queries.EntryView]) -> list[dict[str, Any]]:
    """Return entries with the titles of their actions, outcomes and places, and what their subjects are called."""
    found = list(entries)
    gazetteer = adapters.gazetteer()
    names = gazetteer.names_of({item.organisation for item in found if item.organisation})
    called = gazetteer.names_of_subjects({subject for item in found for subject in item.subjects})
    return [
        {
            "entry": item,
            "title": queries.action_title(item.action),
            "refusal": "" if item.outcome == "done" else queries.outcome_title(item.outcome) or item.outcome,
            "place": names.get(item.organisation, item.organisation),
            "about": [(subject, called.get(subject, "")) for subject in item.subjects],
        }
        for item in found
    ]


def _download(content: dict[str, object], name: str) -> JsonResponse:
    return JsonResponse(
        content,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class Entries(Guarded, TemplateView):
    """The list of entries with its filters, below the state of log, witness and timestamps."""

    template_name = "trail/entries.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = forms.Filter(self.request.GET)
        wishes = form.wishes()
        page = queries.entries(**wishes, seen=queries.seen_by(self.actor, self.action), page=self.number)
        # Who searched for somebody is entered about that somebody, and goes when the person's entries are erased.
        self.enter(subjects=(wishes["subject"],) if wishes.get("subject") else ())
        proofs = [
            {"kind": kind, "name": wishes[field]}
            for kind, field in ((rules.ABOUT, "subject"), (rules.BY, "actor"))
            if wishes.get(field) and self.actor.may(self.action, "")
        ]
        now = timezone.now()
        return super().get_context_data(
            form=form,
            page=page,
            lines=_lines(page.items),
            state=queries.state(at=now),
            whole=self.actor.may(self.action, ""),
            proofs=proofs,
            **kwargs,
        )


class OneEntry(Guarded, TemplateView):
    """One entry with what it is about and its place in the log."""

    template_name = "trail/entry.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = self.entry()
        latest = queries.checkpoint()
        integrated = latest is not None and found.index is not None and found.index < latest.size
        proof = queries.inclusion_proof(index=found.index) if integrated and found.index is not None else None
        (line,) = _lines((found,))
        may_erase = self.actor.may("trail.erasure.request") and not found.erased
        # What a decision rested on is kept for replaying it; it stands in the proof, and is nothing to read.
        told = {name: value for name, value in found.detail.items() if not isinstance(value, dict)}
        return super().get_context_data(
            line=line, entry=found, told=told, proof=proof, checkpoint=latest, may_erase=may_erase, **kwargs
        )


class Proof(Guarded):
    """The inclusion proof of an entry with its body, as a file that can be checked without this server."""

    def get(self, request: HttpRequest, entry_id: str) -> HttpResponse:
        proof = queries.evidence(entry_id=self.entry().id)
        return _download(proof, f"trail-{proof['index']}.json")


class OneName(Guarded, TemplateView):
    """All entries about a subject or by an actor, and whether that is shown to be all."""

    template_name = "trail/name.html"
    whole = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = forms.Name(self.request.GET)
        found: dict[str, Any] = {}
        if form.is_valid():
            kind, name = form.cleaned_data["kind"], form.cleaned_data["name"]
            key = rules.key(kind, name)
            page = queries.entries(key=key, seen=queries.seen_by(self.actor, self.action), page=self.number)
            self.enter(subjects=(name,) if kind == rules.ABOUT else ())
            found = {
                "kind": kind,
                "name": name,
                "page": page,
                "lines": _lines(page.items),
                "standing": queries.standing(key=key),
            }
        else:
            self.enter()
        may_erase = self.actor.may("trail.erasure.request")
        return super().get_context_data(form=form, may_erase=may_erase, **found, **kwargs)


class NameProof(Guarded):
    """The proof of completeness, or of absence, as a file that can be checked without this server."""

    whole = True

    def get(self, request: HttpRequest) -> HttpResponse:
        form = forms.Name(request.GET)
        if not form.is_valid():
            return redirect("trail:name")
        kind, name = form.cleaned_data["kind"], form.cleaned_data["name"]
        try:
            proof = queries.subject_proof(kind=kind, name=name)
        except Refusal as refusal:
            self.enter(refusal.code, (name,) if kind == rules.ABOUT else ())
            raise
        self.enter(subjects=(name,) if kind == rules.ABOUT else ())
        return _download(proof, "trail-subject.json")


class VerifyYourself(Guarded, TemplateView):
    """How anybody verifies this trail without trusting it: the key, the files, the program."""

    template_name = "trail/verify.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.enter()
        facts = {
            "verifier": queries.verifier(),
            "checkpoint": queries.checkpoint(),
            "stamped": queries.newest_stamped(),
        }
        address = self.request.build_absolute_uri(reverse("trail:checkpoint"))
        return super().get_context_data(address=address, **facts, **kwargs)


class OneForwarding(Guarded, TemplateView):
    """What goes to the collector, how far that is, and what is wrong with it."""

    template_name = "trail/forwarding.html"
    whole = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.enter()
        return super().get_context_data(forwarding=queries.forwarding(at=timezone.now()), **kwargs)

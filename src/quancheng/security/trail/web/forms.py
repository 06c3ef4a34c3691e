"""What the explorer can be asked, and what officers say about erasures."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.security.trail import adapters, queries, rules
from quancheng.security.trail.models import Erasure

KINDS = [(rules.ABOUT, _("Entries about")), (rules.BY, _("Entries by"))]


def _actions() -> list[tuple[str, object]]:
    return [("", _("All")), *queries.action_titles()]


def _places() -> list[tuple[str, str]]:
    return [("", str(_("All"))), *adapters.gazetteer().places()]


class Filter(forms.Form):
    """Narrows the entries; every field may stay empty."""

    subject = forms.CharField(label=_("About"), required=False, max_length=200)
    actor = forms.CharField(label=_("By whom"), required=False, max_length=200)
    action = forms.ChoiceField(label=_("Action"), required=False, choices=_actions)
    organisation = forms.ChoiceField(label=_("Department"), required=False, choices=_places)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[
            ("", _("All")),
            ("done", pgettext_lazy("trail", "Done")),
            ("refused", pgettext_lazy("trail", "Refused")),
        ],
    )
    since = forms.DateField(label=_("From the day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Up to the day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def wishes(self) -> dict[str, Any]:
        """Return what was asked, as `queries.entries` takes it; what makes no sense is left out."""
        self.is_valid()
        asked = dict(self.cleaned_data)
        for name, days in (("since", 0), ("until", 1)):
            if asked.get(name) is not None:
                asked[name] = _midnight(asked[name], days)
        return asked


def _midnight(day: Any, days: int) -> datetime | None:
    try:
        return timezone.make_aware(datetime.combine(day, time.min) + timedelta(days=days))
    except OverflowError:
        return None


class Name(forms.Form):
    """Whose entries a page is about."""

    kind = forms.ChoiceField(label=_("Which entries"), choices=KINDS)
    name = forms.CharField(label=_("Name or number"), max_length=200)


class Erase(forms.Form):
    """A request for erasure."""

    kind = forms.ChoiceField(label=_("Which entries"), choices=[*KINDS, (rules.ENTRY, _("The entry with the number"))])
    name = forms.CharField(
        label=_("Name or number"),
        max_length=200,
        help_text=_("A subject or an account as the trail writes it, or a number."),
    )
    basis = forms.ChoiceField(label=_("Legal basis"), choices=Erasure.Basis, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Which document asks for it. Do not name the person: this text stays in the trail."),
    )


class Decide(forms.Form):
    """An auditor's decision; refusing needs a reason."""

    decision = forms.ChoiceField(choices=[("approve", _("Approve and erase")), ("refuse", _("Do not erase"))])
    reason = forms.CharField(
        label=_("Why it is refused"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        wish = super().clean() or self.cleaned_data
        if wish.get("decision") == "refuse" and not wish.get("reason"):
            self.add_error("reason", _("Say why it is refused."))
        return wish

"""What clerks fill in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.business.approvals.models import Opinion


class Acceptance(forms.Form):
    """Accept an application."""

    comment = forms.CharField(label=_("Note for colleagues"), required=False, max_length=500)


class Refusal(forms.Form):
    """Refuse to accept an application."""

    reasons = forms.CharField(
        label=pgettext_lazy("approvals", "Reasons"),
        help_text=_("The applicant reads them in the letter: no licence is needed, or which body is responsible."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class OpinionForm(forms.Form):
    """Give the department's opinion."""

    part = forms.CharField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(
        label=pgettext_lazy("approvals", "Opinion"), choices=Opinion.Verdict.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=pgettext_lazy("approvals", "Text"),
        required=False,
        help_text=_("Conditions or reasons; needed unless the opinion is simply favourable."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    law = forms.CharField(label=pgettext_lazy("approvals", "Legal basis"), max_length=200)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("verdict") not in (None, Opinion.Verdict.FAVOURABLE) and not given.get("text", "").strip():
            self.add_error("text", _("Give the reasons: the applicant is entitled to them."))
        return given


class DecisionForm(forms.Form):
    """Decide."""

    outcome = forms.ChoiceField(
        label=pgettext_lazy("approvals", "Decision"),
        choices=(("grant", pgettext_lazy("approvals", "Grant")), ("refuse", pgettext_lazy("approvals", "Refuse"))),
        widget=forms.RadioSelect,
    )
    reasons = forms.CharField(
        label=pgettext_lazy("approvals", "Reasons"),
        required=False,
        help_text=_("Needed for a refusal; the letter adds the legal basis and the remedies."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("outcome") == "refuse" and not given.get("reasons", "").strip():
            self.add_error("reasons", _("Give the reasons: the applicant is entitled to them."))
        return given

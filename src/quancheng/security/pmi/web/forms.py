"""Forms about privileges and who must stand apart."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.security.pmi import adapters, queries


class Privilege(forms.CharField):
    """A privilege by name; the browser offers those that some role holds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=120, widget=forms.TextInput(attrs={"list": "privileges"}), **kwargs)


class Question(forms.Form):
    """Which privilege, where, on what, and of whom."""

    privilege = Privilege(label=_("Privilege"), help_text=_("For example approvals.application.decide."))
    organisation = forms.ChoiceField(label=_("At the organisation"), required=False)
    subject = forms.CharField(
        label=_("On the matter"), required=False, help_text=_("As the trail names it, for example application:12.")
    )
    person = forms.CharField(label=_("User name"), required=False, help_text=_("Empty: yourself."))

    def __init__(self, *args: Any, others: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [("", _("anywhere")), *adapters.directory().places()]  # type: ignore[attr-defined]
        if not others:
            del self.fields["person"]


class Conflict(forms.Form):
    first = Privilege(label=_("One privilege"))
    second = Privilege(label=_("The other privilege"))
    reason = forms.CharField(label=pgettext_lazy("of a rule", "Reason"), max_length=200)
    basis = forms.CharField(label=_("Legal basis"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        known = set(queries.known_privileges())
        for name in ("first", "second"):
            if name in cleaned and cleaned[name] not in known:
                self.add_error(name, _("No role holds this privilege."))
        return cleaned


class Recusal(forms.Form):
    """A matter and, for those who may bar others, a person."""

    subject = forms.CharField(
        label=_("Matter"), max_length=120, help_text=_("As the trail names it, for example application:12.")
    )
    reason = forms.CharField(label=pgettext_lazy("of a rule", "Reason"), max_length=200)
    person = forms.CharField(label=_("User name"), required=False, help_text=_("Empty: yourself."))

    def __init__(self, *args: Any, others: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not others:
            del self.fields["person"]


class Confirm(forms.Form):
    """A button; nothing to fill in."""

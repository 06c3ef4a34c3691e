"""Forms about privileges and who must stand apart."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.security.pmi import adapters, queries, rules
from quancheng.security.pmi.queries.terms import ASSURANCES, DAYS, OBLIGATIONS, SCOPES

# What a browser takes as the value of such a field is ISO 8601, whatever the language.
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
UNREADABLE = {
    "hours": ("day0", _("Hours are written 08:30-12:00 13:30-17:30, in order and without overlap.")),
    "zone": ("zone", _("There is no such time zone.")),
    "period": ("until", _("The last day lies before the first.")),
    "purposes": ("purposes", _("At most twenty purposes of at most sixty characters each.")),
}


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


class TermsOfPrivilege(forms.Form):
    """Scope, period and conditions on which a role holds a privilege. Once valid, `terms` are they."""

    privilege = Privilege(label=_("Privilege"))
    scope = forms.ChoiceField(
        label=_("How far it reaches"), choices=[(key.value, text) for key, text in SCOPES.items()]
    )
    since = forms.DateField(label=_("Counts from"), required=False, widget=DAY)
    until = forms.DateField(label=_("Counts until, this day included"), required=False, widget=DAY)
    purposes = forms.CharField(
        label=_("Only for these purposes"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line. Whoever uses the privilege declares one of them first. Empty: for any."),
    )
    assurance = forms.TypedChoiceField(
        label=_("Signed in at least with"),
        coerce=int,
        required=False,
        empty_value="0",
        choices=list(ASSURANCES.items()),
    )
    consent = forms.ChoiceField(
        label=_("Only if the person concerned has agreed to"),
        required=False,
        help_text=_("Citizens agree under “My consents”. What nobody has agreed to stays closed."),
    )
    obligations = forms.MultipleChoiceField(
        label=_("Whoever uses it is bound to this"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(key.value, text) for key, text in OBLIGATIONS.items()],
        help_text=_("Where nobody can be told, as in a list of many, the data are shown masked instead."),
    )
    zone = forms.CharField(
        label=_("Time zone of the hours"), max_length=60, initial="Asia/Shanghai", required=False,
        help_text=_("Asia/Shanghai is Beijing time."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms = rules.PLAIN
        matters = [(code, queries.matter_title(code)) for code in sorted(queries.matters())]
        self.fields["consent"].choices = [("", _("no consent is asked for")), *matters]  # type: ignore[attr-defined]
        for number, day in enumerate(DAYS):
            self.fields[f"day{number}"] = forms.CharField(
                label=str(day),
                required=False,
                max_length=100,
                widget=forms.TextInput(attrs={"placeholder": "08:30-12:00 13:30-17:30"}),
                help_text=_("Hours at which it counts; all seven days empty: always.") if number == 0 else "",
            )

    @staticmethod
    def initial_of(privilege: str, terms: rules.Terms) -> dict[str, Any]:
        """Return what the form shows at first: the terms as they are."""
        days = terms.hours.texts() if terms.hours else ("",) * len(DAYS)
        return {
            "privilege": privilege,
            "scope": terms.scope.value,
            "since": terms.since,
            "until": terms.until,
            "purposes": "\n".join(terms.purposes),
            "assurance": terms.assurance,
            "consent": terms.consent,
            "obligations": [item.value for item in terms.obligations],
            "zone": terms.hours.zone if terms.hours else "Asia/Shanghai",
            **{f"day{number}": text for number, text in enumerate(days)},
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        if cleaned["privilege"] not in queries.known_privileges():
            self.add_error("privilege", _("No role holds this privilege."))
        days = [cleaned.get(f"day{number}", "") for number in range(len(DAYS))]
        values = {
            "scope": cleaned["scope"],
            "since": cleaned["since"].isoformat() if cleaned["since"] else "",
            "until": cleaned["until"].isoformat() if cleaned["until"] else "",
            "purposes": cleaned["purposes"].splitlines(),
            "assurance": int(cleaned["assurance"]),
            "consent": cleaned["consent"],
            "obligations": cleaned["obligations"],
            "hours": {"zone": cleaned["zone"], "days": days} if any(days) else {},
        }
        try:
            self.terms = rules.read(values)
        except rules.BadTerms as error:
            field, sentence = UNREADABLE.get(str(error), (None, _("These terms cannot be read.")))
            self.add_error(field, sentence)
        return cleaned


class Withdrawal(forms.Form):
    privilege = forms.ChoiceField(label=_("Privilege"))

    def __init__(self, *args: Any, held: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["privilege"].choices = [(name, name) for name in held]  # type: ignore[attr-defined]


class Purpose(forms.Form):
    """One of the purposes that the privileges ask for or, where one of them asks for a reason, own words."""

    purpose = forms.ChoiceField(label=_("I act for the purpose of"), required=False)
    words = forms.CharField(
        label=_("For another reason"), required=False, max_length=60,
        help_text=_("In your own words; it stands in the trail with everything that you look at."),
    )  # fmt: skip
    next = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, purposes: tuple[str, ...], own_words: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not own_words:
            del self.fields["words"]
        elif not purposes:
            self.fields["words"].label = _("What for")
            del self.fields["purpose"]
            return
        self.fields["purpose"].choices = [("", _("no particular purpose")), *((name, name) for name in purposes)]  # type: ignore[attr-defined]


class Emergency(forms.Form):
    privilege = Privilege(label=_("Privilege"))
    organisation = forms.ChoiceField(label=_("At the organisation"), help_text=_("It counts here and below."))
    reason = forms.CharField(
        label=pgettext_lazy("of a rule", "Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Nothing is chosen beforehand: the first place of the list is the whole city.
        self.fields["organisation"].choices = [("", "—"), *adapters.directory().places()]  # type: ignore[attr-defined]


class Review(forms.Form):
    justified = forms.ChoiceField(
        label=_("Was it justified?"),
        choices=[("yes", _("It was justified")), ("no", _("It was not justified"))],
        widget=forms.RadioSelect,
    )
    finding = forms.CharField(label=_("Finding"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class Confirm(forms.Form):
    """A button; nothing to fill in."""

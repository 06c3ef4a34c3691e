"""Forms that say which change is to be tried on the trail, one for each kind of change."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import adapters, queries, rules
from quancheng.security.pmi.rules import Change, ChangeKind
from quancheng.security.pmi.web.forms import DAY, Privilege, TermsOfPrivilege

MONTH = timedelta(days=30)


class Trial(forms.Form):
    """A change and the days whose entries it is tried on: by default the last month up to today."""

    kind: ClassVar[ChangeKind]
    first_day = forms.DateField(label=_("On what was done from"), required=False, widget=DAY)
    last_day = forms.DateField(label=_("until, this day included"), required=False, widget=DAY)

    @staticmethod
    def initial_of(asked: dict[str, str]) -> dict[str, Any]:
        """Return what the form shows at first, from what stands in the address."""
        today = timezone.localdate()
        return {**asked, "first_day": today - MONTH, "last_day": today}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["last_day"] = cleaned.get("last_day") or timezone.localdate()
        cleaned["first_day"] = cleaned.get("first_day") or cleaned["last_day"] - MONTH
        return cleaned

    def change(self) -> Change:
        """Return the change of the valid form."""
        names = ("role", "privilege", "post", "actor", "first", "second", "subject")
        return Change(self.kind, **{name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)})


class _OfRole(Trial):
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.code, role.title) for role in queries.roles()]  # type: ignore[attr-defined]


class _OfPost(Trial):
    post = forms.ChoiceField(label=_("Post"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].choices = adapters.directory().posts()  # type: ignore[attr-defined]


class _OfPerson(Trial):
    person = forms.CharField(label=_("User name"), max_length=150)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if name := cleaned.get("person"):
            try:
                known = adapters.directory().served([name])
                cleaned["actor"] = next(iter(known), "") or adapters.directory().actor_of(name).id
            except Refusal as refusal:
                self.add_error("person", str(refusal))
            except LookupError:
                self.add_error("person", _("There is nobody of this name."))
        return cleaned


class _OfPair(Trial):
    first = Privilege(label=_("One privilege"))
    second = Privilege(label=_("The other privilege"))


class Terms(TermsOfPrivilege, _OfRole):  # type: ignore[misc]
    kind = ChangeKind.TERMS
    field_order = ("role", "privilege", "first_day", "last_day", *TermsOfPrivilege.base_fields)

    @staticmethod
    def initial_of(asked: dict[str, str]) -> dict[str, Any]:  # type: ignore[override]
        """Return the terms as they are, of the privilege and role that stand in the address."""
        try:
            terms = queries.role(asked.get("role", "")).terms(asked.get("privilege", "")) or rules.PLAIN
        except queries.NoSuchRole:
            terms = rules.PLAIN
        return {**Trial.initial_of(asked), **TermsOfPrivilege.initial_of(asked.get("privilege", ""), terms)}

    def change(self) -> Change:
        return Change(
            self.kind, role=self.cleaned_data["role"], privilege=self.cleaned_data["privilege"], terms=self.terms
        )


class Withdraw(_OfRole):
    kind = ChangeKind.WITHDRAW
    privilege = Privilege(label=_("Privilege"))
    field_order = ("role", "privilege")


class Hang(_OfPost, _OfRole):
    kind = ChangeKind.HANG
    field_order = ("post", "role")


class Unhang(Hang):
    kind = ChangeKind.UNHANG


class Appoint(_OfPerson, _OfPost):
    kind = ChangeKind.APPOINT
    field_order = ("person", "post")


class Dismiss(Appoint):
    kind = ChangeKind.DISMISS


class Rule(_OfPair):
    kind = ChangeKind.RULE
    field_order = ("first", "second")


class Unrule(Rule):
    kind = ChangeKind.UNRULE


class Recuse(_OfPerson):
    kind = ChangeKind.RECUSE
    subject = forms.CharField(
        label=_("Matter"), max_length=120, help_text=_("As the trail names it, for example application:12.")
    )
    field_order = ("person", "subject")


class Unrecuse(Recuse):
    kind = ChangeKind.UNRECUSE


TRIALS: dict[str, type[Trial]] = {
    form.kind.value: form for form in (Terms, Withdraw, Hang, Unhang, Appoint, Dismiss, Rule, Unrule, Recuse, Unrecuse)
}
TITLES = {
    ChangeKind.TERMS: _("Give a role a privilege, or change its terms"),
    ChangeKind.WITHDRAW: _("Withdraw a privilege from a role"),
    ChangeKind.HANG: _("Hang a role on a post"),
    ChangeKind.UNHANG: _("Take a role from a post"),
    ChangeKind.APPOINT: _("Appoint somebody to a post"),
    ChangeKind.DISMISS: _("Take a post from somebody"),
    ChangeKind.RULE: _("Make a rule of separation"),
    ChangeKind.UNRULE: _("Lift a rule of separation"),
    ChangeKind.RECUSE: _("Recuse somebody from a matter"),
    ChangeKind.UNRECUSE: _("Lift a recusal"),
}
EXPLAINED = {
    ChangeKind.APPOINT: _("As if the person had held the post all the time."),
    ChangeKind.DISMISS: _("As if the person, and whoever acted for them in it, had never held the post."),
    ChangeKind.HANG: _("As if the post had carried the role all the time."),
    ChangeKind.UNHANG: _("As if the post had never carried the role."),
}

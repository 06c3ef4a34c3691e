"""What administrators and those who make a move fill in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import queries
from quancheng.support.workflow.models import Signing
from quancheng.support.workflow.rules import SIGNINGS, Move

MOST_WORDS = 500


class CancelForm(forms.Form):
    """Call a case off."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class MoveForm(forms.Form):
    """What every move takes: words, needed for some."""

    comment = forms.CharField(
        label=pgettext_lazy("move", "Words with it"),
        max_length=MOST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *given: Any, actor: pmi.Actor, task_id: int, move: Move, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["comment"].required = move in {Move.SEND_BACK, Move.UPHOLD}
        self.settle(actor, task_id, move)

    def settle(self, actor: pmi.Actor, task_id: int, move: Move) -> None:
        """Fill in what can be chosen."""


class ToOne(MoveForm):
    """A move towards one colleague."""

    to_id = forms.ChoiceField(label=pgettext_lazy("move", "Colleague"))
    field_order = ["to_id", "comment"]

    def settle(self, actor: pmi.Actor, task_id: int, move: Move) -> None:
        if move is Move.UNSIGN:
            self.fields["to_id"].label = pgettext_lazy("move", "Signer")
        _choose(self, "to_id", [("", "—"), *queries.people_for(actor, task_id, move)])


class ToMany(MoveForm):
    """A move towards several colleagues."""

    to_ids = forms.MultipleChoiceField(label=pgettext_lazy("move", "Colleagues"), widget=forms.CheckboxSelectMultiple)
    field_order = ["to_ids", "comment"]

    def settle(self, actor: pmi.Actor, task_id: int, move: Move) -> None:
        _choose(self, "to_ids", queries.people_for(actor, task_id, move))


class Signatures(ToMany):
    """Ask for signatures."""

    when = forms.ChoiceField(label=pgettext_lazy("move", "When they sign"), widget=forms.RadioSelect)
    rule = forms.ChoiceField(
        label=pgettext_lazy("move", "Who has to agree"),
        choices=Signing.Rule.choices,
        initial=Signing.Rule.ALL,
        widget=forms.RadioSelect,
    )
    wanted = forms.IntegerField(
        label=pgettext_lazy("move", "How many"), required=False, min_value=1, max_value=30,
        help_text=_("Only where so many have to agree."),
    )  # fmt: skip
    serial = forms.BooleanField(label=_("One after the other, in the order of the list"), required=False)
    field_order = ["to_ids", "when", "rule", "wanted", "serial", "comment"]

    def settle(self, actor: pmi.Actor, task_id: int, move: Move) -> None:
        super().settle(actor, task_id, move)
        ways = [way.value.removeprefix("sign-").upper() for way in queries.signings_open(actor, task_id)]
        _choose(self, "when", [(way, Signing.When(way).label) for way in ways])
        self.fields["when"].initial = ways[0] if ways else ""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("rule") == Signing.Rule.COUNT and not 1 <= (given.get("wanted") or 0) <= len(
            given.get("to_ids", ())
        ):
            self.add_error("wanted", _("Say how many of those chosen have to agree."))
        given["wanted"] = given.get("wanted") or 0
        return given


class SendBack(MoveForm):
    """Send a matter back."""

    step = forms.ChoiceField(label=pgettext_lazy("move", "Back to"), widget=forms.RadioSelect)
    straight = forms.ChoiceField(
        label=pgettext_lazy("move", "And then"),
        choices=(("", _("Everything after it is done again")), ("yes", _("It returns straight to this step"))),
        required=False,
        widget=forms.RadioSelect,
    )
    field_order = ["step", "straight", "comment"]

    def settle(self, actor: pmi.Actor, task_id: int, move: Move) -> None:
        steps = queries.steps_back(task_id)
        _choose(self, "step", [(item.element_id, f"{item.name} · {item.by}") for item in steps])

    def clean_straight(self) -> bool:
        """Return whether it returns straight."""
        return self.cleaned_data["straight"] == "yes"


class Sign(forms.Form):
    """Sign or object."""

    agrees = forms.ChoiceField(
        label=pgettext_lazy("move", "Your signature"),
        choices=(("yes", pgettext_lazy("move", "I agree")), ("no", pgettext_lazy("move", "I object"))),
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=pgettext_lazy("move", "Words with it"),
        help_text=_("An objection gives its reasons."),
        max_length=MOST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("agrees") == "no" and not given.get("comment", "").strip():
            self.add_error("comment", _("An objection gives its reasons."))
        return given


class HandOver(forms.Form):
    """From whom to whom open work goes."""

    to_id = forms.ChoiceField(label=pgettext_lazy("move", "To whom"))
    comment = forms.CharField(label=pgettext_lazy("move", "Words with it"), max_length=MOST_WORDS, required=False)

    def __init__(self, *given: Any, people: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*given, **more)
        _choose(self, "to_id", [("", "—"), *people])


FORMS: dict[Move, type[MoveForm]] = {
    **dict.fromkeys(SIGNINGS, Signatures),
    **dict.fromkeys((Move.TRANSFER, Move.LEND, Move.ASSIGN, Move.UNSIGN), ToOne),
    Move.CIRCULATE: ToMany,
    Move.SEND_BACK: SendBack,
}


def _choose(form: forms.Form, name: str, choices: Sequence[tuple[str, Any]]) -> None:
    field: Any = form.fields[name]
    field.choices = choices

"""Pages that change organisations from a day on: each shows first what would happen."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity import actions, queries, rules
from quancheng.security.identity.web.forms import Confirm, Day
from quancheng.security.identity.web.views import Act, ActOnOrganisation, PreviewedAct
from quancheng.security.pmi import public as pmi


class Decision(forms.Form):
    """From when, by which document and why."""

    effective_on = forms.DateField(
        label=_("In force from"), widget=Day(), help_text=_("A day to come is kept until then and can be withdrawn.")
    )
    document = forms.CharField(
        label=_("Document number"), max_length=60, help_text=_("As on the document, e.g. 济政发〔2026〕12号.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_document(self) -> str:
        number = rules.document_number(self.cleaned_data["document"])
        if not number:
            raise forms.ValidationError(str(actions.BadDocument()))
        return number


class Rename(Decision):
    name = forms.CharField(label=_("New name"), max_length=120)
    short_name = forms.CharField(label=_("Short name"), max_length=40, required=False)

    field_order = ["name", "short_name"]


class Elsewhere(Decision):
    """Choosing another organisation."""

    field_order = ["other"]

    def __init__(self, *args: Any, others: list[tuple[str, str]], label: Any, needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        empty = [("", "—")]
        self.fields["other"] = forms.ChoiceField(label=label, choices=empty + others, required=needed)
        self.order_fields(["other"])


class Split(Decision):
    """A new organisation, and what it takes along."""

    code = forms.CharField(label=_("Code"), max_length=40, help_text=_("Small letters, digits and hyphens."))
    name = forms.CharField(label=_("Name of the organisation"), max_length=120)
    short_name = forms.CharField(label=_("Short name"), max_length=40, required=False)
    posts = forms.MultipleChoiceField(
        label=_("Posts that go along"), required=False, widget=forms.CheckboxSelectMultiple
    )
    parts = forms.MultipleChoiceField(
        label=_("Organisations below that go along"), required=False, widget=forms.CheckboxSelectMultiple
    )

    field_order = ["code", "name", "short_name", "posts", "parts"]

    def __init__(self, *args: Any, posts: list[tuple[str, str]], parts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, found in (("posts", posts), ("parts", parts)):
            if found:
                self.fields[name].choices = found  # type: ignore[attr-defined]
            else:
                del self.fields[name]


class Change(PreviewedAct, ActOnOrganisation, ABC):
    """A page that decides a change of one organisation."""

    kind: ClassVar[str] = ""
    done = _("Decided. What lies in the future waits for its day.")

    def get_initial(self) -> dict[str, Any]:
        return {"effective_on": timezone.localdate()}

    def plan(self, wishes: dict[str, Any]) -> queries.Plan:
        return queries.Plan(
            kind=self.kind,
            organisation=self.subject(wishes),
            effective_on=wishes["effective_on"],
            details=self.details(wishes),
        )

    def subject(self, wishes: dict[str, Any]) -> str:
        """Return the code of the organisation that the plan is about."""
        return self.kwargs["code"]

    @abstractmethod
    def details(self, wishes: dict[str, Any]) -> dict[str, Any]:
        """Return the plan's details of this kind."""

    def preview(self, **wishes: Any) -> Iterable[queries.Consequence]:
        return queries.consequences(self.plan(wishes))

    def perform(self, **wishes: Any) -> Any:
        plan = self.plan(wishes)
        return self.decide(
            actor=wishes["actor"],
            organisation=plan.organisation,
            effective_on=plan.effective_on,
            details=dict(plan.details),
            document=wishes["document"],
            reason=wishes["reason"],
            at=timezone.now(),
        )

    @abstractmethod
    def decide(self, **wishes: Any) -> Any:
        """Perform the action of this kind."""


class RenameOrganisation(Change):
    action, kind, form_class, heading = "identity.organisation.rename", "RENAME", Rename, _("New name")

    def details(self, wishes: dict[str, Any]) -> dict[str, Any]:
        return {"name": wishes["name"], "short_name": wishes["short_name"]}

    def decide(self, **wishes: Any) -> Any:
        return actions.rename_organisation(**wishes)


class ChangeWithOther(Change):
    """A change that names another organisation."""

    form_class: type[Any] | None = Elsewhere
    label: ClassVar[Any] = ""
    needed: ClassVar[bool] = True

    def get_form_kwargs(self) -> dict[str, Any]:
        own = queries.organisation(self.kwargs["code"]).path
        found = queries.choices(without=own)
        return {**super().get_form_kwargs(), "others": found, "label": self.label, "needed": self.needed}


class MoveOrganisation(ChangeWithOther):
    action, kind, heading = "identity.organisation.move", "MOVE", _("Move in the tree")
    label = _("Goes below")

    def details(self, wishes: dict[str, Any]) -> dict[str, Any]:
        return {"parent": wishes["other"]}

    def decide(self, **wishes: Any) -> Any:
        return actions.move_organisation(**wishes)


class MergeOrganisation(ChangeWithOther):
    action, kind, heading = "identity.organisation.merge", "MERGE", _("Merge into another organisation")
    label = _("Goes into")

    def subject(self, wishes: dict[str, Any]) -> str:
        return wishes["other"]

    def details(self, wishes: dict[str, Any]) -> dict[str, Any]:
        return {"sources": [self.kwargs["code"]]}

    def decide(self, **wishes: Any) -> Any:
        return actions.merge_organisations(**wishes)


class CloseOrganisation(ChangeWithOther):
    action, kind, heading = "identity.organisation.close", "CLOSE", _("Close the organisation")
    label, needed = _("Who takes over its affairs"), False

    def details(self, wishes: dict[str, Any]) -> dict[str, Any]:
        return {"successor": wishes["other"]}

    def decide(self, **wishes: Any) -> Any:
        return actions.close_organisation(**wishes)


class SplitOrganisation(Change):
    action, kind, form_class, heading = "identity.organisation.split", "SPLIT", Split, _("Split off a part")

    def get_form_kwargs(self) -> dict[str, Any]:
        code = self.kwargs["code"]
        posts = [
            (
                str(item.id),
                f"{item.title}（{'、'.join(holder.name for holder in item.holders)}）" if item.holders else item.title,
            )
            for item in queries.posts(code)
        ]
        parts = [(item.code, item.name) for item in queries.children(queries.organisation(code).path)]
        return {**super().get_form_kwargs(), "posts": posts, "parts": parts}

    def details(self, wishes: dict[str, Any]) -> dict[str, Any]:
        chosen = {name: list(wishes.get(name, ())) for name in ("posts", "parts")}
        return {**{name: wishes[name] for name in ("code", "name", "short_name")}, **chosen}

    def decide(self, **wishes: Any) -> Any:
        return actions.split_organisation(**wishes)


class WithdrawChange(Act):
    """Giving up a change before its day."""

    action, form_class, heading = "identity.organisation.withdraw-change", Confirm, _("Withdraw this change?")
    submit, tone, done = _("Withdraw"), "danger", _("Withdrawn.")

    @cached_property
    def change(self) -> queries.RestructuringView:
        return queries.restructuring(self.kwargs["restructuring_id"])

    def target(self) -> pmi.Target:
        path = queries.organisation(self.change.organisation).path
        return pmi.Target(organisation=path, subjects=(f"organisation:{self.change.organisation}",))

    def back(self) -> str:
        return reverse("identity:organisation", args=[self.change.organisation])

    def about(self) -> str:
        facts = {
            "kind": self.change.kind_title,
            "name": self.change.organisation_name,
            "document": self.change.document,
        }
        return gettext("%(kind)s · %(name)s · %(document)s") % facts

    def perform(self, **wishes: Any) -> Any:
        return actions.withdraw_change(restructuring_id=self.change.id, at=timezone.now(), **wishes)

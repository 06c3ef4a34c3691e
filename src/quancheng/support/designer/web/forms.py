"""Forms of the designers' pages."""

from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.support.designer import rules
from quancheng.support.designer.engine import texts
from quancheng.support.designer.models import Design

NOTHING = pgettext_lazy("designer", "nothing: an empty sheet")


class NewDesign(forms.Form):
    """A new design: from nothing, from what is at work, or from a file."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Design.Kind.choices, widget=forms.RadioSelect)
    title = forms.CharField(label=_("Title"), max_length=200)
    key = forms.CharField(
        label=pgettext_lazy("designer", "Key"),
        max_length=100,
        required=False,
        help_text=_("A letter first, then letters, digits and hyphens, e.g. shop-sign. Empty: that of the text below."),
    )
    organisation = forms.ChoiceField(label=_("Organisation"))
    source = forms.ChoiceField(label=_("Begin with"), required=False)
    file = forms.FileField(
        label=_("or with a file"),
        required=False,
        max_length=1000,
        help_text=_("A BPMN drawing, a DMN decision model or a form-js schema."),
    )

    def __init__(
        self, *args: Any, places: tuple[tuple[str, str], ...], sources: tuple[tuple[str, str], ...], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = places  # type: ignore[attr-defined]
        self.fields["source"].choices = (("", NOTHING), *sources)  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file and file.size > rules.LARGEST:
            raise forms.ValidationError(str(texts.Unreadable(why=_("it is larger than 4 MB"))))
        return file


class Note(forms.Form):
    """What whoever submits a design tells whoever reviews it."""

    note = forms.CharField(label=_("What is new, and why"), max_length=500, required=False)
    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class Reasons(forms.Form):
    """What a reviewer says."""

    reasons = forms.CharField(
        label=_("Reasons"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[ProhibitNullCharactersValidator()],
        help_text=_("Needed when it is sent back."),
    )

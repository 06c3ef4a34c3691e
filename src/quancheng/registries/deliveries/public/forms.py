"""The form by which a register takes in a file."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Import(forms.Form):
    """A file, who delivered it, and how new it is."""

    file = forms.FileField(label=_("File"), required=False)
    source = forms.CharField(
        label=_("Code of the source"), max_length=64, help_text=_("The organisation that delivered the data.")
    )
    source_name = forms.CharField(label=_("Name of the source"), max_length=120)
    as_of = forms.DateField(
        label=_("As of"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Newer data in the register is not overwritten by older data."),
    )
    digest = forms.RegexField(r"^[0-9a-f]{64}$", required=False, widget=forms.HiddenInput)
    name = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, columns: Promise, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = str(columns)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not cleaned.get("file") and not cleaned.get("digest"):
            self.add_error("file", _("Choose a file."))
        return cleaned

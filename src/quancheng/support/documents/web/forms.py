"""What is typed in about documents."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from quancheng.support.documents.queries.retention import retention_classes

NO_NUL = ProhibitNullCharactersValidator()


class NewDocument(forms.Form):
    """A new document: `places` are path and name of the organisations that may be chosen."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    title = forms.CharField(
        label=_("Title"), max_length=200, required=False, help_text=_("Empty: the name of the file.")
    )
    organisation = forms.ChoiceField(label=_("Organisation"))
    file = forms.FileField(
        label=_("File"), max_length=1000, help_text=_("PDF, OFD, Word, Excel, PowerPoint, JPEG, PNG or text.")
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, places: tuple[tuple[str, str], ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = places  # type: ignore[attr-defined]


class NewVersion(forms.Form):
    """A new version after version `base`."""

    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    file = forms.FileField(label=_("File"), max_length=1000)
    note = forms.CharField(label=_("What changed"), max_length=300, required=False)


class Retention(forms.Form):
    """Class of retention and the day from which it counts."""

    retention = forms.ChoiceField(label=_("Retention"))
    closed_on = forms.DateField(
        label=_("Matter closed on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["retention"].choices = [  # type: ignore[attr-defined]
            (kind.code, kind.title if language.startswith("zh") else kind.title_en)
            for kind in retention_classes().values()
        ]


class Hold(forms.Form):
    """A legal hold."""

    basis = forms.CharField(label=_("Basis"), max_length=200, help_text=_("Number of the letter or case."))
    reason = forms.CharField(label=_("Reason"), max_length=500)


class Reason(forms.Form):
    """Why something is done."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


class Official(forms.Form):
    """The parts of an official document (GB/T 9704-2012, 7.2 to 7.4)."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    organisation = forms.ChoiceField(label=_("Organisation"))
    issuer = forms.CharField(label=_("Issuer's name in the red head"), max_length=60)
    number = forms.CharField(label=_("Document number"), max_length=60, required=False)
    title = forms.CharField(label=_("Title"), max_length=200)
    to = forms.CharField(label=_("Addressees"), max_length=300, required=False)
    paragraphs = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 12}),
        max_length=50_000,
        help_text=_("A paragraph a line."),
    )
    attachments = forms.CharField(
        label=_("Attachments"), widget=forms.Textarea(attrs={"rows": 3}), max_length=3000, required=False,
        help_text=_("One a line."),
    )  # fmt: skip
    signature = forms.CharField(label=_("Signature"), max_length=60)
    date = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    copies = forms.CharField(label=_("Copies to"), max_length=300, required=False)
    printed_by = forms.CharField(label=_("Printed by"), max_length=60, required=False)

    def __init__(self, *args: Any, places: tuple[tuple[str, str], ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = places  # type: ignore[attr-defined]

    def data_for_setting(self) -> dict[str, Any]:
        """Return what the template takes."""
        given = dict(self.cleaned_data)
        day = given["date"]
        written = f"{day.year}年{day.month}月{day.day}日"
        return {
            **{name: given[name] for name in ("issuer", "number", "title", "to", "signature", "copies", "printed_by")},
            "paragraphs": given["paragraphs"].splitlines(),
            "attachments": given["attachments"].splitlines(),
            "date": written,
            "printed_on": written if given["printed_by"] else "",
        }

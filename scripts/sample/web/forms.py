"""What people fill in."""

from django import forms
from django.utils.translation import pgettext_lazy


class RecordForm(forms.Form):
    """Enter a record."""

    title = forms.CharField(label=pgettext_lazy("sample", "Title"), max_length=100)
    text = forms.CharField(
        label=pgettext_lazy("sample", "Text"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )

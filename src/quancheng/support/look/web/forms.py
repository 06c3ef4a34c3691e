"""The form that the design page shows; nothing is done with it."""

from django import forms
from django.utils.translation import pgettext_lazy


class Specimen(forms.Form):
    """One field of each kind."""

    name = forms.CharField(
        label=pgettext_lazy("specimen", "Name of the shop"),
        help_text=pgettext_lazy("specimen", "As it will stand on the licence."),
    )
    area = forms.DecimalField(label=pgettext_lazy("specimen", "Floor area (m²)"), min_value=1)
    opens_on = forms.DateField(
        label=pgettext_lazy("specimen", "Opening day"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("specimen", "Kind of business"),
        choices=[
            ("meals", pgettext_lazy("specimen", "Hot meals")),
            ("drinks", pgettext_lazy("specimen", "Drinks only")),
            ("bakery", pgettext_lazy("specimen", "Bakery")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=pgettext_lazy("specimen", "Remark"), widget=forms.Textarea, required=False)
    agree = forms.BooleanField(
        label=pgettext_lazy("specimen", "I have read the conditions and everything stated is true.")
    )

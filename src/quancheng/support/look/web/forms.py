"""The form that the design page shows; nothing is done with it."""

from django import forms
from django.utils.translation import gettext_lazy as _


class Specimen(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name of the shop"), help_text=_("As it will stand on the licence."))
    area = forms.DecimalField(label=_("Floor area (m²)"), min_value=1)
    opens_on = forms.DateField(label=_("Opening day"), widget=forms.DateInput(attrs={"type": "date"}), required=False)
    kind = forms.ChoiceField(
        label=_("Kind of business"),
        choices=[("meals", _("Hot meals")), ("drinks", _("Drinks only")), ("bakery", _("Bakery"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Remark"), widget=forms.Textarea, required=False)
    agree = forms.BooleanField(label=_("I have read the conditions and everything stated is true."))

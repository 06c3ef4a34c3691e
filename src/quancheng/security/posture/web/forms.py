"""What the page of the posture asks for, and what its file is headed with."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.kernel import zone
from quancheng.security.posture.queries import WORDS

COLUMNS = (
    _("Severity"),
    pgettext_lazy("posture", "Check"),
    _("What is wanting"),
    pgettext_lazy("posture", "Since"),
    pgettext_lazy("posture", "What to do"),
    _("Code of the check"),
    _("Code of the finding"),
    pgettext_lazy("posture", "Zone"),
)
ZONES = {
    zone.INTRANET: pgettext_lazy("posture", "intranet"),
    zone.EXTRANET: pgettext_lazy("posture", "extranet"),
    "all": pgettext_lazy("posture", "both zones in one"),
}


class Filter(forms.Form):
    """Chooses findings by how much they matter."""

    severity = forms.ChoiceField(
        label=_("Severity"),
        required=False,
        choices=[("", _("all findings")), *((item.name.lower(), word) for item, word in WORDS.items())],
    )

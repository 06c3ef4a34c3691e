"""What the pages of the PKI ask for."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.models import Certificate

LARGEST = 20 * 1024 * 1024


class Search(forms.Form):
    """Finds certificates."""

    q = forms.CharField(label=_("Holder, code or serial number"), required=False, max_length=100)


class Revoke(forms.Form):
    """Why a certificate is revoked."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Certificate.Reason)


class Verify(forms.Form):
    """A sealed document to be judged."""

    document = forms.FileField(
        label=_("Sealed PDF"), help_text=_("At most 20 MB. The file is judged and not kept."), allow_empty_file=False
    )

    def clean_document(self) -> UploadedFile:
        """Refuse what is too large to be read in one piece."""
        document: UploadedFile = self.cleaned_data["document"]
        if (document.size or 0) > LARGEST:
            raise ValidationError(_("The file is larger than 20 MB."))
        return document

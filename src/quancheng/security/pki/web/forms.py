"""What the pages of the PKI ask for."""

import re
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import bundles, certificates, enrolling
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.queries.inventory import SOON

LARGEST = 20 * 1024 * 1024


BROUGHT = [choice for choice in Certificate.Profile.choices if certificates.PROFILES[choice[0]].brought]
# What is issued without a second officer.
AT_ONCE = [choice for choice in BROUGHT if not certificates.PROFILES[choice[0]].approved]
SERIAL = re.compile(r"[0-9A-F]{2,48}")
MOST_SERIALS = 10_000


class Search(forms.Form):
    """Finds certificates."""

    q = forms.CharField(label=_("Holder, code, DNS name or serial number"), required=False, max_length=100)
    profile = forms.ChoiceField(
        label=_("Kind of certificate"), choices=[("", _("all kinds")), *Certificate.Profile.choices], required=False
    )
    state = forms.ChoiceField(
        label=_("State of the certificate"),
        choices=[("", _("all states")), ("valid", _("valid")), ("expired", _("expired")), ("revoked", _("revoked"))],
        required=False,
    )
    ending = forms.ChoiceField(
        label=_("Ends"),
        choices=[("", _("at any time")), *((str(days), _("within %(days)s days") % {"days": days}) for days in SOON)],
        required=False,
    )


class Confirm(forms.Form):
    """Nothing but the wish itself."""


class Enrol(forms.Form):
    """A request for a certificate over a key that its holder keeps."""

    profile = forms.ChoiceField(label=_("Kind of certificate"), choices=BROUGHT)
    code = forms.RegexField(
        label=_("Holder's code"),
        regex=r"^[\w.:@-]+$",
        max_length=120,
        help_text=_("The code of the organisation, or the number of the person's account."),
    )
    name = forms.CharField(label=_("Holder's name"), max_length=64)
    names = forms.CharField(
        label=_("DNS names"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For servers, one a line; without any, those in the request count."),
    )
    csr = forms.FileField(
        label=_("Certificate request (CSR)"),
        help_text=_("PKCS#10 as PEM or DER. The private key stays with its holder."),
    )

    def clean_csr(self) -> UploadedFile:
        """Refuse what is too large for a request."""
        csr: UploadedFile = self.cleaned_data["csr"]
        if (csr.size or 0) > enrolling.LARGEST:
            raise ValidationError(_("The file is too large for a certificate request."))
        return csr


class EnrolMany(forms.Form):
    """Requests for many devices of one organisation."""

    profile = forms.ChoiceField(label=_("Kind of certificate"), choices=AT_ONCE)
    code = forms.RegexField(
        label=_("Holder's code"),
        regex=r"^[\w.:@-]+$",
        max_length=120,
        help_text=_("The code of the organisation that the devices belong to."),
    )
    name = forms.CharField(label=_("Holder's name"), max_length=64)
    file = forms.FileField(
        label=_("Certificate requests"),
        help_text=_("A ZIP file of requests (PKCS#10 as PEM or DER), or one PEM file with many."),
    )

    def clean(self) -> dict[str, object]:
        """Unpack the file; the requests become `requests`."""
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.get("file")
        if file is None:
            return cleaned
        try:
            if (file.size or 0) > bundles.LARGEST:
                raise bundles.NoBundle(_("the file is larger than 20 MB"))
            cleaned["requests"] = bundles.unpack(file.read(), file=file.name)
        except bundles.NoBundle as error:
            self.add_error("file", _("The file cannot be taken: %(why)s.") % {"why": error})
        return cleaned


class RevokeMany(forms.Form):
    """Serial numbers of certificates, and why they are revoked."""

    serials = forms.CharField(
        label=_("Serial numbers"),
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("In hexadecimal digits, one a line, at most 10,000."),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=Certificate.Reason)

    def clean_serials(self) -> tuple[str, ...]:
        """Return them as they are stored; refuse what is no serial number."""
        wanted = tuple(dict.fromkeys(item.upper() for item in self.cleaned_data["serials"].replace(",", " ").split()))
        wrong = next((item for item in wanted if not SERIAL.fullmatch(item)), None)
        if wrong is not None:
            raise ValidationError(_("“%(text)s” is no serial number."), params={"text": wrong[:60]})
        if len(wanted) > MOST_SERIALS:
            raise ValidationError(_("At most 10,000 certificates are revoked at once."))
        return wanted


class Offer(forms.Form):
    """Which of one's own certificates shares are enclosed for."""

    serial = forms.ChoiceField(label=_("My certificate for encryption"))

    def __init__(self, *args: Any, certificates: Sequence[Certificate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ChoiceField", self.fields["serial"])
        field.choices = [
            (row.serial, f"{row.serial} · {date_format(timezone.localtime(row.not_after))}") for row in certificates
        ]


class Recover(forms.Form):
    """Why a key is to be brought back."""

    reason = forms.CharField(
        label=_("Reason of the recovery"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What has to be decrypted, and on whose order. The officers read it."),
    )


class Share(forms.Form):
    """A share, opened."""

    share = forms.CharField(
        label=_("The text of your share"),
        max_length=64,
        help_text=_("A number, a dash and 32 signs, as the program printed it."),
    )


class Password(forms.Form):
    """The password of a PKCS#12."""

    password = forms.CharField(
        label=_("Password of the file"),
        min_length=12,
        max_length=100,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Tell it to the holder on another way than the file."),
    )
    again = forms.CharField(
        label=_("The password once more"),
        max_length=100,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, object]:
        """Demand the same password twice."""
        cleaned = super().clean() or self.cleaned_data
        if "password" in cleaned and cleaned.get("again") != cleaned["password"]:
            self.add_error("again", _("The two passwords differ."))
        return cleaned


class AcmeKey(forms.Form):
    """Leave for a holder's servers to enrol by themselves."""

    code = forms.RegexField(label=_("Holder's code"), regex=r"^[\w.:@-]+$", max_length=120)
    name = forms.CharField(label=_("Holder's name"), max_length=64)
    trees = forms.CharField(
        label=_("DNS trees"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line. Servers may enrol for these names and every name below them, once they prove them."),
    )


class Decide(forms.Form):
    """What the second officer says."""

    decision = forms.ChoiceField(choices=[("approve", _("Approve")), ("refuse", _("Refuse"))])
    reason = forms.CharField(label=_("Reason of a refusal"), required=False, max_length=500)

    def clean(self) -> dict[str, object]:
        """Demand a reason for a refusal."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("decision") == "refuse" and not cleaned.get("reason"):
            self.add_error("reason", _("Say why you refuse."))
        return cleaned


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

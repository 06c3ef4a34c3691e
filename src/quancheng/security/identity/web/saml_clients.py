"""Pages where a department's system is registered by its SAML metadata, read out before anything is stored."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity import queries, rules
from quancheng.security.identity.actions import saml as actions
from quancheng.security.identity.engine.saml import metadata, signatures, xml
from quancheng.security.identity.models import Account
from quancheng.security.identity.web import claims
from quancheng.security.identity.web.views import PreviewedAct
from quancheng.security.pmi import public as pmi

ACCEPTED = ".xml,application/samlmetadata+xml,text/xml"


class SamlClient(forms.Form):
    """A system of SAML: what its metadata does not say."""

    name = forms.CharField(label=_("Name of the system"), max_length=100)
    metadata_xml = forms.CharField(
        label=_("Metadata of the system"),
        required=False,
        max_length=xml.LARGEST_METADATA,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("The XML that the operator of the system gives you: paste it, or send the file."),
    )
    file = forms.FileField(
        label=_("Or a file"), required=False, max_length=200, widget=forms.FileInput(attrs={"accept": ACCEPTED})
    )
    audience = forms.MultipleChoiceField(
        label=_("Who may sign in there"), choices=Account.Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may learn"), required=False, widget=forms.CheckboxSelectMultiple
    )
    skip_consent = forms.BooleanField(
        label=_("Without asking the person"), required=False, help_text=_("Only for the city's own systems.")
    )
    needs_metadata: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = claims.OidcAdapter.scope_display
        self.fields["scopes"].choices = [(name, told[name]) for name in rules.SCOPES[1:]]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        wishes = super().clean() or {}
        file, text = wishes.pop("file", None), wishes.get("metadata_xml") or ""
        if file is not None and file.size > xml.LARGEST_METADATA:
            raise forms.ValidationError(str(metadata.BadMetadata(why=_("it is too large."))))
        content = file.read() if file is not None else text.encode(errors="replace")
        if self.needs_metadata and not content.strip() and "metadata_xml" not in self.errors:
            self.add_error("metadata_xml", _("Paste the metadata of the system, or choose the file."))
        if file is not None and "metadata_xml" not in self.errors:
            # What was sent as a file stands in the form from now on, so that it need not be sent twice.
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data["metadata_xml"] = content.decode("utf-8", errors="replace")  # type: ignore[index]
        return {**wishes, "metadata_xml": content}


class NewSamlClientForm(SamlClient):
    organisation = forms.ChoiceField(label=_("Organisation"))

    field_order = ("organisation", "name")

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = organisations  # type: ignore[attr-defined]


class ChangeSamlClientForm(SamlClient):
    needs_metadata = False


def told(system: metadata.System, *, before: metadata.System | None = None) -> Iterable[queries.Consequence]:
    """Return line by line what a system's metadata says, and what that means."""
    kind = "change" if before else "new"
    lines: list[tuple[str, Any]] = [(kind, _("Identifier (entityID): %s") % system.entity)]
    lines += [(kind, _("Takes assertions at: %s") % item.location) for item in system.consumers]
    ends = {
        "soap": _("Hears of signing out directly at: %s"),
        "post": _("Hears of signing out through the browser at: %s"),
    }
    lines += [(kind, ends.get(item.binding, ends["post"]) % item.location) for item in system.logouts]
    if not system.logouts:
        lines.append(("note", _("It does not want to hear of signing out; its own sessions go on until they end.")))
    lines += [(kind, certificate_line(text)) for text in system.signing]
    signs = _("It signs its requests, and unsigned ones are refused.") if system.signs_requests else ""
    lines.append((kind, signs) if signs else ("note", _("It does not sign its requests to sign in.")))
    if system.signs_requests and not system.signing:
        lines.append(("note", _("It has no key for signatures: nobody will be able to sign in.")))
    if system.encryption:
        lines.append((kind, _("What it is told is encrypted for it.")))
    gone = set(before.signing) - set(system.signing) if before else set()
    lines += [("end", certificate_line(text)) for text in sorted(gone)]
    # One address often takes both bindings; it is named once.
    return [queries.Consequence(kind, text) for kind, text in dict.fromkeys((kind, str(text)) for kind, text in lines)]


def certificate_line(text: str) -> str:
    """Return in words which key a system signs with, and until when."""
    certificate = signatures.certificate_of(text)
    until = certificate.not_valid_after_utc
    day = date_format(timezone.localtime(until), "DATE_FORMAT")
    name = f"{certificate.serial_number:x}"[:16]
    if until <= timezone.now():
        return gettext("Key for signatures %(name)s has expired on %(day)s: what it signs is refused.") % {
            "name": name, "day": day,
        }  # fmt: skip
    return gettext("Key for signatures %(name)s, until %(day)s") % {"name": name, "day": day}


class NewSamlClient(PreviewedAct):
    action, form_class, heading = "identity.client.register", NewSamlClientForm, _("Register a system of SAML 2.0")
    carry_out = _("Register the system")
    submit = _("Read the metadata")
    done = _("The system is registered.")

    def back(self) -> str:
        made = getattr(self, "result", None)
        return reverse("identity:client", args=[made]) if made else reverse("identity:clients")

    def get_initial(self) -> dict[str, Any]:
        return {"scopes": ["profile"], "audience": ["staff"]}

    def get_form_kwargs(self) -> dict[str, Any]:
        seen = pmi.visible(self.request.actor, self.action, organisation="path")
        found = [(item.code, item.name) for item in queries.organisations(seen=seen)]
        return {**super().get_form_kwargs(), "organisations": found}

    def preview(self, **wishes: Any) -> Iterable[queries.Consequence]:
        return told(metadata.read(wishes["metadata_xml"], at=timezone.now()))

    def perform(self, **wishes: Any) -> Any:
        return actions.register_saml_client(at=timezone.now(), **wishes)


class ChangeSamlClient(PreviewedAct):
    action, form_class, heading = "identity.client.change", ChangeSamlClientForm, _("Change the system")

    def target(self) -> pmi.Target:
        client_id = self.kwargs["client_id"]
        return pmi.Target(organisation=queries.client(client_id).organisation, subjects=(f"client:{client_id}",))

    def back(self) -> str:
        return reverse("identity:client", args=[self.kwargs["client_id"]])

    def about(self) -> str:
        return queries.saml_client(self.kwargs["client_id"]).name

    def get_initial(self) -> dict[str, Any]:
        shown = queries.saml_client(self.kwargs["client_id"])
        return {
            "name": shown.name, "scopes": shown.scopes, "audience": shown.audience, "skip_consent": shown.skip_consent,
        }  # fmt: skip

    def preview(self, **wishes: Any) -> Iterable[queries.Consequence]:
        before = queries.saml_client(self.kwargs["client_id"]).system
        if not wishes["metadata_xml"]:
            return [queries.Consequence("none", gettext("The metadata stays as it is."))]
        return told(metadata.read(wishes["metadata_xml"], at=timezone.now()), before=before)

    def perform(self, **wishes: Any) -> Any:
        return actions.change_saml_client(client_id=self.kwargs["client_id"], at=timezone.now(), **wishes)

"""What is typed into the pages of notices."""

from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from quancheng.support.notifications import rules
from quancheng.support.notifications.models import Wishes
from quancheng.support.notifications.queries.templates import FIELD_TITLES, LANGUAGE_TITLES

ROWS = {"title": 1, "text": 4, "email_subject": 1, "email_text": 6, "sms": 2, "voice": 2}
MOST = {"title": 200, "email_subject": 200, "sms": 600, "voice": 600}
HELP = {
    "email_subject": _("Left empty, the title of the inbox."),
    "email_text": _("Left empty, the text of the inbox."),
    "sms": _("Left empty, this notice is not sent as a text message."),
    "voice": _("Left empty, nobody is called."),
}


def field_name(language: str, name: str) -> str:
    """Return the name of the form field for a field of a text in a language."""
    return f"{language}.{name}"


class TemplateText(forms.Form):
    """A draft: every field in every language, why it is changed, and which revision the writer had."""

    note = forms.CharField(label=_("Why it is changed"), max_length=200, validators=[ProhibitNullCharactersValidator()])
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in rules.FIELDS:
            for language in rules.LANGUAGES:
                self.fields[field_name(language, name)] = forms.CharField(
                    label=f"{FIELD_TITLES[name]} · {LANGUAGE_TITLES[language]}",
                    required=name == "title",
                    max_length=MOST.get(name, 8000),
                    strip=True,
                    help_text=HELP.get(name, ""),
                    widget=forms.Textarea(attrs={"rows": ROWS[name], "spellcheck": "false", "lang": language}),
                    validators=[ProhibitNullCharactersValidator()],
                )

    @property
    def rows(self) -> list[tuple[Any, list[Any]]]:
        """The bound fields of each field of a text, one a language."""
        return [
            (FIELD_TITLES[name], [self[field_name(language, name)] for language in rules.LANGUAGES])
            for name in rules.FIELDS
        ]

    def texts(self) -> dict[str, dict[str, str]]:
        """Return what was typed as {language: {field: text}}."""
        return {
            language: {name: self.cleaned_data[field_name(language, name)] for name in rules.FIELDS}
            for language in rules.LANGUAGES
        }


class WishesForm(forms.Form):
    """How somebody wants to be told; the single choices stand beside it in a table."""

    language = forms.ChoiceField(
        label=_("Language of what I am told"), choices=[(code, LANGUAGE_TITLES[code]) for code in rules.LANGUAGES]
    )
    digest = forms.ChoiceField(
        label=_("E-mails"),
        choices=Wishes.Digest.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("What is urgent and what the law has you told always comes at once."),
    )
    quiet = forms.ChoiceField(label=_("Quiet hours"), choices=Wishes.Quiet.choices, widget=forms.RadioSelect)
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("quiet") == Wishes.Quiet.OWN:
            for name in ("quiet_from", "quiet_until"):
                if not self.errors.get(name) and given.get(name) is None:
                    self.add_error(name, _("Say from when to when it is to be quiet."))
        return given

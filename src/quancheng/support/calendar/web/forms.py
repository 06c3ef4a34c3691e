"""Forms of the calculator and of loading a notice."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.support.calendar import adapters, queries, rules

UNITS = (
    ("workday", _("working days")),
    ("day", _("calendar days, holidays included")),
    ("month", _("months")),
    ("year", _("years")),
)
LEVELS = (
    ("unit-head", _("head of the unit")),
    ("agency-head", _("head of the agency")),
    ("government-head", _("head of the government")),
)
REASONS = {
    "shape": _("Line %(line)s: write first day, last day, holiday, and 放假 or 上班."),
    "day": _("Line %(line)s: there is no such day."),
    "year": _("Line %(line)s: the day is in another year."),
    "word": _("Line %(line)s: end the line with 放假 or 上班."),
    "order": _("Line %(line)s: the last day lies before the first."),
    "clash": _("Line %(line)s: a day stands here for the second time."),
    "weekday": _("Line %(line)s: only a Saturday or Sunday can be a make-up workday."),
}


class DateInput(forms.DateInput):
    """A date field of the browser."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Calculator(forms.Form):
    """From a day and a rule, or a number and a unit."""

    start = forms.DateField(
        label=_("The day it happened"),
        help_text=_("For example the day of acceptance. It is not counted; counting begins on the day after."),
        widget=DateInput(),
    )
    rule = forms.ChoiceField(
        label=_("Legal period"),
        required=False,
        help_text=_("Or choose “own period” and say how long it is."),
    )
    n = forms.IntegerField(label=_("Own period"), required=False, min_value=1, max_value=2000)
    unit = forms.ChoiceField(label=_("Unit"), required=False, choices=UNITS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [("", _("own period"))]
        self.fields["rule"].choices = own + [  # type: ignore[attr-defined]
            (item.code, f"{queries.titled(item)}（{item.law.removeprefix('中华人民共和国')}{item.article}）")
            for item in queries.all_rules()
        ]

    def clean(self) -> dict[str, Any]:
        """Demand a rule or a number, and a day that the calendar knows."""
        found = super().clean() or {}
        if not found.get("rule") and not found.get("n") and "n" not in self.errors:
            self.add_error("n", _("Choose a legal period, or say how many days."))
        if self.errors:
            return found
        try:
            found["due"] = self._due(found)
        except rules.OutsideCalendar:
            table = queries.table()
            self.add_error(
                "start",
                _("The calendar knows the years %(first)s to %(last)s.")
                % {"first": table.first_year, "last": table.last_year},
            )
        return found

    def _due(self, found: dict[str, Any]) -> rules.Due:
        if found["rule"]:
            found["legal"] = queries.rule(found["rule"], on=found["start"])
            return queries.due_of(found["legal"], start=found["start"])
        unit = found["unit"] or "workday"
        return rules.due_date(queries.table(), start=found["start"], n=found["n"], unit=unit)


class Notice(forms.Form):
    """A year's notice as a pasted table."""

    year = forms.IntegerField(label=_("Year"), min_value=2004, max_value=2100)
    document = forms.CharField(
        label=_("Notice of the State Council"), max_length=200, help_text=_("Its title and number.")
    )
    file = forms.FileField(
        label=_("Table as a file"),
        required=False,
        help_text=_("CSV or XLSX with the columns date, 休 or 班, holiday. What it says appears below for review."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.txt"}),
    )
    table = forms.CharField(
        label=_("Days off and make-up workdays"),
        required=False,
        help_text=_("One line each: first day, last day, holiday, 放假 or 上班. Example: 1月1日 1月3日 元旦 放假"),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        max_length=20_000,
    )

    def clean_year(self) -> int:
        """Demand a year that is not over."""
        year: int = self.cleaned_data["year"]
        if year < timezone.localdate().year:
            raise forms.ValidationError(_("Only the current year and later ones can be loaded."))
        return year

    def clean(self) -> dict[str, Any]:
        """Read the table."""
        found = super().clean() or {}
        if found.get("file"):
            try:
                found["table"] = adapters.lines_of(found["file"].read(adapters.LARGEST + 1))
            except adapters.UnreadableFile:
                self.add_error("file", _("This file is no table that can be read: send CSV or XLSX of at most 512 kB."))
                return found
            # Shown in the field for review, from which it is then loaded.
            self.data = {**self.data.dict(), "table": found["table"]}  # type: ignore[attr-defined]
        if "year" in found and "table" in found and not found["table"].strip():
            self.add_error("table", _("Paste the table, or choose a file."))
        elif "year" in found and "table" in found:
            try:
                found["notice"] = rules.parse_notice(found["year"], found["table"], document=found.get("document", ""))
            except rules.BadNotice as bad:
                self.add_error("table", REASONS[bad.reason] % {"line": bad.line})
        return found


class RuleVersion(forms.Form):
    """A new version of a legal rule."""

    since = forms.DateField(
        label=_("In force from"),
        help_text=_("Periods that begin on this day or later follow the new version; running ones keep theirs."),
        widget=DateInput(),
    )
    law = forms.CharField(label=_("Law"), max_length=100, help_text=_("Its full title, without book marks."))
    article = forms.CharField(label=_("Article"), max_length=60, help_text=_("For example 第四十二条第一款."))
    basis = forms.CharField(
        label=_("The sentence of the law"),
        max_length=500,
        help_text=_("Word for word; it is shown to everybody who asks why."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    n = forms.IntegerField(label=_("Length"), min_value=0, max_value=2000)
    extension_n = forms.IntegerField(label=_("Extension"), min_value=0, max_value=2000, required=False)
    extension_level = forms.CharField(label=_("Who may extend, in the words of the law"), max_length=60, required=False)
    extension_by = forms.ChoiceField(
        label=_("Level of the approver"), required=False, choices=(("", _("no extension")), *LEVELS)
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    @classmethod
    def of(cls, rule: rules.LegalRule) -> "RuleVersion":
        """Return the form filled with what the version before says."""
        said = ("law", "article", "basis", "n", "extension_n", "extension_level", "extension_by")
        return cls(initial={name: getattr(rule, name) for name in said})

    def clean_extension_n(self) -> int:
        """Take nothing as no extension."""
        return self.cleaned_data["extension_n"] or 0

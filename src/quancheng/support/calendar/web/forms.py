"""Forms of the calculator and of loading a notice."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.support.calendar import queries, rules

UNITS = (("workday", _("working days")), ("day", _("calendar days, holidays included")), ("month", _("months")))
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
            (item.code, f"{item.title}（{item.law.removeprefix('中华人民共和国')} {item.article}）")
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
            return queries.due(rule=found["rule"], start=found["start"])
        unit = found["unit"] or "workday"
        return rules.due_date(queries.table(), start=found["start"], n=found["n"], unit=unit)


class Notice(forms.Form):
    """A year's notice as a pasted table."""

    year = forms.IntegerField(label=_("Year"), min_value=2004, max_value=2100)
    document = forms.CharField(
        label=_("Notice of the State Council"), max_length=200, help_text=_("Its title and number.")
    )
    table = forms.CharField(
        label=_("Days off and make-up workdays"),
        help_text=_("One line each: first day, last day, holiday, 放假 or 上班. Example: 1月1日 1月3日 元旦 放假"),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        max_length=10_000,
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
        if "year" in found and "table" in found:
            try:
                found["notice"] = rules.parse_notice(found["year"], found["table"], document=found.get("document", ""))
            except rules.BadNotice as bad:
                self.add_error("table", REASONS[bad.reason] % {"line": bad.line})
        return found

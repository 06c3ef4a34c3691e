"""Working days, legal rules and statutory clocks."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Calendar(discovery.App):
    verbose_name = _("Calendar")
    zones = frozenset({"extranet", "intranet"})
    menu = (
        discovery.Entry(_("Calendar addresses"), "calendar:feeds", icon="calendar-due"),
        discovery.Entry(_("Legal periods"), "calendar:rules", icon="clock", action="calendar.rule.add-version"),
        discovery.Entry(
            _("Holidays and make-up workdays"), "calendar:years", icon="calendar", action="calendar.year.load"
        ),
    )

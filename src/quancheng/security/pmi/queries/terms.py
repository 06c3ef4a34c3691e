"""Terms of privileges in words: how far, when, under which conditions."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quancheng.security.pmi import rules
from quancheng.security.pmi.queries.consents import matter_title
from quancheng.security.pmi.rules import Hours, Lack, Obligation, Scope, Terms

SCOPES: dict[Scope, str | Promise] = {
    Scope.OWN: gettext_lazy("own things only"),
    Scope.UNIT: gettext_lazy("the post's organisation alone"),
    Scope.BRANCH: gettext_lazy("the post's organisation and everything below"),
    Scope.DEPARTMENT: gettext_lazy("the whole department of the post"),
    Scope.DISTRICT: gettext_lazy("the whole district of the post"),
    Scope.CITY: gettext_lazy("the whole city"),
}
ASSURANCES: dict[int, str | Promise] = {
    0: gettext_lazy("no matter how"),
    1: gettext_lazy("password"),
    2: gettext_lazy("password and second factor"),
    3: gettext_lazy("passkey or certificate"),
}
DAYS: tuple[str | Promise, ...] = (
    gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday"), gettext_lazy("Thursday"),
    gettext_lazy("Friday"), gettext_lazy("Saturday"), gettext_lazy("Sunday"),
)  # fmt: skip
OBLIGATIONS: dict[Obligation, str | Promise] = {
    Obligation.MASK: gettext_lazy("personal data are shown masked"),
    Obligation.REASON: gettext_lazy("the reason is said first and stands in the trail"),
    Obligation.NOTIFY: gettext_lazy("the person concerned is told"),
}
# The clocks that go by a name of their own among those who keep the hours.
CLOCKS: dict[str, str | Promise] = {"Asia/Shanghai": gettext_lazy("Beijing time")}
LACKS: dict[Lack, str | Promise] = {
    Lack.PLACE: gettext_lazy("it does not reach to that place"),
    Lack.OWNER: gettext_lazy("it counts for one's own things only"),
    Lack.PERIOD: gettext_lazy("its period has not begun or is over"),
    Lack.HOURS: gettext_lazy("it does not count at this hour"),
    Lack.PURPOSE: gettext_lazy("its purpose has not been declared"),
    Lack.ASSURANCE: gettext_lazy("the sign-in was not strong enough"),
    Lack.CONSENT: gettext_lazy("the person concerned has not agreed, or has withdrawn it"),
}


def terms_of(values: Mapping[str, Any] | None) -> Terms | None:
    """Return stored terms, PLAIN for none; None when they cannot be read, which must count as never."""
    try:
        return rules.read(values or {})
    except rules.BadTerms:
        return None


def scope_title(terms: Terms) -> str:
    """Return how far the privilege reaches, in words."""
    return str(SCOPES[terms.scope])


def conditions(terms: Terms) -> tuple[str, ...]:
    """Return the period and the conditions of `terms`, a sentence each; none for terms without."""
    found = []
    if terms.since:
        found.append(_("from %(day)s") % {"day": date_format(terms.since)})
    if terms.until:
        found.append(_("until %(day)s") % {"day": date_format(terms.until)})
    if terms.hours:
        found.append(hours(terms.hours))
    if terms.purposes:
        found.append(_("for the purpose of %(purposes)s") % {"purposes": _(" or ").join(terms.purposes)})
    if terms.assurance:
        found.append(_("signed in with %(assurance)s or stronger") % {"assurance": ASSURANCES[terms.assurance]})
    if terms.consent:
        found.append(
            _("with the consent of the person concerned to “%(matter)s”") % {"matter": matter_title(terms.consent)}
        )
    if terms.obligations:
        found.append(_("provided that %(obligations)s") % {"obligations": duties(terms.obligations)})
    return tuple(found)


def duties(owed: tuple[Obligation, ...]) -> str:
    """Return obligations in words, one after the other."""
    return _(", ").join(str(OBLIGATIONS[item]) for item in owed)


def hours(table: Hours) -> str:
    """Return the working hours in words; days with the same spans stand together."""
    groups: dict[str, list[str]] = {}
    for name, spans in zip(DAYS, table.texts(), strict=True):
        if spans:
            groups.setdefault(spans, []).append(str(name))
    listed = _("; ").join(f"{_(', ').join(days)} {spans}" for spans, days in groups.items())
    return _("at %(hours)s (%(zone)s)") % {"hours": listed, "zone": CLOCKS.get(table.zone, table.zone)}


def sentence(terms: Terms) -> str:
    """Return everything about `terms` in one line."""
    return _("; ").join((scope_title(terms), *conditions(terms)))

"""What a move will do, in sentences, before it is made."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quancheng.support.workflow import queries
from quancheng.support.workflow.config import config
from quancheng.support.workflow.models import Signing
from quancheng.support.workflow.rules import SIGNINGS, Move


def sentences(desk: queries.Desk, move: Move, given: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Return what `move` will do with the task of `desk`; `names` are the words of people and steps by their ids."""
    facts = {"name": desk.name, "to": names.get(given.get("to_id", ""), ""), "holder": desk.holder}
    if move in SIGNINGS:
        return _signatures(given, names, facts)
    if move is Move.SEND_BACK:
        facts["step"] = names.get(given["step"], "")
        return [
            _("“%(name)s” is taken off the desk, and %(step)s is to be done again.") % facts,
            _("From there the matter returns straight to “%(name)s”; the steps between stand as they were done.")
            % facts
            if given["straight"]
            else _("Everything that came of that step is done again after it."),
        ]
    if move is Move.CIRCULATE:
        people = "、".join(names.get(one, one) for one in given["to_ids"])
        return [_("%(people)s find it among what is to be read.") % {"people": people}, _("Nothing waits for them.")]
    if move is Move.UNSIGN:
        outcome = queries.settled_without(desk.task_id, given["to_id"])
        more = [_("That settles the signing: %(outcome)s.") % {"outcome": outcome}] if outcome else []
        return [_("%(to)s is no longer asked to sign.") % facts, *more]
    return [text % facts for text in _plain(move, bool(desk.holder))]


def _plain(move: Move, held: bool) -> list[str]:
    return {
        Move.TRANSFER: [
            _("“%(name)s” and the duty for it go to %(to)s."), _("You can no longer act on it."),
            _("%(to)s is told."),
        ],
        Move.LEND: [
            _("%(to)s does “%(name)s” in your name; both names are recorded."),
            _("Until it is done you can call it in."),
        ],
        Move.ASSIGN: [
            _("“%(name)s” goes from %(holder)s to %(to)s; both are told.") if held
            else _("“%(name)s” goes to %(to)s, who is told."),
        ],
        Move.CALL_IN: [_("“%(name)s” goes from %(holder)s back to you.")],
        Move.UPHOLD: [_("What you did at “%(name)s” is carried out, and the case moves on."),
                      _("The objection and your reasons stay in the timeline.")],
        Move.TAKE_BACK: [_("What came of “%(name)s” is taken away."), _("“%(name)s” is open with you again.")],
        Move.URGE: [
            _("Whom “%(name)s” waits for is told."),
            ngettext("It can be urged again in %(n)s hour.", "It can be urged again in %(n)s hours.",
                     config.urge_hours) % {"n": config.urge_hours},
        ],
    }.get(move, [])  # fmt: skip


def _signatures(given: Mapping[str, Any], names: Mapping[str, str], facts: Mapping[str, str]) -> list[str]:
    facts = {**facts, "people": "、".join(names.get(one, one) for one in given["to_ids"]), "n": given["wanted"]}
    whom = (
        _("%(people)s are asked to sign, one after the other.") if given["serial"]
        else _("%(people)s are asked to sign.")
    )  # fmt: skip
    rule = {
        Signing.Rule.ALL: _("All of them have to agree; the first objection settles it."),
        Signing.Rule.ANY: _("One who agrees is enough; the others are then no longer asked."),
        Signing.Rule.COUNT: _("%(n)s of them have to agree."),
    }[Signing.Rule(given["rule"])]
    when = {
        Signing.When.BEFORE: _("You can act on “%(name)s” when that is settled, and see what they said."),
        Signing.When.PARALLEL: _("You can act meanwhile; the case moves on when they have agreed."),
        Signing.When.AFTER: _("They are asked when you have acted; the case moves on when they have agreed."),
    }[Signing.When(given["when"])]
    return [text % facts for text in (whom, rule, when)]

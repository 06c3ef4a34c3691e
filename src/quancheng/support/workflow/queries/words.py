"""How people call the moves, and what each one is for."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.support.workflow.queries.desk import Desk
from quancheng.support.workflow.rules import Move


@dataclass(frozen=True, slots=True)
class Words:
    """A move's title, its sign, and one sentence about it. `plain` moves need no more than a press of the button."""

    title: Any
    icon: str
    help: Any
    plain: bool = False


WORDS = {
    Move.CLAIM: Words(pgettext_lazy("move", "Take on"), "check", _("No colleague can do it while you have it."), True),
    Move.RELEASE: Words(
        pgettext_lazy("move", "Give back"),
        "return",
        _("Everybody who may do it sees it again; what was lent to you returns to the lender."),
        True,
    ),
    Move.TRANSFER: Words(
        pgettext_lazy("move", "Hand over"),
        "forward",
        _("The step and the duty for it go to a colleague; you are out."),
    ),
    Move.LEND: Words(
        pgettext_lazy("move", "Entrust once"),
        "users",
        _("A colleague does this one step in your name; both names are recorded."),
    ),
    Move.CALL_IN: Words(
        pgettext_lazy("move", "Call in"),
        "back",
        _("You do the step yourself again that you have entrusted."),
    ),
    Move.SIGN_BEFORE: Words(
        pgettext_lazy("move", "Add signers, countersign"),
        "sign",
        _("Colleagues sign before you act, meanwhile, or afterwards: one, or several who countersign."),
    ),
    Move.UNSIGN: Words(
        pgettext_lazy("move", "Take a signer away"),
        "remove",
        _("Somebody who has not signed yet is no longer asked."),
    ),
    Move.UPHOLD: Words(
        pgettext_lazy("move", "Uphold"),
        "law",
        _("Your act is carried out although the signers did not agree. Give your reasons."),
    ),
    Move.SEND_BACK: Words(
        pgettext_lazy("move", "Send back"),
        "return",
        _("The matter returns to a step that it has passed, and to who did it."),
    ),
    Move.TAKE_BACK: Words(
        pgettext_lazy("move", "Take back"),
        "back",
        _("Your step is open with you again. It works until somebody has opened what came of it."),
    ),
    Move.CIRCULATE: Words(
        pgettext_lazy("move", "Send for reading"),
        "eye",
        _("Colleagues read the matter; nothing waits for them, and you see who has read it."),
    ),
    Move.URGE: Words(
        pgettext_lazy("move", "Urge"),
        "bell",
        _("Whom the step waits for is asked to hurry, at most once in a few hours."),
    ),
    Move.ASSIGN: Words(
        pgettext_lazy("move", "Assign"),
        "user",
        _("You give the step to somebody, whoever has it now."),
    ),
}
# One page asks for signatures, whenever they are to come.
for _way in (Move.SIGN_PARALLEL, Move.SIGN_AFTER):
    WORDS[_way] = WORDS[Move.SIGN_BEFORE]


def menu(desk: Desk) -> list[dict[str, Any]]:
    """Return the entries of a task's menu; the ways of asking for signatures are one."""
    found, titles = [], set()
    for move in desk.moves:
        words = WORDS[move]
        if words.title not in titles:
            titles.add(words.title)
            url = reverse("workflow:move", args=[desk.task_id, move.value])
            found.append({"title": words.title, "icon": words.icon, "url": url, "plain": words.plain})
    return found

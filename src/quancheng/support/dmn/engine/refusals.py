"""What is wrong with a decision model or with one evaluation of it."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal


class NotDmn(Refusal):
    """The text is not well-formed XML, not DMN 1.1–1.5, too large, or holds a document type or entities."""

    code = "dmn.not-dmn"
    message = _("This is not a DMN decision model: %(why)s.")
    status = 422


class UnsupportedElement(Refusal):
    """The model holds an element, or a language, this engine does not know."""

    code = "dmn.unsupported-element"
    message = _("The element %(type)s in “%(place)s” cannot be decided here.")
    status = 422


class BrokenModel(Refusal):
    """A reference leads nowhere, decisions require one another in a circle, or an element lacks what it needs."""

    code = "dmn.broken-model"
    message = _("“%(place)s”: %(why)s.")
    status = 422


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong in an evaluation: the decision, the place in it ("rule 2, output 1"), and why."""

    decision: str
    place: str
    why: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.decision, self.place, self.why) if part)

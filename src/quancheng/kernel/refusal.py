"""Anticipated refusals: what the platform says no to, each a named class with a code and a sentence."""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """An expected "no". Subclasses stand beside the function that raises them.

    `code` is stable and goes into the trail and API answers; `message` is a sentence in the user's words and may hold
    `%(name)s` places which the keyword arguments fill. `status` is the HTTP status of a page or endpoint.
    """

    code: ClassVar[str] = "kernel.refused"
    message: ClassVar[str | Promise] = _("This cannot be done.")
    status: ClassVar[int] = 409

    def __init__(self, text: str | Promise = "", /, **facts: object) -> None:
        super().__init__(text)
        self.text, self.facts = text, facts

    def __str__(self) -> str:
        sentence = str(self.text or self.message)
        return sentence % self.facts if self.facts and "%(" in sentence else sentence

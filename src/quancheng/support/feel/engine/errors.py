"""What can go wrong with an expression, said in the reader's language."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext


def marked(message: str) -> str:
    """Return the sentence as it is: imported as `_` it marks what is collected for translation."""
    return message


_ = marked


class FeelError(Exception):
    """An expression that cannot be evaluated: unknown function, wrong number of arguments, a limit, a foreign value.

    `message` is an English sentence with places (%(name)s) for `parts`. It is translated when it is read, so that one
    error can be shown to people of different languages; without Django's settings it stays English.
    """

    def __init__(self, message: str, **parts: Any) -> None:
        super().__init__(message)
        self.message, self.parts = message, parts

    def __str__(self) -> str:
        return _said(self.message) % self.parts if self.parts else _said(self.message)


class FeelSyntaxError(FeelError):
    """A text that is not FEEL. `position` counts characters from 0; `text` is the whole expression."""

    def __init__(self, message: str, *, text: str, position: int, **parts: Any) -> None:
        super().__init__(message, **parts)
        self.text, self.position = text, position

    def __str__(self) -> str:
        where = {"what": super().__str__(), "place": self.position + 1, "text": self.text}
        return _said(_("%(what)s (character %(place)s of “%(text)s”)")) % where


def _said(message: str) -> str:
    return gettext(message) if settings.configured else message

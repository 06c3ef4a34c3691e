"""What can go wrong with an expression."""


class FeelError(Exception):
    """An expression that cannot be evaluated: unknown function, wrong number of arguments, a limit, a foreign value."""


class FeelSyntaxError(FeelError):
    """A text that is not FEEL. `position` counts characters from 0; `text` is the whole expression."""

    def __init__(self, message: str, *, text: str, position: int) -> None:
        super().__init__(f"{message} (character {position + 1} of {text!r})")
        self.message = message
        self.text = text
        self.position = position

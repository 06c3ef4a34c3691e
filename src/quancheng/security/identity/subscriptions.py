"""What identity does for the apps below it, and what it does when the other zone tells something."""

from quancheng.kernel import events
from quancheng.security.identity import queries
from quancheng.security.identity.actions import restructuring
from quancheng.security.pmi import public as pmi

pmi.use_directory(queries.Directory())


@events.hears("identity.organisations-changed")
def follow(message: events.Message) -> None:
    """Change the organisations here as they changed in the intranet."""
    restructuring.follow(message)

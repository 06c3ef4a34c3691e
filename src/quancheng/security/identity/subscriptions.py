"""What identity does for the apps below it, and what it does when the other zone tells something."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.security.identity import queries
from quancheng.security.identity.actions import real_name, restructuring
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pmi.use_directory(queries.Directory())
trail.use_gazetteer(queries.Directory())
queries.offer_scope("identity.directory.read", _("Read staff and organisations (SCIM)"))
queries.offer_scope("pmi.change.simulate", _("Try changes of privileges on the trail"))


@events.hears("identity.organisations-changed")
def follow(message: events.Message) -> None:
    """Change the organisations here as they changed in the intranet."""
    restructuring.follow(message)


@events.hears("population.real-name-checked")
def hear_real_name(message: events.Message) -> None:
    """Raise the assurance of an account whose name and number belong together."""
    real_name.hear(message)

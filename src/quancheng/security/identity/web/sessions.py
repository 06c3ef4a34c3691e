"""Pages about sessions: where somebody is signed in, and signing out from afar."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity import actions, queries, rules
from quancheng.security.identity.web import forms
from quancheng.security.identity.web.views import Act, Page
from quancheng.security.pmi import public as pmi


def this_session(request: Any) -> uuid.UUID | None:
    """Return the id of the session in which the request came."""
    stamp = request.session.get(rules.SESSION)
    return uuid.UUID(stamp["id"]) if stamp else None


class Sessions(Page):
    """Where I am signed in."""

    action = pmi.SIGNED_IN
    template_name = "identity/sessions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            sessions=queries.sessions(self.request.user.pk), this=this_session(self.request), **kwargs
        )


class EndSession(Act):
    """Signing out on one device."""

    action, open_to = "identity.session.end", ("staff", "citizen")
    form_class, heading, submit, tone = forms.Confirm, _("Sign out on this device?"), _("Sign out there"), "danger"
    done = _("Signed out there.")

    @cached_property
    def session(self) -> queries.SessionView:
        return queries.session(self.kwargs["session_id"])

    def target(self) -> pmi.Target:
        owner = self.session.account_id
        return pmi.Target(
            organisation=queries.place_of(owner), owner=f"account:{owner}", subjects=(f"account:{owner}",)
        )

    def back(self) -> str:
        owner = self.session.account_id
        return (
            reverse("identity:sessions") if owner == self.request.user.pk else reverse("identity:account", args=[owner])
        )

    def about(self) -> str:
        return f"{self.session.device} {self.session.address}".strip()

    def perform(self, **wishes: Any) -> Any:
        return actions.end_session(session_id=self.session.id, at=timezone.now(), **wishes)


class EndOtherSessions(Act):
    """Signing out everywhere but here."""

    action, open_to = "identity.session.end-others", ("staff", "citizen")
    form_class, heading, submit, tone = (
        forms.Confirm,
        _("Sign out on all other devices?"),
        _("Sign out there"),
        "danger",
    )
    done = _("You are signed in here only.")

    def target(self) -> pmi.Target:
        return pmi.Target(owner=self.request.actor.id)

    def back(self) -> str:
        return reverse("identity:sessions")

    def perform(self, **wishes: Any) -> Any:
        return actions.end_other_sessions(
            account_id=self.request.user.pk, keep=this_session(self.request), at=timezone.now(), **wishes
        )

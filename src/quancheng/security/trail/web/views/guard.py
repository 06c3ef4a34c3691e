"""Who may look. The trail lies below pmi, so its pages ask `request.actor` themselves, and enter the look."""

from typing import Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import actions, queries


class NotAuthorised(Refusal):
    """The actor may not look into the trail, or not at this organisation's entries."""

    code = "trail.forbidden"
    message = _("You are not authorised to read this part of the trail.")
    status = 403


class Guarded(View):
    """A page for those who hold its privilege, on the whole city where `whole` says so."""

    action: ClassVar[str] = "trail.entry.read"
    whole: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.actor.kind == "anonymous":
            return redirect_to_login(request.get_full_path())
        self.demand(self.action, "" if self.whole else None)
        return super().dispatch(request, *args, **kwargs)

    def opens(self) -> bool:
        """Test whether this page would open for who asks: `pmi.opens` hides links that lead to a refusal."""
        return bool(self.actor.may(self.action, "" if self.whole else None))

    def demand(self, privilege: str, place: str | None) -> None:
        """Refuse, and enter that, unless the actor holds `privilege`: at `place`, or anywhere when it is None."""
        if not self.actor.may(privilege, place):
            self.enter(NotAuthorised.code, action=privilege)
            raise NotAuthorised

    @property
    def actor(self) -> Any:
        """Who asks, as identity put it on the request."""
        return self.request.actor  # type: ignore[attr-defined]

    @property
    def who(self) -> Any:
        """The actor as the trail's actions want it."""
        return {"actor_id": self.actor.id, "actor_name": self.actor.name}

    @property
    def number(self) -> int:
        """The page of a list that was asked for."""
        number = self.request.GET.get("page", "1")
        return int(number) if number.isdecimal() and len(number) < 9 else 1

    def enter(self, outcome: str = "done", subjects: tuple[str, ...] = (), action: str = "") -> None:
        """Enter the look in the trail."""
        actions.record(
            action=action or self.action,
            outcome=outcome,
            subjects=subjects,
            organisation=self.actor.organisation,
            detail={"address": self.request.get_full_path()},
            **self.who,
        )

    def entry(self) -> queries.EntryView:
        """Return the entry in the address, if this actor may see it."""
        found = queries.entry(entry_id=self.kwargs["entry_id"])
        subjects = (f"trail-entry:{found.id}",)
        if not self.actor.may(self.action, found.organisation):
            self.enter(NotAuthorised.code, subjects)
            raise NotAuthorised
        self.enter(subjects=subjects)
        return found

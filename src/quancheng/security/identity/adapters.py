"""Where allauth asks the platform: who may sign up, what happens at sign-in, what the trail learns of it."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from quancheng.kernel import zone
from quancheng.security.identity.models import Account
from quancheng.security.trail import public as trail


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is for citizens, so it is open where the extranet is served. Every coming and going leaves a trace."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return zone.serves({zone.EXTRANET})

    def login(self, request: HttpRequest, user: Account) -> None:
        super().login(request, user)
        _record("identity.session.open", user.actor_id, user.name, request)

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        if isinstance(user, Account):
            _record("identity.session.close", user.actor_id, user.name, request)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        # What was typed as a user name may be a password by mistake: only a name that exists goes into the trail.
        found = Account.objects.filter(username__iexact=str(credentials.get("username", ""))).first()
        subject = found.actor_id if found else "anonymous"
        _record("identity.session.open", subject, found.name if found else "", request, "identity.wrong-password")

    def _address(self, request: HttpRequest) -> str:
        return str(self.get_client_ip(request))


def _record(action: str, actor_id: str, name: str, request: HttpRequest, outcome: str = "done") -> None:
    address = AccountAdapter(request)._address(request)
    subjects = (actor_id,) if actor_id != "anonymous" else ()
    trail.record(
        action=action,
        actor_id=actor_id,
        actor_name=name,
        outcome=outcome,
        subjects=subjects,
        detail={"address": address},
    )

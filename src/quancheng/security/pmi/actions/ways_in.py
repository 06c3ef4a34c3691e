"""The three ways in: a write is an `action`, a look at protected data a `reading`, a page a `GuardedView`."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, ParamSpec, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import View

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import queries
from quancheng.security.pmi.actions import obliging
from quancheng.security.pmi.config import config
from quancheng.security.pmi.rules import DECIDED, Actor, Decision, Lack, Obligation, Target, decide, proven
from quancheng.security.trail import public as trail

P = ParamSpec("P")
R = TypeVar("R")
Scope = Callable[..., Target]

_delivering: ContextVar[bool] = ContextVar("delivering", default=False)
_running: ContextVar[str] = ContextVar("running", default="")
# What has been asked and found free within the action that runs, so that one question is not asked twice in it.
_free: ContextVar[set[tuple[str, str, tuple[str, ...]]] | None] = ContextVar("free", default=None)
_names: dict[str, Callable[..., Any]] = {}
_followers: list[Callable[[str, Target], None]] = []


class Forbidden(Refusal):
    """The actor does not hold the privilege at that place, or the thing belongs to somebody else."""

    code: ClassVar[str] = "pmi.forbidden"
    status = 403
    message = _("You are not authorised to do this (%(privilege)s).")

    def __str__(self) -> str:
        """Return the sentence, with what actions are called; the facts keep their codes."""
        sentence = str(self.text or self.message)
        titles = {name: trail.action_title(str(code)) for name, code in self.facts.items()}
        return sentence % titles if titles and "%(" in sentence else sentence


class StepUpNeeded(Forbidden):
    """The action is sensitive, and the actor has not shown lately who they are."""

    code: ClassVar[str] = "pmi.step-up-needed"
    message = _("This step is sensitive. Show once more who you are, then do it again.")


class PurposeNeeded(Forbidden):
    """The privilege is held for certain purposes only, and the actor has declared none of them."""

    code: ClassVar[str] = "pmi.purpose-needed"
    message = _("Say first what you use this for (%(privilege)s).")


class OutsideHours(Forbidden):
    """The privilege is held, but not at this time."""

    code: ClassVar[str] = "pmi.outside-hours"
    message = _("You may do this at certain times only, and this is not one of them (%(privilege)s).")


class AssuranceTooLow(Forbidden):
    """The privilege asks for a stronger proof of identity than this session began with."""

    code: ClassVar[str] = "pmi.assurance-too-low"
    message = _("This needs a stronger sign-in, with a second factor, a passkey or a certificate (%(privilege)s).")


class ConsentNeeded(Forbidden):
    """The privilege holds with the consent of the people concerned only (PIPL art. 13), and one of them lacks."""

    code: ClassVar[str] = "pmi.consent-needed"
    message = _("The person concerned has not agreed to this use of their data, or has withdrawn it (%(privilege)s).")


class CannotMask(Forbidden):
    """The grant obliges to show masked what this way in cannot mask (XACML 3.0, section 7.18)."""

    code: ClassVar[str] = "pmi.cannot-mask"
    message = _("You may see this masked only, and here it cannot be masked (%(privilege)s).")


class Recused(Forbidden):
    """The actor is barred from the subject: an interest of their own stands against it."""

    code: ClassVar[str] = "pmi.recused"
    message = _("You have been recused from this matter. A colleague must handle it.")


class DutiesConflict(Forbidden):
    """The actor did something on the same subject that one person may not do together with this."""

    code: ClassVar[str] = "pmi.duties-conflict"
    message = _("You have taken another step of this matter yourself (%(other)s), so somebody else must take this one.")


class ActionInsideAction(RuntimeError):
    """An action called another one; its trail entry would vanish with the outer rollback. Call plain functions."""


@contextmanager
def delivery() -> Iterator[None]:
    """Let actions run inside the transaction that delivers a message, so that inbox and effect are stored together."""
    token = _delivering.set(True)
    try:
        yield
    finally:
        _delivering.reset(token)


def actions() -> dict[str, Callable[..., Any]]:
    """Return every action and reading by name."""
    return dict(_names)


def follow_with(tell: Callable[[str, Target], None]) -> None:
    """Have `tell` called with each action's name and target inside its transaction, once it is done."""
    if tell not in _followers:
        _followers.append(tell)


def action(
    name: str, *, scope: Scope | None = None, open_to: tuple[str, ...] = (), step_up: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function the action `name`: privilege, transaction and trail entry, refusals included.

    `scope` gets the keyword arguments without the actor and returns what the action touches. Kinds in `open_to` need no
    grant for their own things. With `step_up` the actor must have shown lately who they are. The refusal's entry is
    written after the rollback.

    :raises Forbidden: when the actor may not.
    :raises StepUpNeeded: when the last proof of identity is too old.
    :raises ActionInsideAction: when called from within another action.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def run(*args: P.args, **wishes: P.kwargs) -> R:
            actor: Actor = wishes["actor"]  # type: ignore[assignment]
            if _running.get():
                raise ActionInsideAction(f"{name} inside {_running.get()}")
            token, asked = _running.set(name), _free.set(set())
            target = Target()
            try:
                # A delivery already holds the transaction that must not be cut: there the action is a savepoint.
                with transaction.atomic(durable=not _delivering.get()):
                    if scope:
                        target = scope(**{key: value for key, value in wishes.items() if key != "actor"})
                    target = queries.with_consents(actor, name, target)
                    decision = decide(actor, name, target, open_to=open_to)
                    if not decision.allowed:
                        raise _refusal(decision, name)
                    if step_up and not proven(actor, now=timezone.now(), minutes=2 * config.step_up_minutes):
                        raise StepUpNeeded
                    stand_apart(actor, name, target)
                    owed = _owed(decision, name, target, masks=False)
                    result = function(*args, **wishes)
                    _record(name, actor, target, "done", open_to, owed)
                    obliging.discharge(owed, actor, name, target)
                    for tell in _followers:
                        tell(name, target)
                return result
            except Refusal as refusal:
                _record(name, actor, target, refusal.code, open_to)
                raise
            finally:
                _running.reset(token)
                _free.reset(asked)

        run.writes = True  # type: ignore[attr-defined]
        return _register(name, run, open_to, step_up)

    return decorate


def reading(
    name: str, *, scope: Scope | None = None, open_to: tuple[str, ...] = (), mask: Callable[[Any], Any] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a query the reading `name`: privilege checked, and the look itself entered in the trail.

    `mask` hides in what was found the personal data, for whom the grant obliges to that; without it they are refused.

    :raises Forbidden: when the actor may not; that is entered too.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def run(*args: P.args, **wishes: P.kwargs) -> R:
            actor: Actor = wishes["actor"]  # type: ignore[assignment]
            target = scope(**{key: value for key, value in wishes.items() if key != "actor"}) if scope else Target()
            target = queries.with_consents(actor, name, target)
            owed = demand(actor, name, target, open_to=open_to, masks=mask is not None)
            if actor.kind == "staff" and queries.recused(actor.id, target.subjects):
                _record(name, actor, target, Recused.code, open_to)
                raise Recused
            result = function(*args, **wishes)
            with transaction.atomic():
                _record(name, actor, target, "done", open_to, owed)
                obliging.discharge(owed, actor, name, target)
            return mask(result) if mask and Obligation.MASK in owed else result

        if mask:
            obliging.masking(name)
        return _register(name, run, open_to)

    return decorate


def demand(
    actor: Actor,
    privilege: str,
    target: Target | None = None,
    *,
    open_to: tuple[str, ...] = (),
    masks: bool = False,
) -> frozenset[Obligation]:
    """Refuse unless `actor` may use `privilege` on `target`; the refusal is entered in the trail.

    Return what is owed for it: who calls masks what it shows (`masks` says that it can) and calls `discharge`.

    :raises Forbidden: when the actor may not.
    """
    target = queries.with_consents(actor, privilege, target or Target())
    decision = decide(actor, privilege, target, open_to=open_to)
    try:
        if not decision.allowed:
            raise _refusal(decision, privilege)
        return _owed(decision, privilege, target, masks=masks)
    except Forbidden as refusal:
        _record(privilege, actor, target, refusal.code)
        raise


def _owed(decision: Decision, privilege: str, target: Target, *, masks: bool) -> frozenset[Obligation]:
    """Return what is owed for what is allowed; where nobody can be told, it is shown masked instead."""
    owed = decision.follows
    if Obligation.NOTIFY in owed and not queries.people_of(target.subjects):
        owed = owed - {Obligation.NOTIFY} | {Obligation.MASK}
    if Obligation.MASK in owed and not masks:
        raise CannotMask(privilege=privilege)
    return owed


class GuardedView(View):
    """A page. `action` is the privilege that opens it, `target()` says what it shows.

    One that `masks` hides itself what is to be hidden where `owed` says so; others leave that to the readings they ask.

    Anonymous visitors are sent to sign in when the page is not public; everyone else gets 403 and a trail entry.
    """

    action: ClassVar[str] = ""
    open_to: ClassVar[tuple[str, ...]] = ()
    masks: ClassVar[bool] = False
    owed: frozenset[Obligation] = frozenset()

    def target(self) -> Target:
        """Return what this page shows; the default is nothing in particular."""
        return Target()

    def opens(self) -> bool:
        """Test, without an entry in the trail, whether this page would open for who asks."""
        try:
            actor: Actor = self.request.actor  # type: ignore[attr-defined]
            target = queries.with_consents(actor, self.action, self.target())
            return decide(actor, self.action, target, open_to=self.open_to).allowed
        except Refusal:
            return False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if actor.kind == "anonymous" and not actor.may(self.action):
            return redirect_to_login(request.get_full_path())
        masks = self.masks or self.action in _names
        self.owed = demand(actor, self.action, self.target(), open_to=self.open_to, masks=masks)
        if getattr(_names.get(self.action), "step_up", False) and not shown_lately(request):
            raise StepUpNeeded
        return super().dispatch(request, *args, **kwargs)


def shown_lately(request: HttpRequest) -> bool:
    """Test whether who asks has shown lately enough who they are for a page of a sensitive action.

    It is asked before the form is filled in; while it is being filled in, the proof may grow older.
    """
    minutes = config.step_up_minutes * (1 if request.method == "GET" else 2)
    return proven(request.actor, now=timezone.now(), minutes=minutes)  # type: ignore[attr-defined]


def opens(request: HttpRequest, address: str) -> bool:
    """Test whether the page at `address` would open for who asks, so that nobody is offered a door that is shut.

    A page that guards itself answers by its method `opens()`. Without one, and outside the site, it counts as open.
    """
    try:
        found = resolve(address)
    except Resolver404:
        return True
    kind = getattr(found.func, "view_class", None)
    if kind is None or not hasattr(kind, "opens"):
        return True
    page = kind()
    page.setup(request, *found.args, **found.kwargs)
    return bool(page.opens())


def stand_apart(actor: Actor, name: str, target: Target) -> None:
    """Refuse a member of staff who is barred from the subjects, or did there what one may not do together with `name`.

    :raises Recused: :raises DutiesConflict:
    """
    if actor.kind != "staff" or not target.subjects:
        return
    free, question = _free.get(), (actor.id, name, target.subjects)
    if free is not None and question in free:
        return
    if not queries.concerned(actor.id, name, target.subjects):
        if free is not None:
            free.add(question)
        return
    if queries.recused(actor.id, target.subjects):
        raise Recused
    if found := queries.conflict(actor.id, name, target.subjects):
        raise DutiesConflict(other=found.other(name))


def _register(name: str, run: Callable[P, R], open_to: tuple[str, ...], step_up: bool = False) -> Callable[P, R]:
    run.action, run.open_to, run.step_up = name, open_to, step_up  # type: ignore[attr-defined]
    _names[name] = run
    return run


def _refusal(decision: Decision, privilege: str) -> Forbidden:
    """Return the refusal that says best what is lacking; a purpose is asked for only when nothing else lacks."""
    lacking = set(decision.lacking)
    kind: type[Forbidden] = Forbidden
    if lacking and not lacking & {Lack.PLACE, Lack.OWNER, Lack.PERIOD}:
        order = {Lack.ASSURANCE: AssuranceTooLow, Lack.HOURS: OutsideHours, Lack.CONSENT: ConsentNeeded}
        kind = next((found for lack, found in order.items() if lack in lacking), PurposeNeeded)
    return kind(privilege=privilege)


def _record(
    name: str,
    actor: Actor,
    target: Target,
    outcome: str,
    open_to: tuple[str, ...] = (),
    owed: frozenset[Obligation] = frozenset(),
) -> None:
    decision = decide(actor, name, target, open_to=open_to)
    grant = decision.grant if decision.allowed else None
    facts: dict[str, object] = {
        "by": decision.by,
        "place": target.organisation,
        "owner": target.owner,
        "assurance": actor.assurance,
        "purpose": actor.purpose,
        "seat": actor.seat,
        "consent": grant.terms.consent if grant else "",
    }
    # With these, and what stands in the entry anyway, the decision can be made again under another policy.
    subjects = list(target.subjects)
    detail: dict[str, object] = {DECIDED: {key: value for key, value in facts.items() if value}}
    giver, giver_name = actor.on_behalf_of, actor.on_behalf_of_name
    if not giver and grant:
        giver, giver_name = grant.on_behalf_of, grant.on_behalf_of_name
    if giver:
        # Whoever delegated a post finds in the trail what was done with it.
        subjects.append(giver)
        detail |= {"on_behalf_of": giver, "on_behalf_of_name": giver_name}
    if grant and (grant.terms.purposes or Obligation.REASON in grant.terms.obligations):
        detail["purpose"] = actor.purpose
    if owed:
        detail["obligations"] = sorted(owed)
    if grant and grant.emergency:
        # What was done under break-glass is found under its record, for the review.
        subjects.append(f"emergency:{grant.emergency}")
        detail["emergency"] = grant.emergency
    trail.record(
        action=name,
        actor_id=actor.id,
        actor_name=actor.name,
        outcome=outcome,
        subjects=tuple(dict.fromkeys(subjects)),
        organisation=target.organisation or actor.organisation,
        detail=detail,
    )

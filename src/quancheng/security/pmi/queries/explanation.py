"""Why may I, why not: the decision of rules.permitted and of the rules of separation, in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from quancheng.security.pmi import adapters
from quancheng.security.pmi.models import Role
from quancheng.security.pmi.queries.consents import matter_title, matters, people_of, with_consents
from quancheng.security.pmi.queries.separation import conflict, conflicts, recused
from quancheng.security.pmi.queries.terms import LACKS, duties, sentence
from quancheng.security.pmi.rules import PLAIN, PUBLIC, SIGNED_IN, Actor, Grant, Lack, Obligation, Target, decide
from quancheng.security.trail import public as trail

CURABLE = frozenset({Lack.PURPOSE, Lack.CONSENT, Lack.ASSURANCE, Lack.HOURS})


@dataclass(frozen=True, slots=True)
class Step:
    """One reason. `speaks` is "for", "against", or "note" for what decides nothing here."""

    speaks: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is decided about one privilege of one actor, and everything that decides it."""

    allowed: bool
    privilege: str
    organisation: str
    actor: str
    steps: tuple[Step, ...]
    obligations: tuple[str, ...] = ()


def known_privileges() -> tuple[str, ...]:
    """Return the privileges that some role carries."""
    found = Role.objects.values_list("privileges", flat=True)
    return tuple(sorted({privilege for held in found for privilege in held}))


def explain(
    actor: Actor,
    privilege: str,
    *,
    organisation: str = "",
    subject: str = "",
    owner: str = "",
    open_to: tuple[str, ...] = (),
    step_up: bool = False,
) -> Explanation:
    """Say whether `actor` may use `privilege` at the path `organisation` and on `subject` of `owner`, and why.

    `open_to` and `step_up` are what the action itself declares.
    """
    target = with_consents(actor, privilege, Target(organisation, owner, (subject,) if subject else ()))
    decision = decide(actor, privilege, target, open_to=open_to)
    allowed = decision.allowed
    steps = [*_general(actor, privilege, open_to), *_grants(actor, privilege, target)]
    if not allowed and (not set(decision.lacking) <= CURABLE or not decision.lacking):
        # Whoever holds it and lacks a condition is helped by meeting that, not by another post.
        steps += _nobody(privilege)
    against = [*_separation(actor, privilege, subject)]
    steps += against
    if step_up:
        steps.append(
            Step("note", _("The step asks for the password or second factor again if the last time is long ago."))
        )
    allowed = allowed and all(step.speaks != "against" for step in against)
    owed = tuple(decision.grant.terms.obligations) if allowed and decision.grant else ()
    steps += [Step("note", text) for text in _owed(owed, target)]
    return Explanation(allowed, privilege, organisation, actor.name or actor.id, tuple(steps), owed)


def _owed(owed: tuple[Obligation, ...], target: Target) -> list[str]:
    """Return in words what a permitted use brings with it."""
    texts = [_("Whoever uses it is bound to this: %(obligations)s.") % {"obligations": duties(owed)}] if owed else []
    if Obligation.NOTIFY in owed and not people_of(target.subjects):
        texts.append(_("Nobody is named here who could be told, so the data are shown masked."))
    return texts


def _general(actor: Actor, privilege: str, open_to: tuple[str, ...]) -> list[Step]:
    if privilege == PUBLIC:
        return [Step("for", _("This is open to everybody."))]
    if privilege == SIGNED_IN:
        return [Step("for", _("This is open to everybody who has signed in."))]
    if actor.kind in open_to:
        return [Step("for", _("Everybody of this kind may do it with their own things, and needs no role for that."))]
    return []


def _grants(actor: Actor, privilege: str, target: Target) -> list[Step]:
    held = actor.held(privilege)
    names = adapters.directory().names_of({grant.organisation for grant in held} | {target.organisation})
    return [_grant(actor, grant, target, names) for grant in held]


def _grant(actor: Actor, grant: Grant, target: Target, names: dict[str, str]) -> Step:
    facts = {
        "role": grant.role,
        "post": grant.post,
        "place": names.get(grant.organisation, grant.organisation) or _("the whole city"),
        "name": grant.on_behalf_of_name,
        "asked": names.get(target.organisation, target.organisation),
    }
    if grant.emergency:
        text = _("It was taken in an emergency, at %(place)s.")
    elif grant.on_behalf_of:
        text = _("The post %(post)s of %(place)s, delegated by %(name)s, carries the role %(role)s, which holds this.")
    else:
        text = _("The post %(post)s of %(place)s carries the role %(role)s, which holds this.")
    texts = [text % facts]
    if grant.terms != PLAIN:
        texts.append(_("It holds on these terms: %(terms)s.") % {"terms": sentence(grant.terms)})
    lacking = grant.lacking(actor, target.organisation or None, target.owner, target.consents)
    for lack in lacking:
        if lack is Lack.PLACE:
            texts.append(_("It does not reach to %(asked)s.") % facts)
        elif lack is Lack.CONSENT:
            texts.append(_consent(grant, target))
        else:
            texts.append(_("Here %(lack)s.") % {"lack": LACKS[lack]})
    return Step("against" if lacking else "for", " ".join(texts))


def _consent(grant: Grant, target: Target) -> str:
    """Return why the consent is wanting, with its legal ground."""
    matter = matters().get(grant.terms.consent)
    if matter is None:
        return _("It asks for a consent that nobody can give: no system declares it.")
    facts = {"matter": matter_title(matter.code), "basis": matter.basis}
    if not target.subjects:
        return _("Name whom it is about: it asks for their consent to “%(matter)s” (%(basis)s).") % facts
    if matter.recipient not in grant.organisation.split("/"):
        return _("The consent to “%(matter)s” is for another organisation (%(basis)s).") % facts
    return _("The person concerned has not agreed to “%(matter)s”, or has withdrawn it (%(basis)s).") % facts


def _nobody(privilege: str) -> list[Step]:
    carriers = [role.title for role in Role.objects.order_by("code") if privilege in role.privileges]
    if not carriers:
        return [
            Step("against", _("No role holds this. It can be done by the platform itself only, or it does not exist."))
        ]
    listed = "、".join(carriers)
    return [
        Step("against", _("No appointment of today brings it at this place.")),
        Step(
            "note",
            _("Roles that hold it: %(roles)s. An administrator appoints to posts that carry them.") % {"roles": listed},
        ),
    ]


def _separation(actor: Actor, privilege: str, subject: str) -> list[Step]:
    steps = []
    if subject and recused(actor.id, (subject,)):
        steps.append(Step("against", _("A recusal bars this person from the matter.")))
    broken = conflict(actor.id, privilege, (subject,)) if subject else None
    for rule in conflicts(privilege):
        facts = {"other": trail.action_title(rule.other(privilege)), "reason": rule.reason}
        if broken and broken.id == rule.id:
            text = _("The same person did “%(other)s” on this matter, and may not do both: %(reason)s.")
            steps.append(Step("against", text % facts))
        else:
            text = _("Whoever did “%(other)s” on a matter may not do this on it as well: %(reason)s.")
            steps.append(Step("note", text % facts))
    return steps

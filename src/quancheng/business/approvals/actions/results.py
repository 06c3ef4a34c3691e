"""Making and delivering results: licences, letters, and the last report (Licensing Law, articles 39, 44)."""

import secrets
from datetime import date, datetime
from urllib.parse import quote
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.business.approvals import rules
from quancheng.business.approvals.actions import reports, steps
from quancheng.business.approvals.config import config
from quancheng.business.approvals.engine import pages, texts
from quancheng.business.approvals.models import Application, Decision, Licence, Opinion, Series, Share
from quancheng.business.approvals.queries import places
from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import public as documents
from quancheng.systems.hall import events as hall

PDF = "application/pdf"
FOOD, BUSINESS = "food-permit", "business-licence"
# Document numbers of the kinds that have no national numbering of their own.
PREFIXES = {
    "fire-check": "济消安检字",
    "shop-sign": "济城管牌字",
    "hygiene-permit": "济卫公证字",
    "employment-permit": "济人服证字",
    "occupation-approval": "济城管占字",
}


class NotDecided(Refusal):
    """Nothing can be made or delivered before there is a decision."""

    code = "approvals.not-decided"
    message = _("Application %(number)s has not been decided yet.")


def _decided(application_id: UUID) -> Application:
    application = steps.locked(application_id)
    if application.state not in (Application.State.DECIDED, Application.State.DELIVERED):
        raise NotDecided(number=application.number)
    return application


@pmi.action("approvals.licence.issue", scope=steps.lead)
def issue_licences(*, actor: pmi.Actor, application_id: UUID, at: datetime) -> tuple[Licence, ...]:
    """Make the licences of a granted application: number, page, the department's seal, safe keeping.

    Safe to repeat: a licence that exists is not made again.

    :raises NotDecided: before the decision, or after a refusal.
    """
    application = _decided(application_id)
    if application.outcome != Application.Outcome.GRANTED:
        raise NotDecided(number=application.number)
    issued_on = timezone.localdate(at)
    made: list[Licence] = []
    # The business licence first: its number is the holder's code on the others.
    objected = application.opinions.filter(verdict=Opinion.Verdict.UNFAVOURABLE).values("part")
    shares = Share.objects.filter(application=application).exclude(template="").exclude(part__in=objected)
    for share in sorted(shares.order_by("id"), key=lambda item: item.template != BUSINESS):
        existing = Licence.objects.filter(application=application, template=share.template).first()
        made.append(existing or _make(application, share, made, issued_on))
    return tuple(made)


def _make(application: Application, share: Share, made: list[Licence], issued_on: date) -> Licence:
    template = texts.licence(share.template)
    number = _number(application, share.template, issued_on.year)
    code = number if share.template == BUSINESS else _holder_code(application, made)
    until = rules.valid_until(issued_on=issued_on, years=template["years"])
    facts = _facts(application, share, template["facts"], holder_code=code, issued_on=issued_on)
    check = secrets.token_hex(4).upper()
    page = pages.licence(
        title=template["title"],
        number=number,
        check_code=check,
        facts=[{"label": texts.label(name), "value": value} for name, value in facts.items()],
        department=texts.department(share.department),
        issued_on=issued_on,
        valid_until=until,
        verify_url=f"{config.verify_url.rstrip('/')}/{quote(number)}/{check}/",
    )
    sealed = pki.seal_pdf(page, organisation=share.department, reason=template["title"], box=pages.SEAL_ON_LICENCE)
    kept = documents.keep(sealed, name=f"{template['title']}.pdf", media=PDF, actor="service:approvals")
    return Licence.objects.create(
        application=application,
        template=share.template,
        number=number,
        check_code=check,
        title=template["title"],
        facts={texts.label(name): value for name, value in facts.items()},
        holder_name=application.applicant_name,
        holder_code=code,
        department=share.department,
        issued_on=issued_on,
        valid_until=until,
        digest=kept.digest,
    )


@pmi.action("approvals.letter.write", scope=steps.lead)
def write_letter(*, actor: pmi.Actor, application_id: UUID, at: datetime) -> Decision:  # noqa: ARG001
    """Make the sealed letter of a refusal, with reasons and remedies. Safe to repeat.

    :raises NotDecided: before the decision.
    """
    application = _decided(application_id)
    decision = application.decision
    if decision.digest:
        return decision
    kind = "unaccepted" if decision.outcome == Application.Outcome.UNACCEPTED else "refused"
    title, text = steps.letter(application, kind, law=decision.law, reasons=decision.reasons)
    day = timezone.localdate(decision.decided_at)
    department = application.version.item.department
    page = pages.letter(
        title=title,
        number=rules.document_number(
            prefix="济审批决" if kind == "refused" else "济审批不受",
            year=day.year,
            sequence=_next(f"letter-{kind}-{day.year}"),
        ),
        addressee=application.applicant_name,
        paragraphs=[text, decision.remedies],
        department=texts.department(department),
        on=day,
    )
    sealed = pki.seal_pdf(page, organisation=department, reason=title, box=pages.SEAL_ON_LETTER)
    decision.digest = documents.keep(sealed, name=f"{title}.pdf", media=PDF, actor="service:approvals").digest
    decision.save(update_fields=["digest"])
    return decision


@pmi.action("approvals.result.deliver", scope=steps.lead)
def deliver(*, actor: pmi.Actor, application_id: UUID, at: datetime) -> Application:
    """Send the result to the hall and close the application. Safe to repeat.

    :raises NotDecided: before the decision.
    """
    application = _decided(application_id)
    if application.state == Application.State.DELIVERED:
        return application
    decision = application.decision
    licences = list(application.licences.order_by("id"))
    granted = application.outcome == Application.Outcome.GRANTED
    application.state, application.closed_at = Application.State.DELIVERED, at
    application.save(update_fields=["state", "closed_at"])
    digests = [licence.digest for licence in licences] + ([decision.digest] if decision.digest else [])
    events.publish(
        hall.ResultsIssued(
            submission_id=application.submission_id,
            outcome="granted" if granted else "refused",
            decision={
                "text": decision.text,
                "reasons": decision.reasons,
                "remedies": decision.remedies,
                "law": decision.law,
                "decided_on": timezone.localdate(decision.decided_at).isoformat(),
                "digest": decision.digest,
            },
            licences=[_licence(licence) for licence in licences],
            files=tuple(digests),
        )
    )
    if granted:
        reports.report(application, "issued", state="issued", at=at, count=len(licences))
    else:
        reports.report(application, "refused", state="refused", at=at)
    return application


def _licence(licence: Licence) -> dict[str, object]:
    return {
        "number": licence.number,
        "check_code": licence.check_code,
        "title": licence.title,
        "holder_name": licence.holder_name,
        "holder_code": licence.holder_code,
        "department": licence.department,
        "department_name": texts.department(licence.department),
        "issued_on": licence.issued_on.isoformat(),
        "valid_until": licence.valid_until.isoformat() if licence.valid_until else "",
        "facts": licence.facts,
        "digest": licence.digest,
        "name": f"{licence.title}.pdf",
    }


def _next(series: str) -> int:
    row, _created = Series.objects.select_for_update().get_or_create(name=series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last


def _division(application: Application) -> str:
    chosen = str(application.form.get("district", ""))[:6]
    return chosen if len(chosen) == 6 and chosen.isdigit() else config.division


def _number(application: Application, template: str, year: int) -> str:
    division = _division(application)
    if template == BUSINESS:
        kind = str(application.variables.get("entity_kind", "individual"))
        return rules.uscc(kind=kind, division=division, sequence=_next("business-licence"))
    if template == FOOD:
        return rules.food_permit_number(division=division, sequence=_next(f"food-permit-{division}"))
    return rules.document_number(prefix=PREFIXES[template], year=year, sequence=_next(f"{template}-{year}"))


def _holder_code(application: Application, made: list[Licence]) -> str:
    registered = next((licence.number for licence in made if licence.template == BUSINESS), "")
    return registered or str(application.form.get("uscc") or "")


def _facts(
    application: Application, share: Share, wanted: list[str], *, holder_code: str, issued_on: date
) -> dict[str, str]:
    given = application.variables
    opinion = application.opinions.filter(part=share.part).first()
    projects = [texts.value("food", str(given.get("cooking") or "yes"))]
    if given.get("cold_dishes") == "yes":
        projects.append(texts.value("food", "cold"))
    known = {
        "shop_name": given.get("shop_name"),
        "entity_title": texts.value("entity_kind", str(given.get("entity_kind") or "individual")),
        "holder_name": application.applicant_name,
        "holder_code": holder_code,
        "address": places.address(given),
        "business_scope": given.get("business_scope"),
        "established_on": texts.day(issued_on),
        "food_form": texts.value("food", "form"),
        "food_projects": texts.join(tuple(projects)),
        "area": f"{given['area']} 平方米" if given.get("area") else "",
        "fire_route_title": texts.value("fire_route", str(given.get("fire_route") or "inspection")),
        "fire_finding": (opinion.text if opinion and opinion.text else "合格"),
        "sign_text": given.get("sign_text"),
        "sign_size": f"{given['sign_size']} 米" if given.get("sign_size") else "",
    }
    return {name: str(known[name]) for name in wanted if known.get(name)}

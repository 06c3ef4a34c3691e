"""What comes from the citizen: applications, corrections, withdrawals. Each has its effect once, however often told."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from quancheng.business.approvals import rules
from quancheng.business.approvals.actions import clocks, reports, steps
from quancheng.business.approvals.engine import texts
from quancheng.business.approvals.models import Application, CorrectionNotice, Material, Share
from quancheng.business.approvals.queries import offers
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import public as calendar
from quancheng.support.feel import public as feel
from quancheng.support.notifications import public as notifications
from quancheng.support.workflow import public as workflow

# The share that the leading department decides by itself has no step of its own in the drawing.
OWN_SHARE = "self"


def _lodged(*, data: Mapping[str, Any], **_others: object) -> pmi.Target:
    return pmi.Target(subjects=(f"submission:{data['submission_id']}",))


@pmi.action("approvals.application.receive", scope=_lodged)
def receive(*, actor: pmi.Actor, data: Mapping[str, Any], at: datetime) -> Application:
    """Take in what the hall lodged (`data` as in hall.SubmissionLodged): its clock starts, the window gets the task.

    Safe to repeat.

    :raises NoSuchService: for a service that this office has not published.
    """
    existing = Application.objects.filter(submission_id=data["submission_id"]).first()
    if existing:
        return existing
    version = offers.pinned(data["service_code"], data["service_version"])
    applicant, form = data["applicant"], data["form"]
    application = Application.objects.create(
        submission_id=data["submission_id"],
        number=data["number"],
        version=version,
        organisation=offers.path_of(version.item.department),
        applicant_id=str(applicant.get("actor_id", "")),
        applicant_name=applicant.get("name") or form.get("applicant_name", ""),
        identity_number=applicant.get("identity_number") or form.get("identity_number", ""),
        mobile=applicant.get("mobile") or form.get("mobile", ""),
        answers=data["answers"],
        form=form,
        lodged_at=_moment(data["lodged_at"], at),
        received_at=at,
    )
    _take_materials(application, data["materials"], number=0)
    shares = _pin_shares(application)
    expires = clocks.begin_acceptance(application, on=at)
    workflow.start(
        key=version.process,
        subject=application.subject,
        title=_title(application),
        url=f"/approvals/{application.pk}/",
        organisation=application.organisation,
        variables={**application.variables, **shares, "lead": application.organisation, "acceptance_expires": expires},
        actor=actor,
        at=at,
    )
    reports.report(
        application,
        "received",
        state="received",
        at=at,
        department=reports.lead(application),
        number=application.number,
    )
    return application


def _about(*, data: Mapping[str, Any], **_others: object) -> pmi.Target:
    application = _application(data)
    return (
        pmi.Target(organisation=application.organisation, subjects=(application.subject,))
        if application
        else _lodged(data=data)
    )


@pmi.action("approvals.correction.receive", scope=_about)
def receive_corrections(*, actor: pmi.Actor, data: Mapping[str, Any], at: datetime) -> Application | None:
    """Take in what the citizen corrected (hall.CorrectionLodged); the application is back at the window.

    Safe to repeat; a correction that nobody waits for changes nothing. None for an application unknown here.
    """
    application = _application(data)
    if application is None:
        return None
    application = steps.locked(application.pk)
    notice = CorrectionNotice.objects.filter(application=application, round=data["round"], answered_at=None).first()
    if notice is None or application.state != Application.State.CORRECTION:
        return application
    notice.answered_at = at
    notice.save(update_fields=["answered_at"])
    _take_materials(application, data["materials"], number=notice.round)
    application.form = {**application.form, **data["form"]}
    application.state = Application.State.RECEIVED
    application.save(update_fields=["form", "state"])
    expires = clocks.begin_acceptance(application, on=at)
    workflow.correlate(
        message=steps.CORRECTIONS_RECEIVED,
        subject=application.subject,
        variables={**application.variables, "acceptance_expires": expires},
        actor=actor,
        at=at,
    )
    reports.report(application, "corrected", state="received", at=at, department=reports.lead(application))
    return application


@pmi.action("approvals.application.withdraw", scope=_about)
def withdraw(*, actor: pmi.Actor, data: Mapping[str, Any], at: datetime) -> Application | None:
    """End the application because the applicant withdrew it (hall.WithdrawalLodged); after a decision it stands.

    Safe to repeat. None for an application unknown here.
    """
    application = _application(data)
    if application is None:
        return None
    application = steps.locked(application.pk)
    if application.state in (Application.State.DECIDED, Application.State.DELIVERED, Application.State.WITHDRAWN):
        return application
    application.state, application.closed_at = Application.State.WITHDRAWN, at
    application.save(update_fields=["state", "closed_at"])
    clocks.stop(application, on=at)
    workflow.cancel(actor=actor, subject=application.subject, reason=data.get("reason", ""), at=at)
    reports.report(application, "withdrawn", state="withdrawn", at=at)
    return application


def _clocked(*, data: Mapping[str, Any], **_others: object) -> pmi.Target:
    return steps.lead(application_id=data["subject"].partition(":")[2])


@pmi.action("approvals.application.redate", scope=_clocked)
def tell_new_date(*, actor: pmi.Actor, data: Mapping[str, Any], at: datetime) -> Application:
    """Tell citizen and clerk that a changed calendar moved the last day, and set the timer of the running case.

    `data` is as in calendar.clock-redated.

    :raises NoSuchApplication: for an application unknown here.
    """
    application = steps.locked(data["subject"].partition(":")[2])
    if application.closed_at is None:
        if data["rule"] == clocks.ACCEPTANCE:
            # The clock says when the timer of the drawing goes off; told twice or late, it is the clock that counts.
            expires = clocks.silence_speaks(calendar.clock_by_id(data["clock_id"]))
            workflow.redate(subject=application.subject, variables={"acceptance_expires": expires}, at=at)
        last = application.reports.order_by("-sequence").first()
        was, due = (texts.day(date.fromisoformat(data[name])) for name in ("was_due_on", "due_on"))
        reports.report(application, "redated", state=last.state if last else "received", at=at, was=was, due=due)
        for holder in workflow.holders(application.subject):
            notifications.notify(
                to=holder,
                kind="approvals.redated",
                facts={
                    "title": _title(application),
                    "sentence": texts.progress("redated", was=was, due=due)[0],
                },
                url=f"/approvals/{application.pk}/",
                key=f"redated:{data['clock_id']}:{data['due_on']}",
                at=at,
            )
    return application


def _application(data: Mapping[str, Any]) -> Application | None:
    return Application.objects.filter(submission_id=data["submission_id"]).first()


def _title(application: Application) -> str:
    who = application.form.get("shop_name") or application.applicant_name
    return f"{who}：{application.version.item.title}"


def _moment(text: str, fallback: datetime) -> datetime:
    found = parse_datetime(text)
    if found is None:
        return fallback
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _take_materials(application: Application, materials: Iterable[Mapping[str, Any]], *, number: int) -> None:
    for item in materials:
        Material.objects.get_or_create(
            application=application,
            round=number,
            code=item["code"],
            digest=item["digest"],
            defaults={
                "title": item["title"],
                "name": item["name"],
                "media_type": item["media_type"],
                "size": item["size"],
            },
        )


def _pin_shares(application: Application) -> dict[str, str]:
    """Store which departments take part, and return the paths the drawing's steps refer to."""
    paths: dict[str, str] = {}
    for part in rules.parts(application.version.body):
        path = offers.path_of(part.department)
        paths.setdefault(DRAWING_NAMES.get(part.department, part.key), path)
        if part.when and not feel.holds(part.when, application.variables):
            continue
        Share.objects.create(
            application=application,
            part=part.key,
            title=part.title,
            department=part.department,
            organisation=path,
            template=part.licence,
            law=f"《{part.law}》{part.article}",
            asks=part.key != OWN_SHARE,
            binding=part.binding,
        )
    return paths


# How the drawings call the departments: qc:organisation="=market".
DRAWING_NAMES = {"370100-scjg": "market", "370100-xfjy": "fire", "370100-cgj": "urban", "370100-spfw": "lead"}

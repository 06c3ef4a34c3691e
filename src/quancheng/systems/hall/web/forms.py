"""Between the browser and the hall: pages of a form, what was posted, and the shapes that the templates show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from quancheng.security.pki import public as pki
from quancheng.support.calendar import public as calendar
from quancheng.support.eforms import public as eforms
from quancheng.systems.hall import queries, rules


@dataclass(frozen=True, slots=True)
class Posted:
    """What came with a page: `values` to keep (checked where right, raw where wrong), `errors` by field."""

    bound: eforms.Bound
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    is_refresh: bool = False


def _sources(draft: queries.DraftView) -> dict[str, str]:
    return {key: source_words(source) for key, source in draft.sources.items()}


def source_words(source: Mapping[str, Any]) -> str:
    """Return where a value comes from in words."""
    name = source.get("source") or _("the registries")
    if not source.get("as_of"):
        return name
    day = date_format(date.fromisoformat(str(source["as_of"])[:10]), "DATE_FORMAT")
    return _("%(name)s, as of %(day)s") % {"name": name, "day": day}


def pages(draft: queries.DraftView) -> tuple[eforms.Page, ...]:
    """Return the pages of the form that concern this applicant."""
    shown = eforms.load(draft.service.form).bind(None, initial=draft.form, context=draft.answers)
    return tuple(shown.visible_pages)


def read_page(draft: queries.DraftView, page: int, data: QueryDict) -> Posted:
    """Read one page as posted."""
    bound = eforms.load(draft.service.form).bind(
        data, initial=draft.form, sources=_sources(draft), page=page, context=draft.answers
    )
    return Posted(bound, bound.kept, bound.errors, bound.is_refresh)


def rendered(draft: queries.DraftView, page: int, posted: Posted | None) -> SafeString:
    """Return the fields of a page with what is kept, or with what was just posted."""
    if posted is None:
        bound = eforms.load(draft.service.form).bind(
            None, initial=draft.form, sources=_sources(draft), page=page, context=draft.answers
        )
        return eforms.render(bound, page=page)
    return eforms.render(posted.bound, page=page)


def words(draft: queries.DraftView) -> dict[str, tuple[str, str]]:
    """Return label and value in words of everything filled in, by key; a row of a repeating group by key and number."""
    found = eforms.sections(eforms.load(draft.service.form), draft.form, context=draft.answers, reveal=True)
    return {row.key: (row.label, row.value) for section in found for row in section.rows}


def summary(draft: queries.DraftView, change: Mapping[int, str]) -> SafeString:
    """Return everything that was filled in, with links to change it."""
    return eforms.as_summary(
        eforms.load(draft.service.form), draft.form, context=draft.answers, reveal=True, change=change
    )


def paper(service: queries.ServiceView, draft: queries.DraftView | None = None) -> SafeString:
    """Return the form of a service on paper: empty, or with what a draft holds."""
    form = eforms.load(service.form)
    return eforms.as_paper(form, draft.form, context=draft.answers) if draft else eforms.as_paper(form)


def problems(draft: queries.DraftView) -> list[dict[str, str]]:
    """Return what still keeps the draft from being submitted, each with the page where it is put right."""
    form = eforms.load(draft.service.form)
    bound = form.bind(draft.form, initial=draft.form, context=draft.answers)
    places = {item.key: page.number for page in form.pages for item in page.fields}
    found = [
        {
            "text": text if form.fields[key].label in text else f"{form.fields[key].label}：{text}",
            "url": f"{reverse('hall:form', args=[draft.id, places[key]])}#{form.fields[key].id}",
        }
        for key, text in bound.errors.items()
    ]
    materials = reverse("hall:materials", args=[draft.id])
    found += [
        {
            "text": _("Material missing: %(title)s") % {"title": item.title},
            "url": f"{materials}#material-{item.code}",
        }
        for item in draft.missing
    ]
    return found


def material_rows(
    needed: Iterable[rules.Needed], held: Iterable[queries.File], errors: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return each needed material with its files and what was wrong with the last upload."""
    files = list(held)
    return [
        {
            "code": item.code,
            "title": item.title,
            "note": item.note or item.source,
            "basis": item.basis,
            "required": item.required,
            "from_registry": item.from_registry,
            "files": [file for file in files if file.code == item.code],
            "errors": errors.get(f"file-{item.code}", ()),
        }
        for item in needed
    ]


# One matter


def submission_url(found: queries.SubmissionView) -> str:
    """Return the path of the tracking page."""
    return reverse("hall:submission", args=[found.id])


def file_url(found: queries.SubmissionView, digest: str) -> str:
    """Return the path at which a file of the matter is downloaded."""
    return reverse("hall:file", args=[found.id, digest])


def acceptance_clock(found: queries.SubmissionView, *, today: date) -> calendar.ClockView | None:
    """Return by when the office must have answered, and why then."""
    return calendar.from_data(found.acceptance, today=today)


def clock(found: queries.SubmissionView, *, today: date) -> calendar.ClockView | None:
    """Return the clock that the office reported, before its first report the acceptance clock; none once it is over."""
    if found.is_final:
        return None
    return calendar.from_data(found.clock, today=today) if found.clock else acceptance_clock(found, today=today)


def timeline(found: queries.SubmissionView) -> list[dict[str, Any]]:
    """Return what has happened, newest first, our own steps among the reports."""
    events: list[dict[str, Any]] = [
        {"title": item.sentence, "at": item.at, "who": item.holder, "state": item.state} for item in found.timeline
    ]
    events += [
        {
            "title": _("You submitted the corrections."),
            "at": item.answered_at,
            "who": found.applicant.get("name", ""),
            "state": "lodged",
        }
        for item in found.rounds
        if item.answered_at
    ]
    if found.withdrawn_at:
        events.append({"title": _("You asked to withdraw."), "at": found.withdrawn_at, "state": "withdrawn"})
    events.append(
        {
            "title": _("You submitted the application."),
            "at": found.lodged_at,
            "who": found.applicant.get("name", ""),
            "state": "lodged",
        }
    )
    return sorted(events, key=lambda item: item["at"], reverse=True)


def letters(found: queries.SubmissionView, *, only: queries.CorrectionView | None = None) -> list[dict[str, Any]]:
    """Return the letters: requests for corrections and the decision, newest first."""
    shown = [
        {
            "title": _("Notice of corrections, round %(round)d") % {"round": item.round},
            "text": item.letter_text,
            "files": [
                {"name": _("Notice of corrections (PDF)"), "url": file_url(found, digest)} for digest in item.letters
            ],
        }
        for item in reversed(found.rounds)
        if only is None or item.round == only.round
    ]
    if only is None and (digest := found.decision.get("digest")):
        shown.insert(
            0,
            {
                "title": _("Decision"),
                "text": "",
                "files": [{"name": _("Decision (PDF)"), "url": file_url(found, digest)}],
            },
        )
    return shown


# Corrections


def asked_form(found: queries.SubmissionView, fields: Iterable[str]) -> eforms.Form:
    """Return a form of exactly the asked fields, and of those that their choices hang on."""
    wanted, known = set(fields), {item["key"]: item for item in rules.fields(found.service.form)}
    pending = list(wanted)
    while pending:
        above = (known.get(pending.pop(), {}).get("properties") or {}).get("parent")
        if above and above not in wanted:
            wanted.add(above)
            pending.append(above)
    components = [item for item in known.values() if any(rules.part_of(item, key) for key in wanted)]
    group = {"type": "group", "id": "G_correction", "label": _("Corrections"), "components": components}
    return eforms.load({**found.service.form, "components": [group] if components else []})


def asked_fields(found: queries.SubmissionView, fields: Iterable[str], data: QueryDict | None) -> eforms.Bound:
    """Return the asked fields with what was lodged before, or with what was posted."""
    return asked_form(found, fields).bind(data, initial=found.form, context={**found.form, **found.answers})


def read_fields(found: queries.SubmissionView, fields: Iterable[str], data: QueryDict) -> Posted:
    """Read the asked fields as posted."""
    bound = asked_fields(found, fields, data)
    return Posted(bound, bound.kept, bound.errors, bound.is_refresh)


def correction_items(
    found: queries.SubmissionView, asked: queries.CorrectionView, errors: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return each asked item with its title, reason, files and what was wrong with the last upload."""
    materials = {item["code"]: item["title"] for item in found.service.materials}
    labels = {item["key"]: item.get("label") or item["key"] for item in rules.fields(found.service.form)}
    words = {
        row.key: row.value
        for section in eforms.sections(eforms.load(found.service.form), found.form, context=found.answers, reveal=True)
        for row in section.rows
    }
    return [
        {
            "id": f"item-{number}",
            "material": item.get("material", ""),
            "field": item.get("field", ""),
            "title": materials.get(item.get("material", "")) or labels.get(item.get("field", "")) or _("Correction"),
            "reason": item.get("reason", ""),
            "basis": item.get("basis", ""),
            "was": words.get(item.get("field", ""), ""),
            "files": [file for file in asked.files if file["code"] == item.get("material")],
            "errors": errors.get(f"file-{item.get('material')}", ()),
        }
        for number, item in enumerate(asked.items, start=1)
    ]


# Licences


def licence_cards(
    request: HttpRequest, licences: Iterable[queries.LicenceView], *, today: date
) -> list[dict[str, Any]]:
    """Return the licences with their state and the address at which anybody can verify them."""
    return [
        {
            "licence": item,
            "state": "valid" if item.is_valid_on(today) else "expired",
            "verify_url": request.build_absolute_uri(reverse("hall:verify-code", args=[item.number, item.check_code])),
        }
        for item in licences
    ]


def verified(answer: queries.Verification) -> dict[str, Any] | None:
    """Return what anybody may see of a licence. Who holds it is told only to those who hold its code or its file."""
    found = answer.licence
    if found is None:
        return None
    rows: list[tuple[str | Promise, Any]] = [
        (_("Number"), found.number),
        (_("Issued by"), found.department_name),
        (_("Issued on"), date_format(found.issued_on)),
        (
            _("Valid until"),
            date_format(found.valid_until) if found.valid_until else _("without limit"),
        ),
    ]
    if answer.is_full:
        rows.insert(1, (_("Holder"), found.holder_name))
        rows.append((_("SHA-256 of the file"), found.digest))
    return {"title": found.title, "rows": rows}


def pdf_answer(verdict: pki.PdfVerdict, known: queries.LicenceView | None, *, today: date) -> dict[str, Any]:
    """Return the verdict on a file in plain words."""
    sentences = [str(text) for text in verdict.problems]
    rows: list[tuple[str, Any]] = []
    if verdict.organisation or verdict.name:
        rows.append((_("Sealed by"), verdict.name or verdict.organisation))
    if verdict.timestamped_at:
        rows.append((_("Time stamp"), date_format(timezone.localtime(verdict.timestamped_at), "DATETIME_FORMAT")))
    if known:
        rows += [(_("Licence"), known.title), (_("Number"), known.number)]
    if not verdict.valid:
        title = (
            _("The file was changed after it was sealed")
            if rows and not verdict.intact
            else _("This file is not genuine")
        )
        return {"tone": "bad", "icon": "refused", "title": title, "sentences": sentences, "rows": rows}
    if known and not known.is_valid_on(today):
        return {
            "tone": "warn",
            "icon": "overdue",
            "title": _("Genuine, but not valid today"),
            "sentences": sentences,
            "rows": rows,
        }
    sentences.insert(
        0,
        _("The hall issued exactly this file.")
        if known
        else _("The seal is genuine and nothing was changed. The hall did not hand out this file itself."),
    )
    return {"tone": "good", "icon": "verify", "title": _("Genuine and unchanged"), "sentences": sentences, "rows": rows}

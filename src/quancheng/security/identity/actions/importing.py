"""Taking in a spreadsheet of organisations, posts, people and appointments: all of it or nothing."""

import re
import uuid
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries, rules
from quancheng.security.identity.actions.announcing import announce
from quancheng.security.identity.actions.appointments import keep_officers_apart
from quancheng.security.identity.actions.people import new_account, person_of
from quancheng.security.identity.actions.places import new_organisation, role_ids
from quancheng.security.identity.engine import sheets
from quancheng.security.identity.models import Account, Appointment, ImportDraft, Organisation, Post
from quancheng.security.identity.queries import importing
from quancheng.security.pmi import public as pmi

# How long a file waits to be taken in; it holds people's numbers.
KEPT = timedelta(hours=24)
Report = dict[str, list[dict[str, Any]]]


class RowsWrong(Refusal):
    code = "identity.rows-wrong"
    message = _("%(n)s rows are wrong, so nothing was taken in. Correct the file and send it again.")


class DraftChanged(Refusal):
    code = "identity.draft-changed"
    message = _("What would happen has changed since it was shown. Read it again.")


class TakenInAlready(Refusal):
    code = "identity.taken-in-already"
    message = _("This file has been taken in already.")


class _Wrong(Exception):
    """A row cannot be taken in: the column's field, and why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name, self.reason = name, reason


def _of_draft(*, draft_id: uuid.UUID, **_rest: object) -> pmi.Target:
    found = ImportDraft.objects.filter(pk=draft_id).first()
    if found is None or found.done_at:
        return pmi.Target(organisation="/", owner="account:nobody")
    path = importing.places_in(importing.read_book(bytes(found.content)))
    return pmi.Target(organisation=path, owner=f"account:{found.account_id}", subjects=(f"import:{found.pk}",))


def send_in(*, account_id: uuid.UUID, name: str, content: bytes, at: datetime) -> uuid.UUID:
    """Keep a file and what it would bring; return the draft's id. No action: nothing of the city changes.

    :raises UnreadableFile:
    """
    report = rehearse(content, account_id=account_id)
    return ImportDraft.objects.create(
        account_id=account_id, name=name[:200], content=content, report=report, seen=_fingerprint(report), made_at=at
    ).pk


def rehearse(content: bytes, *, account_id: uuid.UUID) -> Report:
    """Return what taking the file in would bring, row by row: it is done, and undone. :raises UnreadableFile:"""
    book = importing.read_book(content)
    with transaction.atomic():
        report = _take_in(book, account_id=account_id)
        transaction.set_rollback(True)
    return report


@pmi.action("identity.directory.import", scope=_of_draft, step_up=True)
def take_in(*, actor: pmi.Actor, draft_id: uuid.UUID, at: datetime) -> int:
    """Take in a file that was sent in; return how many rows were new.

    :raises RowsWrong: if a single row is wrong. :raises DraftChanged: if it would do something else by now.
    :raises TakenInAlready: :raises UnknownDraft:
    """
    draft = ImportDraft.objects.select_for_update(of=("self",)).filter(pk=draft_id).first()
    if draft is None or f"account:{draft.account_id}" != actor.id:
        raise importing.UnknownDraft
    if draft.done_at:
        raise TakenInAlready
    book = importing.read_book(bytes(draft.content))
    report = _take_in(book, account_id=draft.account_id)
    rows = [row for lines in report.values() for row in lines]
    if wrong := sum(row["outcome"] == "wrong" for row in rows):
        raise RowsWrong(n=wrong)
    if _fingerprint(report) != draft.seen:
        raise DraftChanged
    draft.content, draft.done_at = b"", at
    draft.save(update_fields=["content", "done_at"])
    return sum(row["outcome"] == "new" for row in rows)


def look_again(*, draft_id: uuid.UUID, account_id: uuid.UUID) -> None:
    """Work out anew what a draft would bring. :raises UnknownDraft:"""
    draft = ImportDraft.objects.filter(pk=draft_id, account_id=account_id, done_at=None).first()
    if draft is None:
        raise importing.UnknownDraft
    draft.report = rehearse(bytes(draft.content), account_id=account_id)
    draft.seen = _fingerprint(draft.report)
    draft.save(update_fields=["report", "seen"])


def _take_in(book: dict[str, list[sheets.Row]], *, account_id: uuid.UUID) -> Report:
    """Store the rows in the caller's transaction; what is wrong is told, and left out."""
    report: Report = {}
    ways: dict[str, Callable[[dict[str, str]], tuple[str, bool]]] = {
        "organisations": _organisation,
        "posts": _post,
        "people": _person,
        "appointments": lambda values: _appointment(values, by=account_id),
    }
    for kind in importing.KINDS:
        if kind.name not in book:
            continue
        headings = {column.field: column.headings[0] for column in kind.columns}
        seen: dict[tuple[str, ...], int] = {}
        report[kind.name] = [
            _line(row, ways[kind.name], headings, seen, _key(kind.name, row)) for row in book[kind.name]
        ]
    return report


def _line(
    row: sheets.Row,
    way: Callable[[dict[str, str]], tuple[str, bool]],
    headings: dict[str, str],
    seen: dict[tuple[str, ...], int],
    key: tuple[str, ...],
) -> dict[str, Any]:
    what = " · ".join(part for part in key if part)
    faults = [{"column": fault.column, "reason": str(importing.CELLS[fault.code])} for fault in row.faults]
    if not faults and key in seen:
        reason = gettext("The same stands in row %(row)s already.") % {"row": seen[key]}
        faults = [{"column": next(iter(headings.values())), "reason": reason}]
    outcome = "wrong"
    if not faults:
        seen[key] = row.number
        try:
            # A row that fails half-way leaves nothing, so that later rows are judged as if it were not there.
            with transaction.atomic():
                what, new = way(row.values)
            outcome = "new" if new else "same"
        except _Wrong as wrong:
            faults = [{"column": headings[wrong.name], "reason": wrong.reason}]
        except Refusal as refusal:
            faults = [{"column": "", "reason": str(refusal)}]
    return {"row": row.number, "what": what, "outcome": outcome, "faults": faults}


def _key(kind: str, row: sheets.Row) -> tuple[str, ...]:
    names = {
        "organisations": ("code",), "posts": ("organisation", "title"), "people": ("username",),
        "appointments": ("username", "organisation", "title"),
    }[kind]  # fmt: skip
    return tuple(row.values.get(name, "").lower() for name in names)


def _organisation(values: dict[str, str]) -> tuple[str, bool]:
    kind = _kind(values["kind"])
    since = _day(values, "valid_from")
    _short_enough(values, code=40, name=120, short_name=40)
    found = Organisation.objects.select_related("parent").filter(code=values["code"]).first()
    what = f"{values['name']}（{values['code']}）"
    if found:
        first = found.names.order_by("valid_from").first()
        _must_agree(
            name=(values["name"], {found.name, first.name if first else found.name}),
            short_name=(
                values["short_name"],
                {found.short_name, ""} if not values["short_name"] else {found.short_name},
            ),
            kind=(kind, {found.kind}),
            parent=(values["parent"], {found.parent.code if found.parent else ""}),
            valid_from=(since.isoformat(), {found.valid_from.isoformat()}),
        )
        return what, False
    if not Organisation.objects.filter(code=values["parent"]).exists():
        raise _Wrong("parent", str(queries.UnknownOrganisation(code=values["parent"])))
    if not rules.is_code(values["code"]):
        raise _Wrong("code", gettext("A code consists of small letters, digits and hyphens."))
    plan: dict[str, Any] = {
        "name": values["name"],
        "short_name": values["short_name"],
        "kind": kind,
        "parent": values["parent"],
    }
    made = new_organisation(code=values["code"], valid_from=since, **plan)
    announce(str(made.pk), "CREATE", made.code, since, plan)
    return what, True


def _post(values: dict[str, str]) -> tuple[str, bool]:
    place = _place(values)
    _short_enough(values, title=60)
    roles = {code for code in re.split(r"[、,，;；\s]+", values.get("roles", "")) if code}
    what = f"{place.name} · {values['title']}"
    found = Post.objects.filter(organisation=place, title=values["title"]).first()
    if found:
        held = set(found.roles.values_list("code", flat=True))
        if roles != held:
            raise _Wrong("roles", _differs("、".join(sorted(held)) or "—"))
        return what, False
    try:
        ids = role_ids(roles)
    except Refusal as refusal:
        raise _Wrong("roles", str(refusal)) from refusal
    Post.objects.create(organisation=place, title=values["title"]).roles.set(ids)
    return what, True


def _person(values: dict[str, str]) -> tuple[str, bool]:
    _short_enough(values, username=60, name=60)
    number, email = rules.normal_identity_number(values["identity_number"]), values["email"]
    if values["mobile"] and not rules.is_mobile(values["mobile"]):
        raise _Wrong("mobile", gettext("This is not a mobile number of the mainland."))
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise _Wrong("email", " ".join(error.messages)) from error
    found = Account.objects.filter(username__iexact=values["username"]).first()
    what = f"{values['name']}（{values['username']}）"
    if found:
        if found.kind != Account.Kind.STAFF:
            raise _Wrong("username", gettext("This user name belongs to a citizen."))
        _must_agree(
            name=(values["name"], {found.name}),
            identity_number=(number, {found.person.identity_number if found.person else ""}),
            mobile=(values["mobile"], {found.mobile}),
            email=(email, {found.email}),
        )
        return what, False
    try:
        person = person_of(name=values["name"], identity_number=number, mobile=values["mobile"])
    except Refusal as refusal:
        raise _Wrong("identity_number", str(refusal)) from refusal
    if known := person.accounts.filter(kind=Account.Kind.STAFF).first():
        raise _Wrong(
            "identity_number", gettext("This person has the account %(name)s already.") % {"name": known.username}
        )
    account = new_account(
        username=values["username"], name=values["name"], password=None, email=email, mobile=values["mobile"],
        kind=Account.Kind.STAFF,
    )  # fmt: skip
    account.person, account.assurance = person, Account.Assurance.PRESENT
    account.save()
    return what, True


def _appointment(values: dict[str, str], *, by: uuid.UUID) -> tuple[str, bool]:
    place = _place(values)
    since = _day(values, "valid_from")
    until = _day(values, "valid_until") if values.get("valid_until") else None
    account = Account.objects.filter(username__iexact=values["username"], kind=Account.Kind.STAFF).first()
    if account is None or not account.is_active:
        raise _Wrong("username", gettext("There is no such account of the staff."))
    post = Post.objects.filter(organisation=place, title=values["title"]).first()
    if post is None:
        raise _Wrong("title", gettext("There is no such post in %(place)s.") % {"place": place.name})
    what = f"{account.name} · {place.name} · {post.title}"
    same = Appointment.objects.filter(account=account, post=post)
    if same.filter(valid_from=since, valid_until=until).exists():
        return what, False
    if account.pk == by:
        raise _Wrong("username", gettext("Nobody appoints themselves. Ask another administrator."))
    if until and until < since:
        raise _Wrong("valid_until", gettext("The last day lies before the first."))
    if same.filter(valid_until=None).exists():
        raise _Wrong("title", gettext("This account holds the post already."))
    keep_officers_apart(account, post_id=post.pk)
    Appointment.objects.create(account=account, post=post, valid_from=since, valid_until=until)
    return what, True


def _place(values: dict[str, str]) -> Organisation:
    found = Organisation.objects.filter(code=values["organisation"], valid_until=None).first()
    if found is None:
        raise _Wrong("organisation", str(queries.UnknownOrganisation(code=values["organisation"])))
    return found


def _kind(text: str) -> str:
    kinds = {str(label): value for value, label in Organisation.Kind.choices}
    kinds |= {value.lower(): value for value in Organisation.Kind.values}
    found = kinds.get(text) or kinds.get(text.lower())
    if found is None:
        raise _Wrong(
            "kind",
            gettext("There is no such kind. One of: %(kinds)s")
            % {"kinds": "、".join(map(str, Organisation.Kind.labels))},
        )
    return found


def _day(values: dict[str, str], name: str) -> date:
    found = sheets.a_date(values[name])
    if found is None:
        raise _Wrong(name, gettext("This is no date. Write it as 2026-01-31."))
    return found


def _short_enough(values: dict[str, str], **most: int) -> None:
    for name, length in most.items():
        if len(values.get(name, "")) > length:
            raise _Wrong(name, gettext("At most %(n)s characters.") % {"n": length})


def _must_agree(**pairs: tuple[str, Iterable[str]]) -> None:
    """Refuse a row that differs from what is kept: an import adds, it does not change."""
    for name, (wanted, kept) in pairs.items():
        if wanted not in set(kept):
            raise _Wrong(name, _differs("、".join(sorted(kept)) or "—"))


def _differs(kept: str) -> str:
    return gettext("Known already with another value (%(kept)s). An import adds and does not change.") % {"kept": kept}


def _fingerprint(report: Report) -> str:
    return rules.fingerprint(
        f"{kind} {row['row']} {row['outcome']} {row['what']} {row['faults']}"
        for kind, rows in report.items()
        for row in rows
    )


def forget_old(*, at: datetime) -> int:
    """Delete the files that nobody has taken in within a day; return how many."""
    return ImportDraft.objects.filter(made_at__lt=at - KEPT).delete()[0]

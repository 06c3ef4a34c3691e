"""What a spreadsheet of organisations, posts, people and appointments looks like, and the drafts that wait."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import rules
from quancheng.security.identity.engine import sheets
from quancheng.security.identity.engine.sheets import Column, Kind
from quancheng.security.identity.models import ImportDraft, Organisation

KINDS: Final = (
    Kind("organisations", ("机构", "organisations"), (
        Column("code", ("机构代码", "code")),
        Column("name", ("机构名称", "name")),
        Column("short_name", ("简称", "short name"), required=False),
        Column("kind", ("类别", "kind")),
        Column("parent", ("上级机构代码", "parent")),
        Column("valid_from", ("成立日期", "valid from")),
    )),
    Kind("posts", ("岗位", "posts"), (
        Column("organisation", ("机构代码", "organisation")),
        Column("title", ("岗位名称", "title")),
        Column("roles", ("角色代码", "roles"), required=False),
    )),
    Kind("people", ("人员", "people"), (
        Column("username", ("用户名", "username")),
        Column("name", ("姓名", "name")),
        Column("identity_number", ("公民身份号码", "identity number")),
        Column("mobile", ("手机号码", "mobile"), required=False),
        Column("email", ("电子邮箱", "email"), required=False),
    )),
    Kind("appointments", ("任职", "appointments"), (
        Column("username", ("用户名", "username")),
        Column("organisation", ("机构代码", "organisation")),
        Column("title", ("岗位名称", "title")),
        Column("valid_from", ("任职日期", "valid from")),
        Column("valid_until", ("免职日期", "valid until"), required=False),
    )),
)  # fmt: skip
TITLES: Final[Mapping[str, Any]] = {
    "organisations": _("Organisations"),
    "posts": _("Posts"),
    "people": pgettext_lazy("staff", "People"),
    "appointments": _("Appointments"),
}
# Why a file as a whole is refused.
WHOLE: Final[Mapping[str, Promise]] = {
    "too-big": _("The file is larger than 5 MB."),
    "bomb": _("The file unpacks to far more than a table of this size can hold."),
    "not-a-sheet": _("The file is neither an XLSX workbook nor a CSV table, or it is damaged."),
    "encoding": _("The text is neither UTF-8 nor GB18030."),
    "rows": _("A table has more than %(detail)s rows. Split the file."),
    "sheet": _("The columns of a sheet are not those of the template: %(detail)s."),
    "headings": _("No sheet has the name and the columns of the template."),
    "twice": _("Two sheets hold the same kind of table: %(detail)s."),
}
# Why a cell is refused before anything is looked up.
CELLS: Final[Mapping[str, Promise]] = {
    "missing": _("This must be filled in."),
    "formula": _("A formula stands here. Write the value itself."),
    "rounded": _("The spreadsheet has rounded this number. Format the column as text and enter it again."),
    "signs": _("The text has line breaks or invisible signs."),
    "long": _("The text is too long."),
}


class UnreadableFile(Refusal):
    code = "identity.unreadable-file"
    message = _("The file cannot be read.")
    status = 400


class UnknownDraft(Refusal):
    code = "identity.unknown-draft"
    message = _("There is no such file.")
    status = 404


@dataclass(frozen=True, slots=True)
class DraftView:
    """A file that was sent in. `tables`: title, and rows with `row`, `what`, `outcome` (new, same, wrong), `faults`."""

    id: uuid.UUID
    name: str
    made_at: datetime
    done: bool
    tables: tuple[tuple[Any, tuple[Mapping[str, Any], ...]], ...]
    new: int
    same: int
    wrong: int


def read_book(content: bytes) -> dict[str, list[sheets.Row]]:
    """Return the rows of a spreadsheet by kind of table. :raises UnreadableFile: saying why."""
    try:
        return sheets.read(content, kinds=KINDS)
    except sheets.Unreadable as error:
        raise UnreadableFile(WHOLE[error.code], detail=error.detail) from error


def places_in(book: Mapping[str, Iterable[sheets.Row]]) -> str:
    """Return the lowest path above all that the rows touch; "/" when they share nothing, empty for people alone."""
    codes = {
        row.values.get(name, "")
        for kind, name in (("organisations", "parent"), ("posts", "organisation"), ("appointments", "organisation"))
        for row in book.get(kind, ())
    }
    known = dict(Organisation.objects.filter(code__in=codes).values_list("code", "path"))
    # Whoever is appointed nowhere belongs nowhere; a row with an unknown place is wrong, and nothing is taken in.
    return (rules.common_path(known.values()) or "/") if known else ""


def draft(draft_id: uuid.UUID, account_id: uuid.UUID) -> DraftView:
    """Return a file that the account has sent in. :raises UnknownDraft: if there is none, or another's."""
    found = ImportDraft.objects.filter(pk=draft_id, account_id=account_id).first()
    if found is None:
        raise UnknownDraft
    rows = [row for lines in found.report.values() for row in lines]
    count = {outcome: sum(row["outcome"] == outcome for row in rows) for outcome in ("new", "same", "wrong")}
    tables = tuple((TITLES[kind], tuple(lines)) for kind, lines in found.report.items())
    return DraftView(found.pk, found.name, found.made_at, found.done_at is not None, tables, **count)


def template() -> bytes:
    """Return an empty workbook with the columns of each table."""
    notes = (
        "各工作表的表头请勿改动；带 * 的列必填。工作表可以只填其中几张，也可以另存为 CSV（UTF-8 或 GB18030）逐张导入。",
        "日期写作 2026-01-31、2026/1/31 或 2026年1月31日。号码类单元格请保持文本格式。不接受公式。",
        f"机构类别：{'、'.join(f'{value}（{label}）' for value, label in Organisation.Kind.choices)}。",
        "角色代码有多个时以顿号、逗号或分号分隔。",
        "导入只新增，不修改已有内容；任何一行有误，全部不导入。重复导入同一文件不产生变化。",
    )
    return sheets.template(KINDS, {"说明": notes})

"""Taking in a list of divisions."""

from collections.abc import Sequence
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.geography import rules
from quancheng.registries.geography.models import Division
from quancheng.security.pmi import public as pmi


class Orphans(Refusal):
    """Divisions without the one above them."""

    code: ClassVar[str] = "geography.orphans"
    message = _("The list is not complete: the division above %(code)s is missing. Nothing was changed.")


@pmi.action("geography.divisions.import")
def import_divisions(*, actor: pmi.Actor, entries: Sequence[rules.Entry]) -> int:
    """Take in a list and return how many divisions are new or renamed. The same list again changes nothing.

    Divisions that a list no longer names stay: addresses of the past still point to them.

    :raises Orphans: if a division's parent is neither listed nor known.
    """
    known = dict(Division.objects.values_list("code", "name"))
    missing = [code for code in rules.orphans(entries) if rules.parent(code) not in known]
    if missing:
        raise Orphans(code=missing[0])
    changed = [entry for entry in entries if known.get(entry.code) != entry.name]
    # Parents first: the shorter code is always the one above.
    rows = [
        Division(
            code=entry.code, name=entry.name, level=rules.level(entry.code), parent_id=rules.parent(entry.code) or None
        )
        for entry in sorted(changed, key=lambda entry: (len(entry.code), entry.code))
    ]
    Division.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=["code"], update_fields=["name"]
    )
    return len(rows)

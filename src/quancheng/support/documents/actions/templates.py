"""Official documents from a template and data: set after GB/T 9704, kept as a document's first or next version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from quancheng.security.pmi import public as pmi
from quancheng.support.documents import rules
from quancheng.support.documents.actions import documents
from quancheng.support.documents.actions.keeping import Classified, keep
from quancheng.support.documents.engine import typesetting

TEXTS: Final = (
    "issuer", "number", "title", "to", "signature", "date", "copies", "printed_by", "printed_on", "urgency",
)  # fmt: skip
LISTS: Final = ("paragraphs", "attachments")


def compose(data: Mapping[str, Any]) -> typesetting.Composed:
    """Return an official document (GB/T 9704-2012) as PDF, with the place of its seal for `pki.seal_pdf`.

    `data` as in `typesetting.official`; what is left out is empty. :raises Classified: when it carries a secrecy mark.
    """
    given: dict[str, Any] = {name: str(data.get(name, "")).strip() for name in TEXTS}
    given |= {name: [str(one).strip() for one in data.get(name, ()) if str(one).strip()] for name in LISTS}
    text = "\n".join([*(given[name] for name in TEXTS), *(line for name in LISTS for line in given[name])])
    if mark := rules.secrecy_mark(text):
        raise Classified(name=given["title"], mark=mark)
    return typesetting.official(given)


def write(
    *, actor: pmi.Actor, key: UUID, organisation: str, data: Mapping[str, Any], at: datetime, note: str = ""
) -> UUID:
    """Set an official document and keep it as a document of the organisation; return its id. :raises Classified:"""
    made = compose(data)
    title = " ".join(str(data["title"]).split())
    kept = keep(made.pdf, name=rules.plain_name(f"{title}.pdf"), media=rules.PDF, actor=actor.id, shared=False)
    return documents.create(actor=actor, key=key, title=title, organisation=organisation, kept=kept, note=note, at=at)

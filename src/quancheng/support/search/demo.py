"""Who of the sample city looks after the search."""

from quancheng.kernel import zone
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi


def build() -> None:
    """Let the portal's editor, and inside the administrator, keep the synonyms and read the report; safe to repeat."""
    pmi.define_role(
        code="search-editor", title="搜索管理员", privileges=["search.synonyms.change", "search.missed.read"]
    )
    if zone.serves({zone.EXTRANET}):
        identity.ensure_post(organisation="370100-bgt", title="门户网站编辑", roles=["search-editor"])
    if zone.serves({zone.INTRANET}):
        identity.ensure_post(organisation="370100", title="搜索管理员", roles=["search-editor"], holders=["admin"])

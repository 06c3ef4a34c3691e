"""The search page. Everything else is served by Wagtail from the pages that editors write."""

from typing import Any

from django.views.generic import TemplateView

from quancheng.security.pmi import public as pmi
from quancheng.systems.portal import queries


class Search(pmi.GuardedView, TemplateView):
    """Answer a search over services, policies and notices."""

    action = pmi.PUBLIC
    template_name = "portal/search.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what was found for ?q=."""
        text = self.request.GET.get("q", "").strip()[:60]
        return super().get_context_data(**kwargs) | {"text": text, "found": queries.search(text, self.request)}

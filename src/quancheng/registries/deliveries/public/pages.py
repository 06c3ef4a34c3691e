"""The pages of deliveries, to inherit from: a register's own give them itself, its privilege and its action."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.deliveries import actions, queries
from quancheng.registries.deliveries.engine import plans
from quancheng.registries.deliveries.engine.register import Register
from quancheng.registries.deliveries.public import forms
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import public as documents


class _Page(pmi.GuardedView):
    register: ClassVar[Register]

    def page(self, request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
        """Render one of the three pages; it finds the others by the register's own addresses."""
        app = self.register.app
        places = {"list_url": reverse(f"{app}:deliveries"), "import_url": reverse(f"{app}:import")}
        context |= places | {"delivery_page": f"{app}:delivery"}
        return render(request, f"deliveries/{name}.html", context, status=status)


class Delivery(_Page):
    """One delivery with its rejected rows."""

    def get(self, request: Any, delivery_id: int) -> HttpResponse:
        return self.page(request, "delivery", delivery=queries.delivery(self.register, delivery_id=delivery_id))


class Import(_Page):
    """Take in a file: first what it would change, then the change.

    `take_in` is the register's own action: it takes what `actions.take_in` takes, and `actor` instead of `by`.
    """

    take_in: ClassVar[Callable[..., int]]

    def get(self, request: Any) -> HttpResponse:
        return self.page(request, "import", form=self._form(initial={"as_of": timezone.localdate()}))

    def post(self, request: Any) -> HttpResponse:
        form = self._form(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(request, "import", form=form, status=400)
        given = form.cleaned_data
        try:
            kept = self._kept(given, request.actor.id)
            with documents.open(kept.digest) as stream:
                content = stream.read()
            if "confirm" in request.POST:
                delivery_id = type(self).take_in(
                    actor=request.actor,
                    content=content,
                    name=given["name"] or kept.name,
                    source=given["source"],
                    source_name=given["source_name"],
                    as_of=given["as_of"],
                    at=timezone.now(),
                )
                return redirect(f"{self.register.app}:delivery", delivery_id)
            plan = actions.planned(self.register, content, as_of=given["as_of"])
        except documents.NoSuchDocument:
            form.add_error(None, _("The file is no longer here. Please choose it again."))
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return self.page(request, "import", form=form, kept=kept, preview=self._preview(plan))
        return self.page(request, "import", form=form, status=400)

    def _form(self, *args: Any, **kwargs: Any) -> forms.Import:
        return forms.Import(*args, columns=self.register.columns, **kwargs)

    def _kept(self, given: dict[str, Any], actor_id: str) -> documents.Kept:
        if given["file"]:
            return documents.keep(given["file"].file, name=given["file"].name, actor=actor_id)
        return documents.info(given["digest"])

    def _preview(self, plan: plans.Plan) -> dict[str, Any]:
        shown = plans.preview(plan)
        shown["first_rejected"] = [
            {"row": item.row, "key": item.key, "reason": queries.reason(self.register, item.reason)}
            for item in shown["first_rejected"]
        ]
        return shown

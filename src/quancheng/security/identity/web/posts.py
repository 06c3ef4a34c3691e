"""Pages about posts: their roles, and who is appointed to them."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity import actions, queries
from quancheng.security.identity.web import forms
from quancheng.security.identity.web.views import Act, ActOnAccount, ActOnOrganisation, target_of_organisation
from quancheng.security.pmi import public as pmi


class NewPost(ActOnOrganisation):
    action, form_class, heading = "identity.post.create", forms.NewPost, _("New post")

    def perform(self, **wishes: Any) -> Any:
        return actions.create_post(organisation=self.kwargs["code"], **wishes)


class ChangeRoles(Act):
    action, form_class, heading = "identity.post.change-roles", forms.Roles, _("Roles of the post")

    @cached_property
    def _found(self) -> tuple[str, queries.PostView]:
        return queries.post(self.kwargs["post_id"])

    @property
    def code(self) -> str:
        """The code of the post's organisation."""
        return self._found[0]

    @property
    def post_view(self) -> queries.PostView:
        """The post."""
        return self._found[1]

    def target(self) -> pmi.Target:
        return target_of_organisation(self.code)

    def back(self) -> str:
        return reverse("identity:organisation", args=[self.code])

    def about(self) -> str:
        return self.post_view.title

    def trial(self) -> dict[str, str]:
        return {"kind": "HANG", "post": str(self.post_view.id)}

    def get_initial(self) -> dict[str, Any]:
        return {"roles": [role.code for role in self.post_view.roles]}

    def perform(self, **wishes: Any) -> Any:
        return actions.change_roles(post_id=self.post_view.id, **wishes)


class Appoint(ActOnAccount):
    action, form_class, heading = "identity.appointment.make", forms.NewAppointment, _("New appointment")

    def target(self) -> pmi.Target:
        # The chosen post decides where one may appoint; to open the page the privilege anywhere is enough.
        return pmi.Target()

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "posts": queries.posts_within(self.request.actor, self.action)}

    def trial(self) -> dict[str, str]:
        return {"kind": "APPOINT", "person": queries.account(self.kwargs["account_id"]).username}

    def perform(self, **wishes: Any) -> Any:
        return actions.make_appointment(account_id=self.kwargs["account_id"], **wishes)


class EndAppointment(Act):
    action, form_class, heading = "identity.appointment.end", forms.EndAppointment, _("End the appointment")
    submit, tone = _("End"), "danger"

    @cached_property
    def _found(self) -> tuple[uuid.UUID, str, queries.AppointmentView]:
        return queries.appointment(self.kwargs["appointment_id"])

    @property
    def account_id(self) -> uuid.UUID:
        """Whose appointment it is."""
        return self._found[0]

    @property
    def name(self) -> str:
        """The person's name."""
        return self._found[1]

    @property
    def appointment(self) -> queries.AppointmentView:
        """The appointment."""
        return self._found[2]

    def target(self) -> pmi.Target:
        return pmi.Target(organisation=self.appointment.organisation, subjects=(f"account:{self.account_id}",))

    def back(self) -> str:
        return reverse("identity:account", args=[self.account_id])

    def about(self) -> str:
        place = self.appointment
        return gettext("%(name)s, %(post)s of %(organisation)s") % {
            "name": self.name,
            "post": place.post,
            "organisation": place.organisation_name,
        }

    def trial(self) -> dict[str, str]:
        person = queries.account(self.account_id).username
        return {"kind": "DISMISS", "person": person, "post": str(self.appointment.post_id)}

    def get_initial(self) -> dict[str, Any]:
        return {"valid_until": timezone.localdate()}

    def perform(self, **wishes: Any) -> Any:
        return actions.end_appointment(appointment_id=self.appointment.id, **wishes)

"""What a search in the register answers."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quancheng.registries.population import queries
from quancheng.registries.population.models import Person
from quancheng.support.look import public as look


class People(look.Table):
    """The people who fit what was asked; nobody where nothing was."""

    name = "population.people"
    title = _("People")
    columns = (
        look.Column(
            "name", _("Name"), sort="name", personal=True, url=lambda row: reverse("population:person", args=[row.pk])
        ),
        look.Column("identity_number", _("Identity number"), kind="masked", sort="identity_number", personal=True),
        look.Column("sex", _("Sex"), "get_sex_display"),
        look.Column("born_on", _("Date of birth"), kind="day", sort="born_on", personal=True),
        look.Column("address", _("Address"), personal=True),
        look.Column("division", _("Division code"), shown=False),
    )
    order = "name"
    search_title = _("Name or whole identity number")
    empty_title = _("Ask for a person")
    empty_hint = _("The register is asked, not browsed. Each look is entered in the trail.")

    def rows(self) -> QuerySet[Person]:
        # Who asks nothing has looked at nobody: only a question is a look.
        return queries.people(actor=self.actor, search=self.text) if self.text else Person.objects.none()

    def find(self, rows: QuerySet[Person], text: str) -> QuerySet[Person]:
        return rows  # the register itself was asked

    def subject(self, line: Person) -> str:
        return f"person:{line.pk}"

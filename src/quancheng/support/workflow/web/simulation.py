"""The page that tries a version of a process on finished cases."""

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from quancheng.kernel.spreadsheets import disarmed
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import queries

FIRST = 100


class Simulate(pmi.GuardedView):
    """Which way finished cases would have gone on this version; as a table too."""

    action = "workflow.case.simulate"

    def get(self, request: HttpRequest, definition_id: int) -> HttpResponse:
        asked = request.GET.get("most", "")
        most = int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 5 else 0
        definition = queries.definition(definition_id)
        found = None
        if most:
            found = queries.simulation(actor=request.actor, definition_id=definition_id, most=most)  # type: ignore[attr-defined]
        if found and request.GET.get("format") == "csv":
            return _table(definition, found)
        context = {
            "definition": definition,
            "found": found,
            "most": min(most or FIRST, queries.MOST_CASES),
            "limit": queries.MOST_CASES,
            "others": [one for one in queries.versions_to_try(definition.key) if one[0] != definition_id],
        }
        return render(request, "workflow/simulate.html", context)


def _table(definition: queries.DefinitionView, found: queries.Simulation) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="simulation-{definition.id}.csv"'
    # Spreadsheets take a file without this mark for another encoding.
    answer.write("\ufeff")
    writer = csv.writer(answer)
    writer.writerow(
        [
            _("Case"), _("Version"), _("Goes another way"), _("No longer gone through"), _("New"), _("Ended at"),
            _("Would end at"), _("Took (hours)"), _("Would take (hours)"), _("Deadlines missed"),
            _("Deadlines that would be missed"), _("Stops at"),
        ]
    )  # fmt: skip
    for trial in found.trials:
        row = [
            trial.title, trial.version, _("yes") if trial.differs else _("no"), "; ".join(trial.skipped),
            "; ".join(trial.added), trial.ended, trial.ends, _hours(trial.lasted), _hours(trial.would),
            "; ".join(trial.missed_then), "; ".join(trial.missed), trial.stopped,
        ]  # fmt: skip
        writer.writerow(map(disarmed, row))
    return answer


def _hours(length: object) -> str:
    return f"{length.total_seconds() / 3600:.1f}"  # type: ignore[attr-defined]

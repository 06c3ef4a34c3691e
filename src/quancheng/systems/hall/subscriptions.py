"""What the hall does when a business system or a registry announces something."""

from collections.abc import Collection, Iterator
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.security.pmi import public as pmi
from quancheng.support.search import public as search
from quancheng.systems.hall import actions, queries

HALL = pmi.service_actor("hall")


@events.hears("hall.service-published")
def offer(message: events.Message) -> None:
    """Offer the published service."""
    data = message.data
    actions.publish_service(
        actor=HALL, code=data["service_code"], version=data["version"], content=data, at=timezone.now()
    )


@events.hears("hall.progress-reported")
def note_progress(message: events.Message) -> None:
    """Show the citizen where the matter stands."""
    data = message.data
    actions.record_progress(
        actor=HALL, submission_id=UUID(data["submission_id"]), sequence=data["sequence"], report=data
    )


@events.hears("hall.correction-requested")
def ask_for_correction(message: events.Message) -> None:
    """Put the request before the citizen."""
    data = message.data
    actions.record_correction(
        actor=HALL,
        submission_id=UUID(data["submission_id"]),
        round_number=data["round"],
        request={**data, "files": message.files or data.get("files", ())},
        at=timezone.now(),
    )


@events.hears("hall.results-issued")
def hand_over(message: events.Message) -> None:
    """Put decision and licences into the citizen's hands."""
    data = message.data
    actions.receive_results(
        actor=HALL,
        submission_id=UUID(data["submission_id"]),
        outcome=data["outcome"],
        decision=data["decision"],
        licences=data["licences"],
        at=timezone.now(),
    )


@events.hears("catalogue.items-delivered")
def prefill(message: events.Message) -> None:
    """Fill in what the registries know."""
    data = message.data
    actions.deliver_items(
        actor=HALL,
        request_id=data["request_id"],
        items=data["items"],
        sources=data.get("sources", {}),
        at=timezone.now(),
    )


@search.indexes("hall.service", title=_("Services"), icon="stamp", weight=1.6, subjects=("service",))
def searchable(keys: Collection[str] | None) -> Iterator[search.Entry]:
    """Yield what is on offer, for everybody."""
    for found in queries.offered(keys):
        parts = (*found.conditions, *found.materials, *found.law)
        yield search.Entry(
            key=found.code,
            title=found.title,
            text=" ".join([found.summary, *(str(item.get("title", "")) for item in parts)]),
            words=tuple(map(str, (*(found.guide.get("keywords") or ()), *found.life_events))),
            url=reverse("hall:service", args=[found.code]),
            readers=(search.EVERYBODY,),
            department=found.department,
            day=timezone.localdate(found.published_at),
        )

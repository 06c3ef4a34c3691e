"""The witness's side and the answer's side of the two trails' meeting."""

from django.utils import timezone

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import actions, config, queries
from quancheng.security.trail.engine import note
from quancheng.security.trail.events import CheckpointCosigned
from quancheng.security.trail.models import WitnessedLog


@events.hears("trail.checkpoint-announced")
def witness(message: events.Message) -> None:
    """Cosign the other zone's checkpoint; a rollback or fork is entered in our trail and answered without a line."""
    data = message.data
    if data["origin"] == config.origin():
        return
    line, size, wrong = "", 0, ""
    try:
        line = actions.cosign(
            checkpoint=data["checkpoint"],
            old_size=data["old_size"],
            proof=data["proof"],
            origin=data["origin"],
            verifier=data["verifier"],
            at=timezone.now(),
        )
        size = note.parse(data["checkpoint"]).size
    except actions.Unproven:
        # Only our memory and the proof's start differ; the answer says from where to prove.
        pass
    except Refusal as refusal:
        wrong = refusal.code
        actions.suspect(origin=data["origin"], refusal=wrong, at=timezone.now())
        actions.record(
            action="trail.checkpoint.cosign",
            actor_id="service:trail",
            actor_name="trail",
            outcome=refusal.code,
            subjects=(f"log:{data['origin']}",),
            detail={"checkpoint": data["checkpoint"]},
        )
    known = WitnessedLog.objects.filter(origin=data["origin"]).values_list("size", flat=True).first() or 0
    signer = queries.signer(note.WITNESS)
    events.publish(
        CheckpointCosigned(
            origin=data["origin"],
            size=size,
            known_size=known,
            witness=signer.name,
            verifier=str(signer.verifier),
            line=line,
            refusal=wrong,
        )
    )


@events.hears("trail.checkpoint-cosigned")
def keep_cosignature(message: events.Message) -> None:
    """Keep the witness's line, or start the next announcement where the witness stands."""
    data = message.data
    if data["origin"] != config.origin():
        return
    if data.get("refusal"):
        # Proving again from where the witness stands would not help: what it saw then is not what we have now.
        actions.hear_refusal(
            witness=data["witness"], verifier=data["verifier"], refusal=data["refusal"], at=timezone.now()
        )
        return
    if not data["line"]:
        actions.follow_witness(known_size=data["known_size"])
        return
    try:
        actions.attach_cosignature(
            size=data["size"], witness=data["witness"], verifier=data["verifier"], line=data["line"]
        )
    except Refusal as refusal:
        actions.record(
            action="trail.checkpoint.attach",
            actor_id="service:trail",
            actor_name="trail",
            outcome=refusal.code,
            subjects=(f"witness:{data['witness']}",),
            detail={"line": data["line"]},
        )

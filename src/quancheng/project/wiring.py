"""What one app asks and another one can tell, where neither may import the other."""

from collections.abc import Iterable
from datetime import datetime

from django.apps import apps

from quancheng.security.identity import public as identity
from quancheng.security.pki import public as pki


def connect() -> None:
    """Tell the apps whom to ask; called once, when all of them are loaded."""
    identity.judge_certificates_with(_person_of)
    if apps.is_installed("quancheng.support.workflow"):
        identity.show_open_work_of(_tasks_taken_on)


def _person_of(certificate: bytes, at: datetime) -> tuple[str, str]:
    found = pki.judge_person(certificate, at=at)
    return found.serial, found.name


def _tasks_taken_on(actor_id: str) -> Iterable[identity.OpenWork]:
    from quancheng.support.workflow import public as workflow

    found = workflow.worklist(identity.actor(actor_id), state="claimed", size=100)
    return [identity.OpenWork(f"{item.title} · {item.step}", item.url) for item in found.items]

"""Every write of approvals."""

from quancheng.business.approvals.actions.acceptance import (
    NothingAsked,
    NotWaitingForAcceptance,
    accept,
    accept_by_silence,
    refuse_acceptance,
    request_corrections,
)
from quancheng.business.approvals.actions.decision import (
    AlreadyDecided,
    AlreadyGiven,
    DepartmentsDisagree,
    NotConcerned,
    NotTakenBack,
    ReasonMissing,
    SamePerson,
    decide,
    give_opinion,
    withdraw_opinion,
)
from quancheng.business.approvals.actions.intake import receive, receive_corrections, tell_new_date, withdraw
from quancheng.business.approvals.actions.results import NotDecided, deliver, issue_licences, write_letter
from quancheng.business.approvals.actions.services import Uncited, publish_service

__all__ = [
    "AlreadyDecided",
    "AlreadyGiven",
    "DepartmentsDisagree",
    "NotConcerned",
    "NotDecided",
    "NotTakenBack",
    "NotWaitingForAcceptance",
    "NothingAsked",
    "ReasonMissing",
    "SamePerson",
    "Uncited",
    "accept",
    "accept_by_silence",
    "decide",
    "deliver",
    "give_opinion",
    "issue_licences",
    "publish_service",
    "receive",
    "receive_corrections",
    "refuse_acceptance",
    "request_corrections",
    "tell_new_date",
    "withdraw",
    "withdraw_opinion",
    "write_letter",
]

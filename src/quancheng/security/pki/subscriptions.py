"""Offers the judgement of timestamp tokens to the trail, which lies below and may not ask for it."""

from quancheng.security.pki import queries
from quancheng.security.trail import public as trail

trail.check_timestamps_with(queries.timestamp_problem)

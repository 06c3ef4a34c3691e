"""Tells the trail, which lies below, who sees which of its entries."""

from quancheng.security.pmi import queries
from quancheng.security.trail import public as trail

trail.restrict_with(queries.visible)

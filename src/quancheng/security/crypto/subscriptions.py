"""Offers the services to systems: each privilege is a scope that a system can be registered for."""

from quancheng.security.crypto.engine.operations import OPERATIONS
from quancheng.security.identity import public as identity

for _operation in OPERATIONS.values():
    identity.offer_scope(_operation.privilege, _operation.title)

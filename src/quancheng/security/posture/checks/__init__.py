"""The checks that belong to no other app: the settings of the site, and its clock."""

from quancheng.security.posture.checks import clock, site

__all__ = ["clock", "site"]

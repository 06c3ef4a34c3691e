"""Lets departments' systems ask for the attribute certificates of their organisation (RFC 6749 section 3.3)."""

from django.utils.translation import gettext_lazy as _

from quancheng.security.attributes.queries import READ
from quancheng.security.identity import public as identity

identity.offer_scope(READ, _("Read the attribute certificates of the organisation"))

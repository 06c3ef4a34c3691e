"""What login pages ask: `{% load identity %}`."""

from django import template

from quancheng.kernel import zone
from quancheng.security.identity.config import config

register = template.Library()


@register.simple_tag
def sign_up_open() -> bool:
    """Tell whether citizens may register on this site."""
    return zone.serves({zone.EXTRANET})


@register.simple_tag
def certificate_sign_in() -> str:
    """Return the address at which certificates are asked for, empty where there is none."""
    return config.certificate_url

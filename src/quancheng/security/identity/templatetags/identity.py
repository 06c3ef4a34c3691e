"""What login pages ask: `{% load identity %}`."""

from django import template

from quancheng.kernel import zone

register = template.Library()


@register.simple_tag
def sign_up_open() -> bool:
    """Tell whether citizens may register on this site."""
    return zone.serves({zone.EXTRANET})

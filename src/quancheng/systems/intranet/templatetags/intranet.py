"""Words for the to-do list: `{{ label|system }}` names a system."""

from django import template

from quancheng.systems.intranet import queries

register = template.Library()


@register.filter
def system(label: str) -> str:
    """Return how people call the system `label`."""
    return queries.title_of(label)

"""The filter bar and the batch bar of the to-do list."""

from typing import Any

from django import forms
from django.http import QueryDict

STATES = ("open", "claimed", "done")


class Filter(forms.Form):
    """What the list shows; anything unknown falls back to everything that is open."""

    state = forms.ChoiceField(choices=[(state, state) for state in STATES], required=False)
    q = forms.CharField(required=False, max_length=100)
    app = forms.SlugField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=10**6)


class Batch(forms.Form):
    """Tasks that were marked, and what is to happen to them."""

    task = forms.TypedMultipleChoiceField(coerce=int, required=False)
    wish = forms.ChoiceField(choices=[("claim", "claim"), ("release", "release"), ("transfer", "transfer")])

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        field: Any = self.fields["task"]
        field.choices = [(item, item) for item in data.getlist("task") if item.isdecimal() and len(item) < 19]

"""The filter bar and the batch bar of the to-do list."""

from django import forms

STATES = ("open", "claimed", "done")


class Filter(forms.Form):
    """What the list shows; anything unknown falls back to everything that is open."""

    state = forms.ChoiceField(choices=[(state, state) for state in STATES], required=False)
    q = forms.CharField(required=False, max_length=100)
    app = forms.SlugField(required=False)
    page = forms.IntegerField(required=False, min_value=1)


class Batch(forms.Form):
    """Tasks that were marked, and what is to happen to them."""

    task = forms.TypedMultipleChoiceField(coerce=int, required=False)
    wish = forms.ChoiceField(choices=[("claim", "claim"), ("release", "release")])

    def __init__(self, data: dict[str, object]) -> None:
        super().__init__(data)
        marked = data.getlist("task") if hasattr(data, "getlist") else []  # type: ignore[attr-defined]
        self.fields["task"].choices = [(item, item) for item in marked if str(item).isdigit()]  # type: ignore[attr-defined]

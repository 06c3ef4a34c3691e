"""Whoever reads the trail or a list of privileges reads words, not codes."""

from django.utils import translation

from quancheng.kernel import discovery
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail


def test_every_action_reading_and_page_of_the_menu_has_a_title_in_both_languages():
    """The titles stand in `[actions]` of the app's resources.toml."""
    list(discovery.modules("actions"))
    codes = {code for code in pmi.actions() if not code.startswith("probe.")}
    codes |= {entry.action for app in discovery.all_apps() for entry in app.menu if "." in entry.action}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            assert not {code for code in codes if trail.action_title(code) == code}

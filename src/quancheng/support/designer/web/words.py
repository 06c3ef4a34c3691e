"""Words of the editors' scripts, in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def of_editors() -> dict[str, str]:
    """Return the sentences that the scripts say."""
    return {
        "saving": _("Saving …"),
        "unsaved": _("Changed, not saved yet."),
        "kept": _("Draft kept at {at}."),
        "checking": _("Checking …"),
        "faultless": _("Nothing is wrong with it."),
        "faults": _("{n} things to put right, {m} doubts."),
        "fault": pgettext("designer", "To put right"),
        "doubt": pgettext("designer", "Doubt"),
        "whole": _("The whole"),
        "signedOut": _(
            "You are no longer signed in. Your text is kept in this browser: sign in in another window and save again."
        ),
        "lost": _("The site cannot be reached. Your text is kept in this browser; save again later."),
        "typedHere": _("This browser kept a text of yours from {at} that was not saved."),
        "typedThere": _("A draft of yours from {at} was not saved."),
        "older": _("Somebody has saved since; when you save, yours will lie aside and can be compared."),
        "restore": _("Go on with it"),
        "discard": _("Throw it away"),
        "broken": _("The text could not be opened: {why}"),
        "process": _("The process as a whole"),
        "none": pgettext("designer", "none"),
        "remove": _("Remove it"),
        "append": _("Add after it"),
        "connect": _("Connect with"),
        "add": pgettext("designer", "Add"),
        "format": _("Format"),
        "catalogue": _("Catalogue item"),
        "basis": _("Legal basis"),
        "ours": _("Of this city"),
        "noPreview": _("The form cannot be shown until it is put right."),
    }

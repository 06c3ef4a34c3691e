"""The pages of the designers."""

from quancheng.support.designer.web.views.bundles import Arriving, Bring, Bundles
from quancheng.support.designer.web.views.designs import Compare, Designs, New, OneDesign, TakeOver, Text
from quancheng.support.designer.web.views.editing import Check, Draft, Edit
from quancheng.support.designer.web.views.reviewing import Publish, Review, Submit, Withdraw
from quancheng.support.designer.web.views.trying import Try

__all__ = [
    "Arriving",
    "Bring",
    "Bundles",
    "Check",
    "Compare",
    "Designs",
    "Draft",
    "Edit",
    "New",
    "OneDesign",
    "Publish",
    "Review",
    "Submit",
    "TakeOver",
    "Text",
    "Try",
    "Withdraw",
]

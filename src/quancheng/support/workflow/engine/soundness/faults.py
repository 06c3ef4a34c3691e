"""What is said of a drawing that is not sound."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal


class UnsoundDrawing(Refusal):
    """A case on this drawing could get stuck or come apart; `id` names the node."""

    code = "workflow.unsound-drawing"
    message = _("The drawing is not sound at “%(id)s”: %(why)s.")
    status = 422

"""What can be wrong with a bundle, each by its own name, so that an operator reads the reason and not a stack trace."""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal


class BundleFault(Refusal):
    """A bundle that must not be applied. `code` is kept with the quarantined file, `detail` names the place."""

    code: ClassVar[str] = "gateway.bundle-fault"
    message: ClassVar[str | Promise] = _("The bundle cannot be accepted")

    def __init__(self, detail: str = "") -> None:
        super().__init__()
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.message} ({self.detail})" if self.detail else str(self.message)


class TamperedBundle(BundleFault):
    """`part` (also the detail) is the first part whose bytes are not the bytes that were signed."""

    code = "gateway.tampered"
    message = _("Its content was changed after signing")

    @property
    def part(self) -> str:
        return self.detail.partition(":")[0]


class TruncatedBundle(BundleFault):
    code = "gateway.truncated"
    message = _("It ends too early")


class UnsignedBundle(BundleFault):
    code = "gateway.unsigned"
    message = _("It carries no signature")


class ForgedBundle(BundleFault):
    code = "gateway.forged"
    message = _("Its signature is not that of the sending zone")


class MalformedBundle(BundleFault):
    code = "gateway.malformed"
    message = _("It does not follow the bundle format")


class OversizedBundle(BundleFault):
    code = "gateway.oversized"
    message = _("It is larger than the limits allow")


class MisnamedBundle(BundleFault):
    code = "gateway.misnamed"
    message = _("Its file name contradicts its manifest")


class WrongZone(BundleFault):
    code = "gateway.wrong-zone"
    message = _("It is addressed to or comes from another zone")


class ReplayedBundle(BundleFault):
    code = "gateway.replayed"
    message = _("Another bundle with this sequence number was received before")


class BrokenChain(BundleFault):
    code = "gateway.broken-chain"
    message = _("It does not follow the bundle that was applied before it")


class SequenceGap(BundleFault):
    """Not a defect of the file: bundles before it are missing, so it waits and they are asked for again."""

    code = "gateway.sequence-gap"
    message = _("Earlier bundles are missing")


class BrokenMessage(BundleFault):
    """Raised by whoever unpacks: a message or file inside is not acceptable, hence nothing of the bundle is."""

    code = "gateway.broken-message"
    message = _("A message inside cannot be trusted")


class KeptFileMissing(BundleFault):
    """An alarm only: a bundle should be sent again, but its file is gone from the `sent` folder."""

    code = "gateway.kept-file-missing"
    message = _("A bundle that has to be sent again is no longer kept")


class UnknownAcknowledgement(BundleFault):
    """An alarm only: one of the two sites has lost part of its books, for instance by an old backup."""

    code = "gateway.unknown-acknowledgement"
    message = _("The other zone confirms bundles that were never sent from here")


def title_of(code: str) -> str:
    """Return the plain words for a stored fault code; the code itself if it is from a newer release."""
    kinds = {kind.code: kind.message for kind in BundleFault.__subclasses__()}
    return str(kinds.get(code, code))

"""Settings of approvals."""

from dataclasses import dataclass

from quancheng.kernel import config as settings


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_APPROVALS_*.

    `verify_url` is the public page behind the QR code of a licence; the licence's number is appended. `city` is the
    root organisation's code, `division` the six digits that numbers of licences carry. `correction_days` is how many
    natural days an applicant has to answer a request for corrections.
    """

    verify_url: str = "http://localhost:8000/hall/verify/"
    city: str = "370100"
    division: str = "370100"
    correction_days: int = 30


config = settings.read(Config, prefix="QC_APPROVALS_")

"""Settings of documents."""

from dataclasses import dataclass

from quancheng.kernel.config import read

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_DOCUMENTS_*.

    `largest_bytes` is the limit for one file that another system keeps, `largest_upload_bytes` for a version of a
    document, and so for all that a member of staff sends with one form. Anybody else sends at most `largest_form_bytes`
    with one, and whoever is not signed in at most `anonymous_bytes_an_hour` from one address. `store` is `folder` or
    `s3` with the `s3_*` names. `scanner` is where clamd listens: the path of a socket or host:port, empty for none;
    with `scan_required` nothing comes in while it does not answer. `retention` is a file with classes of retention in
    place of the shipped ones. An upload that nobody goes on with is thrown away after
    `upload_days`.
    """

    largest_bytes: int = 50 * MEGABYTE
    largest_upload_bytes: int = 4096 * MEGABYTE
    largest_form_bytes: int = 100 * MEGABYTE
    anonymous_bytes_an_hour: int = 600 * MEGABYTE
    upload_days: int = 3
    uploads_at_once: int = 20
    store: str = "folder"
    s3_endpoint: str = ""
    s3_bucket: str = ""
    s3_region: str = "us-east-1"
    s3_key: str = ""
    s3_secret: str = ""
    s3_prefix: str = ""
    scanner: str = ""
    scan_required: bool = False
    retention: str = ""
    preview_pages: int = 20
    ocr_pages: int = 20


config = read(Config, prefix="QC_DOCUMENTS_")

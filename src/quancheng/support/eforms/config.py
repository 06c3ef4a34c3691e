"""This app's settings, read from QC_EFORMS_*."""

from dataclasses import dataclass

from quancheng.kernel import config as kernel


@dataclass(frozen=True, slots=True)
class Config:
    """What holds for fields whose form does not say: characters in a text, megabytes and number of files, rows.

    A signature larger than `largest_signature_kb` as a picture is refused.
    """

    longest_text: int = 2000
    largest_file_mb: int = 20
    most_files: int = 10
    most_rows: int = 50
    largest_signature_kb: int = 100


config = kernel.read(Config, prefix="QC_EFORMS_")

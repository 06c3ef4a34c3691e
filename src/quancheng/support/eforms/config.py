"""This app's settings, read from QC_EFORMS_*."""

from dataclasses import dataclass

from quancheng.kernel import config as kernel


@dataclass(frozen=True, slots=True)
class Config:
    """What holds for fields whose form does not say: characters in a text, megabytes and number of files."""

    longest_text: int = 2000
    largest_file_mb: int = 20
    most_files: int = 10


config = kernel.read(Config, prefix="QC_EFORMS_")

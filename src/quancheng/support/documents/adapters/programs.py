"""Programs of the machine that turn a file into what can be shown or searched: LibreOffice and Tesseract."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Final

CONVERTING: Final = 180.0  # seconds for a whole document
RECOGNISING: Final = 120.0  # seconds for a page
_CJK: Final = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_GAP: Final = re.compile(f"(?<={_CJK}) +(?={_CJK})")


class ProgramFailed(RuntimeError):
    """The program ended with an error, took too long, or made nothing."""


def office() -> str | None:
    """Return the path of LibreOffice, None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def recogniser() -> str | None:
    """Return the path of Tesseract, None where it is not installed."""
    return shutil.which("tesseract")


def to_pdf(source: Path, *, suffix: str, folder: Path) -> Path:
    """Return a PDF in `folder` of the office document `source`, made by LibreOffice.

    It runs with a profile of its own, so that two at once do not wait for each other, and without macros.

    :raises ProgramFailed: when it does not succeed.
    """
    program = office()
    if program is None:
        raise ProgramFailed("LibreOffice is not installed")
    given = folder / f"document{suffix}"
    shutil.copyfile(source, given)
    with tempfile.TemporaryDirectory(prefix="office-") as profile:
        command = [
            program, f"-env:UserInstallation=file://{profile}", "--headless", "--norestore", "--nolockcheck",
            "--nodefault", "--convert-to", "pdf", "--outdir", str(folder), str(given),
        ]  # fmt: skip
        _run(command, seconds=CONVERTING, home=profile)
    made = folder / "document.pdf"
    if not made.is_file():
        raise ProgramFailed("LibreOffice made no PDF")
    return made


def recognise(picture: Path, *, language: str = "chi_sim") -> str:
    """Return the text that Tesseract reads on a picture of a page. :raises ProgramFailed: when it does not succeed."""
    program = recogniser()
    if program is None:
        raise ProgramFailed("Tesseract is not installed")
    text = _run([program, str(picture), "stdout", "-l", language, "--psm", "3"], seconds=RECOGNISING, home="/tmp")  # noqa: S108
    # It sets blanks between Chinese characters, which nobody would search for.
    return _GAP.sub("", text).strip()


def _run(command: list[str], *, seconds: float, home: str) -> str:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": home, "LANG": "C.UTF-8", "OMP_THREAD_LIMIT": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, start_new_session=True
    )
    try:
        printed, complaint = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise ProgramFailed(f"{Path(command[0]).name} took longer than {seconds:.0f} s") from error
    if process.returncode:
        raise ProgramFailed(f"{Path(command[0]).name}: {complaint.decode(errors='replace').strip()[-150:]}")
    return printed.decode(errors="replace")

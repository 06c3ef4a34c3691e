"""Reads one file in a process of its own: text, number of pages, pages as pictures.

Run as a program: takes a job as JSON from its input, writes what it made into the job's folder and the rest as JSON to
its output. It limits its own memory and time first, so that a file made to do harm harms only this process.
"""

import json
import resource
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from quancheng.support.documents import rules
from quancheng.support.documents.engine import ofd, office
from quancheng.support.documents.engine.containers import Bomb, Container, Unreadable

MEMORY: Final = 2 * 1024**3
SECONDS: Final = 60
LARGEST_OUTPUT: Final = 256 * 1024**2
LONGEST_TEXT: Final = 4_000_000  # characters
MOST_PIXELS: Final = 120_000_000
TALLEST: Final = 5_000  # pixels
_SUFFIXES: Final = {
    "word/document.xml": office.word,
    "xl/workbook.xml": office.sheet,
    "ppt/presentation.xml": office.slides,
}


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Do a job {path, media, folder, text_pages, pictures, width} and return {pages, pictures, media}.

    The text goes into `text.txt` in the folder, pages as `1.png`, `2.png`, …

    :raises Unreadable: when the file is not what its media type says.
    """
    path, folder, media = Path(job["path"]), Path(job["folder"]), job["media"]
    answer: dict[str, Any] = {"pages": 0, "pictures": 0, "media": media}
    if media in {*rules.OFFICE, rules.OFD, "application/zip"}:
        answer["media"] = media = rules.container_type(Container(path).names) or "application/zip"
    with (folder / "text.txt").open("w", encoding="utf-8") as out:
        if media == rules.PDF:
            texts = _pdf(path, folder, job, answer)
        elif media == rules.OFD:
            texts = _ofd(path, folder, job, answer)
        elif media in rules.OFFICE:
            texts = _office(path)
        elif media in rules.PICTURES:
            texts = _picture(path, folder, job, answer)
        elif media == rules.TEXT:
            texts = iter([path.open(encoding="utf-8", errors="replace").read(LONGEST_TEXT)])
        else:
            texts = iter(())
        written = 0
        for text in texts:
            written += out.write(text[: LONGEST_TEXT - written] + "\n")
            if written >= LONGEST_TEXT:
                break
    return answer


def _pdf(path: Path, folder: Path, job: dict[str, Any], answer: dict[str, Any]) -> Iterator[str]:
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        raise Unreadable("protected by a password" if "password" in str(error).lower() else "damaged PDF") from error
    answer["pages"] = len(document)
    for index in range(min(len(document), max(job["text_pages"], job["pictures"]))):
        try:
            page = document[index]
            if index < job["pictures"]:
                scale = min(job["width"] / page.get_width(), TALLEST / page.get_height())
                page.render(scale=scale).to_pil().convert("RGB").save(folder / f"{index + 1}.png", optimize=False)
                answer["pictures"] = index + 1
            if index < job["text_pages"]:
                yield page.get_textpage().get_text_range().replace("\r\n", "\n").replace("\ufffe", "")
            page.close()
        except (pdfium.PdfiumError, ZeroDivisionError) as error:
            raise Unreadable(f"page {index + 1} is damaged") from error


def _ofd(path: Path, folder: Path, job: dict[str, Any], answer: dict[str, Any]) -> Iterator[str]:
    for number, page in enumerate(ofd.pages(path), start=1):
        answer["pages"] = number
        if number <= job["pictures"]:
            from quancheng.support.documents.engine import ofd_pages

            (folder / f"{number}.png").write_bytes(ofd_pages.picture(page, width=job["width"]))
            answer["pictures"] = number
        if number <= job["text_pages"]:
            yield page.text


def _office(path: Path) -> Iterator[str]:
    names = Container(path).names
    reader = next(reader for part, reader in _SUFFIXES.items() if part in names)
    return reader(path)


def _picture(path: Path, folder: Path, job: dict[str, Any], answer: dict[str, Any]) -> Iterator[str]:
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    answer["pages"] = 1
    if job["pictures"]:
        try:
            with Image.open(path, formats=("PNG", "JPEG")) as image:
                image.draft("RGB", (job["width"], TALLEST))
                shown = ImageOps.exif_transpose(image).convert("RGB")
                shown.thumbnail((job["width"], TALLEST))
                # Only the pixels go on: places and cameras that a photograph names stay behind.
                shown.save(folder / "1.png")
        except (
            UnidentifiedImageError,
            Image.DecompressionBombError,
            Warning,
            OSError,
            SyntaxError,
            ValueError,
        ) as error:
            raise Unreadable("damaged or oversized picture") from error
        answer["pictures"] = 1
    return iter(())


def main() -> int:
    """Do the job on standard input; 0 when it went well, 3 with a reason when the file cannot be read."""
    job = json.load(sys.stdin)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    try:
        answer = read(job)
    except (Unreadable, MemoryError, RecursionError) as error:
        print(json.dumps({"problem": str(error) or type(error).__name__, "bomb": isinstance(error, Bomb)}))  # noqa: T201
        return 3
    print(json.dumps(answer))  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

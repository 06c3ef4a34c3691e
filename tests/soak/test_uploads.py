"""2 GiB into a real site and out again: killed in the middle, resumed, with constant memory."""

import hashlib
import os
import re
from pathlib import Path

import pytest

from quancheng.project.errand.restaurant import PASSWORD
from quancheng.project.errand.visitor import Visitor
from quancheng.support.demo.engine.town import Town

pytestmark = pytest.mark.soak

SIZE = int(os.environ.get("QC_SOAK_UPLOAD_BYTES", "2147483648"))
PIECE = 32 * 1024 * 1024
GROWTH = 150 * 1024  # kB that all processes of the site may have taken at most beyond what they had before
SPOKEN = {"Tus-Resumable": "1.0.0"}


def memory(town):
    """Return the greatest resident memory that the site's processes ever had, in kB, added up."""
    group, total = town.processes["intranet-site"].pid, 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == group:
                total += int(re.search(r"VmHWM:\s+(\d+)", (folder / "status").read_text())[1])
        except (OSError, TypeError):
            continue
    return total


def piece(offset, size):
    """Return that part of the file: text, different everywhere."""
    first = offset // 16
    made = b"".join(b"%015d\n" % number for number in range(first, first + size // 16 + 2))
    return made[offset % 16 :][:size]


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path / "town")
    made.prepare()
    yield made
    made.stop()


def begin(town):
    town.start_one("intranet-site")
    town.wait_for(town.intranet)
    visitor = Visitor(town.intranet.url, "lead")
    visitor.sign_in("lead", PASSWORD)
    visitor.client.headers["X-CSRFToken"] = next(v for k, v in visitor.client.cookies.items() if k.endswith("_csrf"))
    visitor.client.timeout = 120
    return visitor.client


def kill(town):
    town.kill("intranet-site")
    del town.processes["intranet-site"]


@pytest.mark.timeout(1800)
def test_two_gibibytes_go_in_and_out_although_the_site_is_killed(town):
    from base64 import b64encode

    client, digest = begin(town), hashlib.sha256()
    page = client.get("/documents/new/").text
    place = re.search(r'<option value="(370100/370100-spfw/)"', page)[1]
    said = {"filename": "large.txt", "title": "大文件", "organisation": place}
    metadata = ",".join(f"{key} {b64encode(text.encode()).decode()}" for key, text in said.items())
    made = client.post(
        "/documents/uploads/", headers={**SPOKEN, "Upload-Length": str(SIZE), "Upload-Metadata": metadata}
    )
    one, before, grown, at, killed = made.headers["Location"], memory(town), 0, 0, False

    while at < SIZE:
        content = piece(at, min(PIECE, SIZE - at))
        headers = {**SPOKEN, "Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        if at >= SIZE // 2 and not killed:
            killed = True
            grown = memory(town) - before

            def half(content=content):
                yield content[: len(content) // 2]
                kill(town)
                yield content[len(content) // 2 :]

            with pytest.raises(Exception, match=r".*"):
                client.patch(one, content=half(), headers={**headers, "Content-Length": str(len(content))})
            client = begin(town)
            before = memory(town)
            at = int(client.head(one, headers=SPOKEN).headers["Upload-Offset"])
            continue
        answer = client.patch(one, content=content, headers=headers)
        assert answer.status_code == 204, answer.text
        at = int(answer.headers["Upload-Offset"])
    address = answer.headers["Document-Location"] + "versions/1/file/"
    for offset in range(0, SIZE, PIECE):
        digest.update(piece(offset, min(PIECE, SIZE - offset)))

    came, tried = hashlib.sha256(), 0
    got = 0
    while got < SIZE:
        with client.stream("GET", address, headers={"Range": f"bytes={got}-"} if got else {}) as answer:
            assert answer.status_code == (206 if got else 200)
            for content in answer.iter_bytes():
                came.update(content)
                got += len(content)
                if not tried and got > SIZE // 3:
                    break
        if not tried:
            tried = 1
            grown = max(grown, memory(town) - before)
            kill(town)
            client = begin(town)
            before = memory(town)

    assert (got, came.digest()) == (SIZE, digest.digest())
    assert max(grown, memory(town) - before) < GROWTH
    print(f"memory grew by at most {max(grown, memory(town) - before) // 1024} MB over {before // 1024} MB")

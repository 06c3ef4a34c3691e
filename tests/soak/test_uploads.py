"""2 GiB into a real site and out again: killed in the middle, resumed, with constant memory, into both stores."""

import hashlib
import os
import re
import socket
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path

import httpx
import pytest

from quancheng.project.errand.restaurant import PASSWORD
from quancheng.project.errand.visitor import Visitor
from quancheng.support.demo.engine.town import Town, free_port

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

SIZE = int(os.environ.get("QC_SOAK_UPLOAD_BYTES", str(2 * 1024**3)))
# The S3 server of the tests keeps what it holds in its own memory, several times over.
S3_SIZE = min(SIZE, 512 * 1024**2)
MOST = 150 * 1024  # kB that the largest process of the site may ever have had resident
SITE = "intranet-site"
SPOKEN = {"Tus-Resumable": "1.0.0"}
LINE, LINES = 16, 2**16


def peaks(town):
    """Return the greatest resident memory that each process of the site ever had, in kB (`VmHWM`, proc(5))."""
    group, found = town.processes[SITE].pid, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == group:
                found.append(int(re.search(r"VmHWM:\s+(\d+)", (folder / "status").read_text())[1]))
        except (OSError, TypeError):
            continue
    return sorted(found)


def content(size, first=0):
    """Yield the bytes of the file from `first` on: text, different everywhere."""
    at = first
    while at < size:
        number = at // LINE
        block = b"".join(b"%015d\n" % one for one in range(number, number + LINES))[at % LINE :][: size - at]
        yield block
        at += len(block)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    made = tmp_path_factory.mktemp("town")
    Town(made).prepare()
    return made


@pytest.fixture
def bucket(tmp_path):
    """Run an S3-compatible server in a process of its own and return the settings of a site that uses it."""
    import boto3

    port = free_port()
    with (tmp_path / "s3.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        endpoint = f"http://127.0.0.1:{port}"
        facts = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=endpoint, **facts).create_bucket(Bucket="files")
        named = {"STORE": "s3", "S3_ENDPOINT": endpoint, "S3_BUCKET": "files", "S3_KEY": "key", "S3_SECRET": "secret"}
        yield {f"QC_DOCUMENTS_{name}": value for name, value in named.items()}
    finally:
        server.kill()
        server.wait()


@pytest.fixture(params=["folder", "bucket"])
def large(request, root):
    """Return a town whose documents lie in one of the stores, and how large the file is."""
    settings = request.getfixturevalue("bucket") if request.param == "bucket" else {}
    made = Town(root, settings=settings)
    yield made, S3_SIZE if settings else SIZE
    made.stop()


def start(town):
    town.start_one(SITE)
    town.wait_for(town.intranet)


def signed_in(town):
    """Return a signed-in client, and the site started anew: checking a password takes 100 MB for itself (Argon2)."""
    start(town)
    visitor = Visitor(town.intranet.url, "lead")
    visitor.sign_in("lead", PASSWORD)
    visitor.client.headers["X-CSRFToken"] = next(v for k, v in visitor.client.cookies.items() if k.endswith("_csrf"))
    visitor.client.timeout = 300
    kill(town)
    start(town)
    return visitor.client


def kill(town):
    """Kill the site with SIGKILL; return its peaks until then."""
    found = peaks(town)
    town.kill(SITE)
    del town.processes[SITE]
    return found


def send(client, address, size, first, *, then=None):
    """Send the file from `first` on in one request; `then` is called in the middle of the whole file."""

    done = []

    def stream():
        at = first
        for block in content(size, first):
            yield block
            at += len(block)
            if then and at >= size // 2 and not done:
                done.append(then())

    headers = {**SPOKEN, "Upload-Offset": str(first), "Content-Type": "application/offset+octet-stream"}
    return client.patch(address, content=stream(), headers={**headers, "Content-Length": str(size - first)})


def test_two_gibibytes_go_in_and_out_although_the_site_is_killed(large):
    town, size = large
    client, seen = signed_in(town), []
    place = re.search(r'<option value="(370100/370100-spfw/)"', client.get("/documents/new/").text)[1]
    said = {"filename": "large.txt", "title": "大文件", "organisation": place}
    metadata = ",".join(f"{key} {b64encode(text.encode()).decode()}" for key, text in said.items())
    made = client.post(
        "/documents/uploads/", headers={**SPOKEN, "Upload-Length": str(size), "Upload-Metadata": metadata}
    )
    address = made.headers["Location"]

    with pytest.raises(httpx.HTTPError):
        send(client, address, size, 0, then=lambda: seen.extend(kill(town)))
    start(town)
    at = int(client.head(address, headers=SPOKEN).headers["Upload-Offset"])
    answer = send(client, address, size, at)
    assert answer.status_code == 204, answer.text
    before_the_kill = at

    killed = False
    file, came, got = answer.headers["Document-Location"] + "versions/1/file/", hashlib.sha256(), 0
    while got < size:
        with client.stream("GET", file, headers={"Range": f"bytes={got}-"} if got else {}) as answer:
            assert answer.status_code == (206 if got else 200)
            for block in answer.iter_raw():
                came.update(block)
                got += len(block)
                if got > size // 3 and not killed:
                    break
        if not killed:
            killed = True
            seen.extend(kill(town))
            start(town)
    seen.extend(peaks(town))

    digest = hashlib.sha256()
    for block in content(size):
        digest.update(block)
    print(f"peaks of the site's processes: {[kb // 1024 for kb in sorted(seen)]} MB; went on from {before_the_kill:,}")
    assert (got, came.digest()) == (size, digest.digest())
    assert 0 < before_the_kill < size
    assert max(seen) < MOST

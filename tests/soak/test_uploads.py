"""2 GiB into a real site and out again: killed in the middle, resumed, with constant memory, into both stores."""

import hashlib
import os
import re
import socket
import subprocess
import sys
import threading
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
MOST = 150 * 1024  # kB that the largest process of the site may have had resident while files go in and out
SITE = "intranet-site"
SPOKEN = {"Tus-Resumable": "1.0.0"}
ROOT = Path(__file__).resolve().parents[2]
LINE, LINES = 16, 2**16


def processes(town):
    """Yield the folder in /proc of each process of the site."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == town.processes[SITE].pid:
                yield folder
        except OSError:
            continue


def peaks(town):
    """Return the greatest resident memory of each process of the site since it was last forgotten, in kB (proc(5))."""
    found = [re.search(r"VmHWM:\s+(\d+)", (folder / "status").read_text()) for folder in processes(town)]
    return sorted(int(one[1]) for one in found if one)


def forget_peaks(town):
    """Let the peaks begin anew at what each process holds now (clear_refs 5, proc(5)); return them as they were."""
    before = peaks(town)
    for folder in processes(town):
        (folder / "clear_refs").write_text("5")
    return before


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
            [sys.executable, "-m", "tests.soak.bucket", str(port)], cwd=ROOT, stdout=log, stderr=log
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
    """Return a town whose documents lie in one of the stores."""
    made = Town(root, settings=request.getfixturevalue("bucket") if request.param == "bucket" else {})
    yield made
    made.stop()


def start(town):
    town.start_one(SITE)
    town.wait_for(town.intranet)


def signed_in(town, seen):
    """Start the site, sign in there and return the client.

    Checking a password takes 100 MB for a moment (Argon2) and gives them back: `seen` gets that peak, and the peaks of
    what follows begin at what the process kept.
    """
    start(town)
    visitor = Visitor(town.intranet.url, "lead")
    visitor.sign_in("lead", PASSWORD)
    visitor.client.headers["X-CSRFToken"] = next(v for k, v in visitor.client.cookies.items() if k.endswith("_csrf"))
    visitor.client.timeout = 300
    seen.extend(forget_peaks(town))
    return visitor.client


def kill(town):
    """Kill the site with SIGKILL; return its peaks until then."""
    found = peaks(town)
    town.kill(SITE)
    del town.processes[SITE]
    return found


def begin(client, size, name="large.txt"):
    """Announce a file of `size` bytes; return the answer."""
    place = re.search(r'<option value="(370100/370100-spfw/)"', client.get("/documents/new/").text)[1]
    said = {"filename": name, "title": "大文件", "organisation": place}
    metadata = ",".join(f"{key} {b64encode(text.encode()).decode()}" for key, text in said.items())
    return client.post(
        "/documents/uploads/", headers={**SPOKEN, "Upload-Length": str(size), "Upload-Metadata": metadata}
    )


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
    town, size = large, SIZE
    seen, signing_in = [], []
    client = signed_in(town, signing_in)
    address = begin(client, size).headers["Location"]

    with pytest.raises(httpx.HTTPError):
        send(client, address, size, 0, then=lambda: seen.extend(kill(town)))
    client = signed_in(town, signing_in)
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
            client = signed_in(town, signing_in)
    seen.extend(peaks(town))

    digest = hashlib.sha256()
    for block in content(size):
        digest.update(block)
    megabytes = [sorted(kb // 1024 for kb in found) for found in (seen, signing_in)]
    print(
        f"{size:,} bytes; peaks of the site's processes in MB: {megabytes[0]}; until after signing in: {megabytes[1]}"
    )
    print(f"the upload went on from {before_the_kill:,}")
    assert (got, came.digest()) == (size, digest.digest())
    assert 0 < before_the_kill < size
    assert max(seen) < MOST


def test_one_file_sent_twice_at_once_makes_two_documents_of_one_file(root):
    town, size, answers = Town(root), 64 * 1024**2, []
    try:
        client = signed_in(town, [])
        addresses = [begin(client, size, name).headers["Location"] for name in ("one.txt", "two.txt")]
        at_once = [
            threading.Thread(target=lambda address=address: answers.append(send(client, address, size, 0)))
            for address in addresses
        ]
        for one in at_once:
            one.start()
        for one in at_once:
            one.join()
        made = {answer.headers["Document-Location"] for answer in answers}
        tags = {client.head(f"{document}versions/1/file/").headers["ETag"] for document in made}
        digest = tags.copy().pop().strip('"')

        assert [answer.status_code for answer in answers] == [204, 204]
        assert (len(made), len(tags)) == (2, 1)
        assert (town.intranet.data / "documents" / digest[:2] / digest).stat().st_size == size
        assert not any((town.intranet.data / "documents" / "drafts").iterdir())
    finally:
        town.stop()


def test_a_full_disk_is_said_and_the_upload_goes_on_when_there_is_room_again(root):
    town, size = Town(root), 96 * 1024**2
    folder = town.intranet.data / "documents"
    small = ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(folder)]
    if subprocess.run(small, check=False, capture_output=True).returncode:
        pytest.skip("a small disk of its own can only be mounted by root")
    try:
        client = signed_in(town, [])
        address = begin(client, size).headers["Location"]
        (folder / "something-else").write_bytes(bytes(150 * 1024**2))
        refused = send(client, address, size, 0)
        stands = int(client.head(address, headers=SPOKEN).headers["Upload-Offset"])
        (folder / "something-else").unlink()
        finished = send(client, address, size, stands)

        assert (refused.status_code, "large.txt" in refused.text, "<" in refused.text) == (507, True, False)
        assert 0 < stands < size
        assert (finished.status_code, "Document-Location" in finished.headers) == (204, True)
    finally:
        town.stop()
        subprocess.run(["umount", str(folder)], check=True)

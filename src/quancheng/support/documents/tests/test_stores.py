"""Both stores keep the same promises; the bucket is a real S3-compatible server's."""

import hashlib
import logging
import os

import pytest

from quancheng.support.documents.adapters import Bucket, Folder, local_copy


@pytest.fixture(scope="module")
def server():
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path):
    if request.param == "folder":
        return Folder(tmp_path / "store")
    import boto3

    endpoint, name = request.getfixturevalue("server"), f"files-{os.urandom(4).hex()}"
    facts = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=endpoint, **facts).create_bucket(Bucket=name)
    return Bucket(bucket=name, endpoint=endpoint, region="us-east-1", key="key", secret="secret", prefix="site")


def put(store, tmp_path, content):
    source, digest = tmp_path / "source", hashlib.sha256(content).hexdigest()
    source.write_bytes(content)
    store.put(digest, source)
    return digest


def test_bytes_come_back_from_any_place(store, tmp_path):
    content = os.urandom(20_000_000)  # several parts
    digest = put(store, tmp_path, content)

    with store.open(digest) as stream:
        stream.seek(19_000_001)
        end = stream.read()
        stream.seek(5)
        assert stream.read(10) == content[5:15]
    assert end == content[19_000_001:]
    assert not (tmp_path / "source").exists()


def test_the_same_is_kept_once(store, tmp_path):
    assert put(store, tmp_path, b"one") == put(store, tmp_path, b"one")

    assert list(store.digests()) == [hashlib.sha256(b"one").hexdigest()]


def test_what_is_removed_is_gone_and_may_be_removed_again(store, tmp_path):
    digest = put(store, tmp_path, b"gone")

    store.remove(digest)
    store.remove(digest)

    assert not store.exists(digest)
    with pytest.raises(FileNotFoundError):
        store.open(digest)


def test_quarantine_is_out_of_reach(store, tmp_path):
    digest = put(store, tmp_path, b"bad")

    store.set_aside(digest)
    store.set_aside(digest)

    assert not store.exists(digest)
    assert list(store.digests()) == []


def test_programs_get_a_file_of_their_own(store, tmp_path):
    digest = put(store, tmp_path, b"content")

    with local_copy(store, digest, tmp_path / "drafts") as path:
        assert path.read_bytes() == b"content"
    with pytest.raises(FileNotFoundError), local_copy(store, "0" * 64, tmp_path / "drafts"):
        pass


@pytest.mark.parametrize("digest", ["../../etc/passwd", "0" * 63, "G" * 64, ""])
def test_no_digest_leads_elsewhere(store, digest):
    with pytest.raises(FileNotFoundError):
        store.open(digest)

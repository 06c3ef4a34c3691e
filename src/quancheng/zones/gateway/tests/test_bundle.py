"""The file format: what was written is read back, and whatever was changed since is noticed and named."""

import hashlib
import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.zones.gateway.engine import bundle, container, faults, manifest
from quancheng.zones.gateway.tests.world import START, enclosure, letter, sign_as, verify

QUIET = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(folder: Path, *texts: str, files: tuple[bytes, ...] = (), sign=None, **changes) -> Path:
    wishes = {"sender": "extranet", "receiver": "intranet", "sequence": 7, "previous": "a" * 64, **changes}
    written = bundle.write(
        folder,
        created_at=START,
        sign=sign or sign_as("extranet"),
        letters=[letter(text) for text in texts],
        enclosures=[enclosure(content) for content in files],
        **wishes,
    )
    target = folder / written.manifest.address.file_name()
    bundle.publish(written.path, target)
    return target


def read(path: Path, **changes) -> bundle.Bundle:
    return bundle.read(path, **{"here": "intranet", "peer": "extranet", "verify": verify, **changes})


class TestRoundTrip:
    @QUIET
    @given(
        texts=st.lists(st.text("abcdef", max_size=20), unique=True, max_size=5), files=st.sets(st.binary(max_size=300))
    )
    def test_gives_back_messages_and_files_unchanged(self, tmp_path, texts, files):
        path = write(tmp_path, *texts, files=tuple(sorted(files)), acknowledges=4, requests=[9, 11])

        with read(path) as opened:
            assert [item.id for item in opened.letters()] == [f"m-{text}" for text in texts]
            assert {opened.open(hashlib.sha256(content).hexdigest()).read() for content in files} == files
            assert (opened.manifest.acknowledges, opened.manifest.requests) == (4, (9, 11))
            assert opened.digest == hashlib.sha256(path.read_bytes()).hexdigest()

    def test_opens_with_any_archiver(self, tmp_path):
        path = write(tmp_path, "one", files=(b"scan",))

        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert archive.namelist()[:3] == ["manifest.json", "signature.jws", "messages/000001.json"]

    def test_leaves_no_trace_when_a_file_is_not_what_it_was_announced_as(self, tmp_path):
        lying = bundle.Enclosure("0" * 64, 4, lambda: io.BytesIO(b"scan"))

        with pytest.raises(faults.TamperedBundle):
            bundle.write(
                tmp_path, sender="extranet", receiver="intranet", sequence=1, previous="", created_at=START,
                sign=sign_as("extranet"), enclosures=[lying],
            )  # fmt: skip

        assert list(tmp_path.iterdir()) == []

    def test_streams_large_files_in_constant_memory(self, tmp_path):
        size = 48 * 1024 * 1024
        source = tmp_path / "large"
        with source.open("wb") as stream:
            stream.truncate(size)
        digest = hashlib.file_digest(source.open("rb"), "sha256").hexdigest()

        tracemalloc.start()
        written = bundle.write(
            tmp_path, sender="extranet", receiver="intranet", sequence=1, previous="", created_at=START,
            sign=sign_as("extranet"), enclosures=[bundle.Enclosure(digest, size, lambda: source.open("rb"))],
        )  # fmt: skip
        path = tmp_path / "extranet-intranet-00000001.qcb"
        bundle.publish(written.path, path)
        with read(path):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert peak < 4 * 1024 * 1024


class TestTampering:
    @settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_notices_any_single_changed_byte(self, tmp_path, data):
        path = write(tmp_path, "one", "two", files=(b"scan of a lease",))
        content = bytearray(path.read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content)

        with pytest.raises(faults.BundleFault):
            read(path)

    def test_notices_a_file_that_ends_too_early_anywhere(self, tmp_path):
        path = write(tmp_path, "one", files=(b"scan",))
        content = path.read_bytes()

        for length in range(len(content)):
            path.write_bytes(content[:length])
            with pytest.raises(faults.TruncatedBundle):
                read(path)

    def test_notices_bytes_after_the_end(self, tmp_path):
        path = write(tmp_path, "one")
        path.write_bytes(path.read_bytes() + b"!")

        with pytest.raises(faults.TamperedBundle) as caught:
            read(path)

        assert caught.value.part == "directory"

    def test_names_the_changed_part(self, tmp_path):
        path = write(tmp_path, "one", "two")
        path.write_bytes(path.read_bytes().replace(b'"text":"two"', b'"text":"owt"'))

        with pytest.raises(faults.TamperedBundle) as caught:
            read(path)

        assert caught.value.part == "messages/000002.json"

    def test_names_the_part_even_if_the_checksum_was_adapted(self, tmp_path):
        honest = write(tmp_path, "one", files=(b"lease",))
        page = zipfile.ZipFile(honest).read("manifest.json")
        forged = _pack(tmp_path, {
            "manifest.json": page,
            "signature.jws": zipfile.ZipFile(honest).read("signature.jws"),
            "messages/000001.json": b'{"text":"two"}',
            f"files/{hashlib.sha256(b'lease').hexdigest()}": b"lease",
        })  # fmt: skip

        with pytest.raises(faults.TamperedBundle) as caught:
            read(forged)

        assert caught.value.part == "messages/000001.json"


class TestRefusal:
    def test_of_a_bundle_without_signature(self, tmp_path):
        honest = write(tmp_path, "one")
        stripped = _pack(tmp_path, {
            "manifest.json": zipfile.ZipFile(honest).read("manifest.json"),
            "messages/000001.json": letter("one").body,
        })  # fmt: skip

        with pytest.raises(faults.UnsignedBundle):
            read(stripped)

    def test_of_a_bundle_signed_by_somebody_else(self, tmp_path):
        with pytest.raises(faults.ForgedBundle):
            read(write(tmp_path, "one", sign=sign_as("intranet")))

    @pytest.mark.parametrize(
        ("sender", "receiver"), [("extranet", "county"), ("intranet", "extranet"), ("county", "intranet")]
    )
    def test_of_a_bundle_for_or_from_another_zone(self, tmp_path, sender, receiver):
        with pytest.raises(faults.WrongZone):
            read(write(tmp_path, "one", sender=sender, receiver=receiver))

    def test_of_a_bundle_under_another_name(self, tmp_path):
        path = write(tmp_path, "one")

        with pytest.raises(faults.MisnamedBundle):
            read(path.rename(tmp_path / "extranet-intranet-00000008.qcb"))

    def test_of_a_bundle_beyond_the_limits(self, tmp_path):
        path = write(tmp_path, "one", "two")

        with pytest.raises(faults.OversizedBundle):
            read(path, limits=manifest.Limits(messages=1))

    @pytest.mark.parametrize("change", [
        {"sequence": 0}, {"sequence": True}, {"format": "other/1"}, {"previous": "x"}, {"created_at": "2026-11-23"},
        {"files": [{"sha256": "../../etc/passwd", "size": 1}]}, {"surplus": 1}, {"requests": [0]}, {"messages": {}},
    ])  # fmt: skip
    def test_of_a_signed_manifest_that_does_not_follow_the_format(self, tmp_path, change):
        page = json.loads(zipfile.ZipFile(write(tmp_path)).read("manifest.json")) | change
        content = json.dumps(page, sort_keys=True, separators=(",", ":")).encode()
        path = _pack(tmp_path, {"manifest.json": content, "signature.jws": sign_as("extranet")(content).encode()})

        with pytest.raises(faults.MalformedBundle):
            read(path)

    @QUIET
    @given(content=st.binary(max_size=400))
    def test_of_anything_that_is_no_bundle(self, tmp_path, content):
        path = tmp_path / "extranet-intranet-00000007.qcb"
        path.write_bytes(content)

        with pytest.raises(faults.BundleFault):
            read(path)


def _pack(folder: Path, parts: dict[str, bytes]) -> Path:
    """Build a well-formed container with any content: what an adversary with our own tools could do."""
    path = folder / "extranet-intranet-00000007.qcb"
    with path.open("wb") as stream:
        writer = container.Writer(stream)
        for name, content in parts.items():
            writer.add(name, content, size=len(content))
        writer.close()
    return path

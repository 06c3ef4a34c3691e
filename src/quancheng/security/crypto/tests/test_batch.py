"""Many documents signed with one signature, through the API, and judged through the API and on the command line."""

import base64
import hashlib
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from quancheng.security.crypto.tests.conftest import CODE

pytestmark = pytest.mark.django_db
DOCUMENTS = [f"第 {number} 号".encode() for number in range(5)]
DIGESTS = [hashlib.sha256(item).hexdigest() for item in DOCUMENTS]


class TestBatch:
    def test_is_signed_and_each_document_verified_alone(self, system):
        made = system.does("batch", digests=DIGESTS)

        for document, proof in zip(DOCUMENTS, made.proofs, strict=True):
            verdict = system.does("verify", form="batch", signature=base64.b64decode(proof), content=document)
            assert (verdict.valid, verdict.organisation) == (True, CODE)

    def test_is_verified_by_digest_too(self, system):
        made = system.does("batch", digests=DIGESTS)
        proof = base64.b64decode(made.proofs[2])

        assert system.does("verify", form="batch", signature=proof, digest=DIGESTS[2]).valid
        assert not system.does("verify", form="batch", signature=proof, digest=DIGESTS[1]).valid

    @pytest.mark.parametrize("digests", [[], ["zz"], "x", [1], ["00"] * 1001])
    def test_of_something_else_is_refused(self, system, digests):
        assert system.call("batch", digests=digests).status_code == 400

    def test_of_digests_of_another_length_is_refused(self, system):
        assert system.call("batch", digests=["00"]).status_code == 422


class TestCommand:
    def test_judges_a_document_with_its_proof(self, system, tmp_path):
        made = system.does("batch", digests=DIGESTS)
        (tmp_path / "document").write_bytes(DOCUMENTS[1])
        (tmp_path / "proof").write_bytes(base64.b64decode(made.proofs[1]))
        said = StringIO()

        call_command("crypto", "verify", str(tmp_path / "document"), str(tmp_path / "proof"), stdout=said)

        assert CODE in said.getvalue()
        assert said.getvalue().endswith("2/5\n")

    def test_refuses_another_document(self, system, tmp_path):
        made = system.does("batch", digests=DIGESTS)
        (tmp_path / "document").write_bytes(DOCUMENTS[0])
        (tmp_path / "proof").write_bytes(base64.b64decode(made.proofs[1]))

        with pytest.raises(CommandError):
            call_command("crypto", "verify", str(tmp_path / "document"), str(tmp_path / "proof"))

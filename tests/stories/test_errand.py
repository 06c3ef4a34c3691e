"""The whole errand over HTTP without scripts, and what others can verify of its results."""

import re
import shutil
import sqlite3
import subprocess

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from quancheng.project.errand.visitor import LostError, Visitor

pytestmark = pytest.mark.story


def test_every_step_is_taken_and_verified(opened):
    assert [step.title for step in opened.done] == [step.title for step in opened.steps]
    assert all(step.verified for step in opened.done)


def test_each_department_that_took_part_issued_its_licence(opened):
    assert len(opened.licences) == 4


@pytest.fixture(scope="module")
def root_certificate(town):
    return town.root / "ceremony" / "root.crt"


def test_a_licence_validates_with_an_independent_validator_that_trusts_only_the_root(opened, root_certificate):
    from asn1crypto import pem, x509

    _, _, der = pem.unarmor(root_certificate.read_bytes())
    context = ValidationContext(trust_roots=[x509.Certificate.load(der)], allow_fetching=False)
    for place in opened.save_licences():
        with place.open("rb") as stream:
            (signature,) = PdfFileReader(stream).embedded_regular_signatures
            status = validate_pdf_signature(signature, context, context)

            assert status.bottom_line, status.pretty_print_details()
            assert status.timestamp_validity.trusted


def _certificates(place):
    """Return the certificates inside a sealed PDF's signature, the sealing one first, and the signature itself."""
    with place.open("rb") as stream:
        (signature,) = PdfFileReader(stream).embedded_regular_signatures
        return [signature.signer_cert, *signature.other_embedded_certs], signature.signed_data


def test_its_chain_verifies_with_openssl(opened, root_certificate, tmp_path):
    from asn1crypto import pem

    certificates, _ = _certificates(opened.save_licences()[0])
    names = [tmp_path / f"{number}.crt" for number, _ in enumerate(certificates)]
    for name, certificate in zip(names, certificates, strict=True):
        name.write_bytes(pem.armor("CERTIFICATE", certificate.dump()))
    untrusted = [word for name in names[1:] for word in ("-untrusted", str(name))]

    outcome = subprocess.run(
        ["openssl", "verify", "-CAfile", root_certificate, *untrusted, names[0]],
        capture_output=True,
        text=True,
        check=False,
    )

    assert outcome.returncode == 0, outcome.stderr


def test_its_timestamp_verifies_with_openssl(opened, root_certificate, tmp_path):
    from asn1crypto import pem

    _, signed = _certificates(opened.save_licences()[0])
    signer = signed["signer_infos"][0]
    attribute = next(item for item in signer["unsigned_attrs"] if item["type"].native == "signature_time_stamp_token")
    token = attribute["values"][0]
    (tmp_path / "token.der").write_bytes(token.dump())
    (tmp_path / "signature").write_bytes(signer["signature"].native)
    chain = b"".join(pem.armor("CERTIFICATE", item.chosen.dump()) for item in token["content"]["certificates"])
    (tmp_path / "chain.crt").write_bytes(chain)

    openssl = ["openssl", "ts", "-verify", "-token_in", "-CAfile", root_certificate]
    openssl += ["-untrusted", tmp_path / "chain.crt"]

    def verify(data):
        return subprocess.run(
            [*openssl, "-in", tmp_path / "token.der", "-data", data],
            capture_output=True,
            text=True,
            check=False,
        )

    assert verify(tmp_path / "signature").returncode == 0, verify(tmp_path / "signature").stderr
    (tmp_path / "other").write_bytes(b"another signature")
    assert verify(tmp_path / "other").returncode != 0


def test_the_other_department_s_attempts_stand_in_the_trail(opened, town):
    with sqlite3.connect(f"file:{town.intranet.data / 'quancheng.sqlite3'}?mode=ro", uri=True) as rows:
        refused = rows.execute("select count(*) from trail_entry where outcome = 'pmi.forbidden'").fetchone()[0]

    assert refused >= 6


def test_a_stranger_s_post_is_refused_too(opened, town):
    stranger = opened.person("other")
    token = stranger.client.cookies.get("intranet_csrf")
    for act in ("accept", "corrections", "refuse", "opinion", "decide"):
        answer = stranger.client.post(f"{opened.case}do/{act}/", data={"csrfmiddlewaretoken": token})

        assert answer.status_code == 403, act


def test_another_citizen_sees_nothing_of_it(opened, town):
    other = opened.person("zhangwei")

    assert other.client.get(opened.submission).status_code in {403, 404}
    for link in re.findall(r"/hall/wallet/\d+/", str(opened.citizen.open(opened.submission).html)):
        assert other.client.get(link).status_code in {403, 404}


def test_nobody_in_particular_is_sent_to_the_login(opened, town):
    anyone = Visitor(town.extranet.url, "anyone")

    assert "/accounts/login/" in anyone.open(opened.submission).url


def test_staff_do_not_exist_outside_and_citizens_not_inside(town):
    for site, username in ((town.extranet, "window"), (town.intranet, "wangxiaomei")):
        with pytest.raises(LostError):
            Visitor(site.url, username).sign_in(username, "quancheng-demo-2026")


def _tables(site):
    with sqlite3.connect(f"file:{site.data / 'quancheng.sqlite3'}?mode=ro", uri=True) as rows:
        return {name for (name,) in rows.execute("select name from sqlite_master where type = 'table'")}


def test_an_app_of_the_other_zone_has_no_tables_here(town):
    outside, inside = _tables(town.extranet), _tables(town.intranet)

    assert [name for name in outside if name.startswith(("approvals_", "population_", "entities_", "intranet_"))] == []
    assert [name for name in inside if name.startswith(("hall_", "portal_", "wagtail"))] == []
    assert {"hall_submission", "trail_entry"} <= outside
    assert {"approvals_application", "trail_entry"} <= inside


@pytest.mark.parametrize(
    ("site", "paths"),
    [
        ("extranet", ["/approvals/", "/workbench/", "/population/"]),
        ("intranet", ["/hall/", "/portal/search/", "/cms/"]),
    ],
)
def test_an_app_of_the_other_zone_has_no_pages_here(town, site, paths):
    anyone = Visitor(getattr(town, site).url, "anyone")

    for path in paths:
        assert anyone.client.get(path).status_code == 404, path


def test_a_flipped_byte_in_the_trail_is_named(opened, town, tmp_path):
    copy = tmp_path / "intranet"
    town.kill("intranet-worker")  # the log stands still while it is copied
    shutil.copytree(town.intranet.data, copy)
    town.start_one("intranet-worker")
    tile = max((copy / "trail").rglob("tile/0/**/*"), key=lambda path: path.is_file() and path.stat().st_size)
    content = bytearray(tile.read_bytes())
    content[40] ^= 1
    tile.write_bytes(content)

    outcome = subprocess.run(
        [*_quancheng(), "trail", "verify"],
        env={**_environment(town.intranet), "QC_DATA": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert outcome.returncode != 0
    assert "tile" in outcome.stdout + outcome.stderr


def _quancheng():
    from quancheng.support.demo.engine.town import QUANCHENG

    return QUANCHENG


def _environment(site):
    import os

    return {**os.environ, "QC_ZONE": site.zone, "QC_DATABASE_URL": "", **site.settings}

"""A site with its own authorities for every test, and openssl to contradict us."""

import subprocess

import pytest

from quancheng.kernel import config as kernel
from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import certificates

CODE, NAME = "370100-spfw", "济南市行政审批服务局"


@pytest.fixture
def site(monkeypatch, tmp_path):
    """An empty data folder whose site improvises its authorities; returns the folder of the PKI."""
    monkeypatch.setenv("QC_DATA", str(tmp_path / "data"))
    kernel.data_dir.cache_clear()
    yield tmp_path / "data" / "pki"
    kernel.data_dir.cache_clear()


@pytest.fixture
def seal(site, db):
    """The signer of an organisation's seal."""
    pki.ensure_organisation_seal(CODE, NAME)
    return pki.organisation_signer(CODE)


class OpenSsl:
    """Runs openssl in a folder that holds `roots.pem` and `chain.pem`."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, *arguments, **files):
        """Write `files`, run openssl and return its process."""
        for name, content in files.items():
            (self.folder / name).write_bytes(content)
        return subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=False)

    def makes(self, name, *arguments, **files):
        """Run openssl and return the file `name` that it makes."""
        done = self(*arguments, "-out", name, **files)
        assert done.returncode == 0, done.stderr
        return (self.folder / name).read_bytes()


@pytest.fixture
def openssl(tmp_path, site, db):
    """openssl with this site's roots."""
    folder = tmp_path / "openssl"
    folder.mkdir()
    (folder / "roots.pem").write_text("".join(pki.trusted_roots()))
    (folder / "chain.pem").write_bytes(certificates.pem(pki.zone_signer().chain[0]))
    return OpenSsl(folder)

"""django-ca 3.2 (GPL-3.0) as a peer to measure against: installed in its own environment, run as its own processes.

Nothing of it is imported here or in the product, and it stands in no lock. It gets what ours has: SQLite with the same
pragmas, P-256 with SHA-256, granian with one worker and one thread.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "build" / "django-ca"
WISHES = ("django-ca==3.2.0", "granian")

SETTINGS = """
from pathlib import Path

BASE = Path(__file__).parent
SECRET_KEY = "x" * 60
ALLOWED_HOSTS = ["*"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA mmap_size=134217728;"
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": BASE / "peer.sqlite3",
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": PRAGMAS},
}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_ca"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]  # as its own project has it: it says how long answers are
ROOT_URLCONF = "peer_urls"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
FILES = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
STORAGES = {"default": FILES, "django-ca": FILES | {"OPTIONS": {"location": str(BASE / "keys")}}}
CA_DEFAULT_HOSTNAME = "localhost"
CA_USE_CELERY = False
CA_ENABLE_ACME = False
"""
URLS = """
from django.urls import include, path

urlpatterns = [path("django_ca/", include("django_ca.urls"))]
"""
WSGI = """
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
"""
# Issues the requests in a folder, as its `sign_cert` command does, each in a transaction of its own or all in one;
# writes the certificates beside them.
WORK = """
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import django

django.setup()

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction
from django_ca.models import Certificate, CertificateAuthority
from django_ca.profiles import profiles

folder = Path(sys.argv[1])
authority = CertificateAuthority.objects.get()
options = authority.key_backend.get_use_private_key_options(authority, {})
authority.generate_ocsp_key(options)
(folder / "ca.pem").write_bytes(authority.pub.loaded.public_bytes(Encoding.PEM))
wishes = [file.read_bytes() for file in sorted(folder.glob("*.csr"))]
made, begun = [], time.perf_counter()
with transaction.atomic() if sys.argv[2] == "together" else nullcontext():
    for content in wishes:
        csr = x509.load_pem_x509_csr(content)
        made.append(
            Certificate.objects.create_cert(authority, options, csr, profile=profiles["client"], subject=csr.subject)
        )
seconds = time.perf_counter() - begun
for number, item in enumerate(made):
    (folder / f"{number:05}.pem").write_bytes(item.pub.loaded.public_bytes(Encoding.PEM))
print(len(made) / seconds)
"""


class Unavailable(Exception):
    """The peer cannot be run here; the message says why."""


class DjangoCa:
    """One installation with its authority, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for name, text in {"peer_settings": SETTINGS, "peer_urls": URLS, "peer_wsgi": WSGI, "work": WORK}.items():
            (folder / f"{name}.py").write_text(text)
        self.environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith(("QC_", "PYTHON"))},
            "DJANGO_SETTINGS_MODULE": "peer_settings",
            "PYTHONPATH": str(folder),
        }
        self._install()
        self._run("django-admin", "migrate", "-v0")
        self._run(
            "django-admin", "init_ca", "--key-type", "EC", "--elliptic-curve", "secp256r1", "--algorithm", "SHA-256",
            "Bench", "CN=Bench",
        )  # fmt: skip

    def issue(self, wishes: list[bytes], name: str, *, together: bool = False) -> float:
        """Issue certificates for CSRs (PEM) and return how many a second; they lie in the folder `name`.

        Each is committed by itself, or all `together`.
        """
        place = self.folder / name
        place.mkdir()
        for number, content in enumerate(wishes):
            (place / f"{number:05}.csr").write_bytes(content)
        return float(self._run("python", "work.py", name, "together" if together else "single").splitlines()[-1])

    def serve(self, port: int) -> "subprocess.Popen[bytes]":
        """Start its server."""
        words = ["--interface", "wsgi", "--port", str(port), "--no-access-log", "--blocking-threads", "1"]
        return subprocess.Popen(
            [str(HOME / "bin" / "granian"), *words, "peer_wsgi:application"],
            cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _install(self) -> None:
        if (HOME / "installed").exists():
            return
        steps = (
            [sys.executable, "-m", "venv", str(HOME)],
            [str(HOME / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", *WISHES],
        )
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Unavailable(f"{' '.join(WISHES)} cannot be installed: {done.stderr.strip()[-300:]}")
        (HOME / "installed").touch()

    def _run(self, program: str, *words: str) -> str:
        done = subprocess.run(
            [str(HOME / "bin" / program), *words],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Unavailable(f"{program} {words[0]} failed: {done.stderr.strip()[-300:]}")
        return done.stdout

"""What a site has of its own: its secret and its database, read from the environment."""

import os
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from quancheng.kernel import config


def secret_key() -> str:
    """Return the site's secret, made on first use and kept in its data folder."""
    from django.core.management.utils import get_random_secret_key

    file = config.data_dir() / "secret-key"
    if not file.exists():
        # Written aside and linked into place, so that of several processes starting at once all read the same secret.
        draft = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as new:
            new.write(get_random_secret_key())
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text()


def database(url: str) -> dict[str, object]:
    """Return the settings for `url`: postgresql://user:password@host:port/name; without one, the embedded SQLite."""
    if not url:
        # IMMEDIATE: a transaction that will write takes the lock at its start, so it never fails half-way for it.
        pragmas = (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA mmap_size=134217728;"
        )
        return {
            "ENGINE": "quancheng.kernel.sqlite",
            "NAME": config.data_dir() / "quancheng.sqlite3",
            "TEST": {"NAME": ":memory:"},
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": pragmas},
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # Django turns prepared statements off unless told otherwise. Its own cursors put values into the text and never
        # prepare; what kernel.plain_sql gives to the driver is planned once a connection, not at every click.
        "OPTIONS": {"prepare_threshold": 5},
    }

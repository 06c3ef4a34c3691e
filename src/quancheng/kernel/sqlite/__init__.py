"""Django's backend for SQLite, with fair chances for everybody who waits to write."""

#!/usr/bin/env bash
# The suite: everything once on SQLite, then what touches the database again on a PostgreSQL of its own, then the errand.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

echo "== everything, on SQLite"
$python -m pytest -q -m "not story and not soak and not heavy"

echo "== what touches the database, on PostgreSQL"
$python scripts/postgres.py -- $python -m pytest -q -m "database and not story and not soak and not heavy"

echo "== the errand, in a real browser on two sites"
$python -m pytest -q -n 0 -m "story and not soak and not heavy"

#!/usr/bin/env bash
# The suite: everything on SQLite; what touches the database again on a PostgreSQL of its own, with the errand on it; then
# the errand on two sites in a real browser, and under fire.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

echo "== everything, on SQLite"
$python -m pytest -q -m "not story and not soak and not heavy"

# The walks through every page (tests/security) and the damaged requests (tests/soak) ask the same of both databases: once.
echo "== what touches the database, on PostgreSQL"
$python scripts/postgres.py -- bash -c "
  $python -m pytest -q -m 'database and not story and not soak and not heavy' --reuse-db --ignore=tests/soak \
    --ignore=tests/security &&
  $python -m pytest -q -n 0 -m story tests/stories/test_postgres.py"

echo "== the errand, in a real browser on two sites, and under fire"
$python -m pytest -q -n 0 -m story --ignore=tests/stories/test_postgres.py tests/stories

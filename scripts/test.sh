#!/usr/bin/env bash
# The suite: everything on SQLite; what touches the database again on a PostgreSQL of its own; then the errand on two sites
# in a real browser, and under fire, while another one goes through two sites on PostgreSQL.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

echo "== everything, on SQLite"
$python -m pytest -q -m "not story and not soak and not heavy"

# The walks through every page (tests/security) ask the same of both databases: once.
echo "== what touches the database, on PostgreSQL"
$python scripts/postgres.py -- $python -m pytest -q --reuse-db --ignore=tests/security \
  -m "database and not browser and not story and not soak and not heavy"

echo "== the errand: in a real browser on two sites, under fire, and with both zones on PostgreSQL"
$python scripts/postgres.py -- $python -m pytest -q -n 0 -m story tests/stories/test_postgres.py >build/on-postgres.log 2>&1 &
on_postgres=$!
trap 'kill $on_postgres 2>/dev/null || true' EXIT
$python -m pytest -q -n 0 -m story --ignore=tests/stories/test_postgres.py tests/stories
trap - EXIT
wait $on_postgres && code=0 || code=$?
cat build/on-postgres.log
exit $code

#!/usr/bin/env bash
# The suite: everything on SQLite; what touches the database again on a PostgreSQL of its own, with the errand on it; then
# the errand on two sites in a real browser, and under fire.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

echo "== everything, on SQLite"
$python -m pytest -q -m "not story and not soak and not heavy"

# What walks through every page asks the same questions on both databases; the slowest of these walks are left out here.
walks="--ignore=tests/soak --ignore=tests/security/test_links.py --ignore=tests/security/test_lists.py"
echo "== what touches the database, on PostgreSQL"
$python scripts/postgres.py -- bash -c "
  $python -m pytest -q -m 'database and not story and not soak and not heavy' $walks -k 'not each_zone_by_itself' &&
  $python -m pytest -q -n 0 -m story tests/stories/test_postgres.py"

echo "== the errand, in a real browser on two sites, and under fire"
$python -m pytest -q -n 0 -m story --ignore=tests/stories/test_postgres.py tests/stories

#!/usr/bin/env bash
# Brings a bare Debian 12 to the point where `make demo` (run) or `make test` (test) can work. Safe to run again:
# each step is skipped when what it makes is there and its inputs have not changed.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:?usage: setup.sh run|test|heavy}
mkdir -p build

packages="python3-venv gettext openssl curl jq fonts-noto-cjk"
[ "$what" = run ] || packages="$packages git postgresql chromium libatomic1 poppler-utils certbot dehydrated lego gnutls-bin xmlsec1 bsdextrautils softhsm2 nginx-light"
# What only `make test-heavy` uses: office files as pages, text of scans, malware, a log platform.
[ "$what" = heavy ] && packages="$packages libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui tesseract-ocr tesseract-ocr-chi-sim clamav-daemon rsyslog rsyslog-gnutls"
command -v node >/dev/null && command -v npm >/dev/null || packages="$packages nodejs npm"
missing=""
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  echo "installing Debian packages:$missing"
  sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo"
  $sudo apt-get update -q >build/apt.log 2>&1 || { tail -20 build/apt.log; exit 1; }
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends $missing >>build/apt.log 2>&1 \
    || { tail -20 build/apt.log; exit 1; }
fi

stamp() { cat "$@" | sha256sum | cut -c1-16; }

# The front-end packages come while the Python ones do: both wait for the network and the disk.
front=build/.npm.$(stamp package-lock.json scripts/vendor.py scripts/bundles/*.js)
if [ ! -e "$front" ]; then
  echo "installing front-end packages"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >build/npm.log 2>&1 &
  npm=$!
fi

lock=requirements/base.txt; [ "$what" = run ] || lock=requirements/test.txt
mark=.venv/.$(basename "$lock").$(stamp "$lock" pyproject.toml)
if [ ! -e "$mark" ]; then
  echo "installing Python packages from $lock"
  [ -x .venv/bin/python ] || python3 -m venv .venv
  # The lock names every package, so pip is not to look for any: else one that asks for another's extra (pydantic[email]) makes it
  # pick the newest release of that, which no hash covers, on the day it appears.
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r "$lock" >build/pip.log 2>&1 || { tail -30 build/pip.log; exit 1; }
  # The package itself is found through a path file: nothing to build, nothing more to download.
  .venv/bin/python - <<'P'
import pathlib, sysconfig
site = pathlib.Path(sysconfig.get_paths()["purelib"])
(site / "quancheng.pth").write_text(str(pathlib.Path("src").resolve()) + "\n")
command = pathlib.Path(".venv/bin/quancheng")
command.write_text(f"#!{pathlib.Path('.venv/bin/python').absolute()}\nfrom quancheng.project.command import main\nmain()\n")
command.chmod(0o755)
P
  touch "$mark"
fi

if [ ! -e "$front" ]; then
  wait "$npm" || { tail -20 build/npm.log; exit 1; }
  .venv/bin/python scripts/vendor.py
  touch "$front"
fi

# Lighthouse is in a package of its own: only `make test-heavy` needs it, and its dependencies are many.
if [ "$what" = heavy ]; then
  mark=build/.lighthouse.$(stamp tests/lighthouse/package-lock.json)
  if [ ! -e "$mark" ]; then
    echo "installing lighthouse"
    npm ci --prefix tests/lighthouse --ignore-scripts --no-audit --no-fund --loglevel=error >build/lighthouse.log 2>&1 || { tail -20 build/lighthouse.log; exit 1; }
    touch "$mark"
  fi
fi

# .mo files are products of the .po files; only what changed is compiled.
find src -name django.po | while read -r po; do
  [ "${po%.po}.mo" -nt "$po" ] || msgfmt --check-format -o "${po%.po}.mo" "$po"
done

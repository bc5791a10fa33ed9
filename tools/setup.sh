#!/bin/sh
# Makes a virtual environment and installs what one task needs; does nothing, offline and at once, when that is already
# there. Usage: tools/setup.sh run|test|bench|judge
#
# A stamp in the environment says what was installed: the checksum of every file that decides it and of where the
# checkout stands (scripts in an environment name their interpreter by its full path, so a moved one must be made anew).
# It is written last, so an interrupted set-up is simply done again.
set -eu
cd "$(dirname "$0")/.."

case "${1:-}" in
  run | test) environment=.venv decided_by="pyproject.toml constraints.txt tools/requirements.py tools/frontend.py hatch_build.py" ;;
  bench) environment=.venv-bench decided_by=benchmarks/rivals.txt ;;
  judge) environment=.venv-judge decided_by=tests/ocds_judge.txt ;;
  *) echo "usage: tools/setup.sh run|test|bench|judge" >&2; exit 2 ;;
esac

wanted() {
  # shellcheck disable=SC2086  # one word per file
  { pwd; cat tools/setup.sh $decided_by; } | cksum
}

current() { # task
  [ -x "$environment/bin/python" ] && [ -f "$environment/.stamp-$1" ] && [ "$(cat "$environment/.stamp-$1")" = "$(wanted)" ]
}

suitable() { # an interpreter; version managers leave names on PATH that fail when called, so it is asked, not looked up
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if suitable "$candidate"; then echo "$candidate"; return; fi
  done
  echo "Candour needs Python 3.11 or newer, and found none (tried: ${PYTHON:-python3 python3.13 python3.12 python3.11})." >&2
  echo "Install one, or name it: make PYTHON=/path/to/python3 ..." >&2
  return 1
}

# Debian and Ubuntu ship Python without the part that makes virtual environments.
provide_venv() { # interpreter
  if "$1" -c 'import ensurepip, venv' 2>/dev/null; then return; fi
  package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  if tools/apt-install.sh "$package"; then return; fi
  echo "This Python ($1) cannot make virtual environments. Install the missing part, then run make again." >&2
  exit 1
}

# Left by an earlier run, made in this very place, with a working pip. A moved or copied environment still starts, but
# its programs name the interpreter of the old place.
usable() {
  grep -qsF -e " -m venv $(pwd -P)/$environment" "$environment/pyvenv.cfg" &&
    "$environment/bin/python" -m pip --version >/dev/null 2>&1
}

create() {
  python=$(find_python)
  provide_venv "$python"
  rm -rf "$environment"
  "$python" -m venv "$environment"
}

pip_install() {
  PIP_DISABLE_PIP_VERSION_CHECK=1 "$environment/bin/python" -m pip install --quiet "$@"
}

install() { # extras
  "$environment/bin/python" tools/requirements.py "$@" > "$environment/requirements.txt"
  # Constraints go through the environment rather than an option: only so do they hold in isolated builds too (older pip
  # reads the first, newer the second). Relative names, because pip splits these variables at spaces.
  PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
    pip_install --requirement "$environment/requirements.txt"
  # The build back end is in the environment already: an isolated build would ask the network for it each time.
  pip_install --no-build-isolation --no-deps --editable .
}

install_rivals() {
  pip_install --requirement "$decided_by"
}

# Apart from the stamp, because styles change more often than packages do. It has a stamp of its own.
build_pages() { # task
  "$environment/bin/python" tools/frontend.py "$1"
}

if current "$1"; then
  case "$1" in run | test) build_pages "$1" ;; esac
  exit 0
fi

echo "Preparing $environment: about a minute, once."
usable || create
case "$1" in
  run) install ;;
  test) install test; build_pages test ;;
  bench | judge) install_rivals ;;
esac
wanted > "$environment/.stamp-$1"
if [ "$1" = test ]; then cp "$environment/.stamp-test" "$environment/.stamp-run"; fi

#!/bin/sh
# Installs Debian packages where it can, and otherwise says how to; fails when they are not there afterwards.
# Usage: tools/apt-install.sh PACKAGE...
set -eu

if ! command -v apt-get >/dev/null; then
  echo "Missing here: $*. These are Debian's names; install your system's equivalents." >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "Missing here. Install with: sudo apt-get install --no-install-recommends $*" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
echo "Installing $* from Debian's packages."
# A fresh machine has no package lists; one long unused has lists too old to fetch by.
apt-get install --yes --quiet=2 --no-install-recommends "$@" >/dev/null 2>&1 && exit 0
apt-get update --quiet=2 && apt-get install --yes --quiet=2 --no-install-recommends "$@" >/dev/null

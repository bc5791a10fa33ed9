#!/bin/sh
# Provides the programs the tests use that are not Python packages. This is their only list.
# Under CI=true a program that cannot be installed is an error; elsewhere the tests that need it say so.
set -eu
cd "$(dirname "$0")/.."

missing=""
need() { # package, then a command or a directory that shows it is there
  case "$2" in
    /*) [ -d "$2" ] ;;
    *) command -v "$2" >/dev/null ;;
  esac || missing="$missing $1"
}

need chromium chromium                        # opens the pages as a reader does
need default-jre-headless java                # runs the HTML checker
need newsboat newsboat                        # follows the feeds as a person does
PATH="$PATH:/usr/sbin" need nginx-light nginx  # serves the finished files by our configuration
need golang-go go                             # builds the log verifier that is not ours
need golang-golang-x-mod-dev /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog

if [ -z "$missing" ]; then exit 0; fi
# shellcheck disable=SC2086  # one word per package
if tools/apt-install.sh $missing; then exit 0; fi
if [ "${CI:-}" = true ]; then exit 1; fi
echo "Going on without:$missing" >&2

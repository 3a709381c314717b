#!/bin/sh
# What `npm test` and `npm run prove` need besides npm packages: Debian packages and a filled store.
# `setup.sh prove` adds what only the slow tests need. Says what it installs; does nothing, and needs no network, when everything is there.
set -eu
cd "$(dirname "$0")/.."

sh scripts/compile.sh "$PWD"

missing=
for package in $(sed 's/#.*//' scripts/test-packages.txt | awk '{print $1}'); do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "The tests need these Debian packages; install them as root: apt-get install --no-install-recommends$missing" >&2
    exit 6
  fi
  echo "kilopy: installing Debian packages for the tests:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # A machine without systemd must not try to start what it installs.
  apt-get install -y -qq --no-install-recommends $missing </dev/null >build/apt.log 2>&1 || {
    cat build/apt.log >&2
    exit 6
  }
fi

node_modules/.bin/tsx scripts/fill-test-store.ts "$@"

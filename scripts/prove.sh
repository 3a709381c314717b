#!/bin/sh
# `npm run prove [-- --long] [FILES]`: the expensive matrix. On CI (CI=true) a fixed subset of it: see test/support/extent.ts.
set -eu
cd "$(dirname "$0")/.."

long=0
for argument in "$@"; do
  shift
  if [ "$argument" = --long ]; then long=1; else set -- "$@" "$argument"; fi
done
export KILOPY_LONG="$long"

sh scripts/setup.sh prove
exec node_modules/.bin/vitest run --config vitest.prove.config.ts "$@"

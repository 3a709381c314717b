#!/bin/sh
# Installs the npm dependencies of a checkout and compiles it: compile.sh TOP
set -eu
cd "$1"

if ! command -v node >/dev/null 2>&1; then
  echo 'kilopy needs Node.js 20.19 or newer: apt install nodejs npm, or https://nodejs.org/en/download' >&2
  exit 6
fi
if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
  echo "kilopy needs Node.js 20.19 or newer; this is $(node --version)" >&2
  exit 6
fi

# Two commands started at once must not install into the same folder together.
mkdir -p build
if command -v flock >/dev/null 2>&1 && [ "${KILOPY_COMPILE_LOCKED:-}" = "" ]; then
  KILOPY_COMPILE_LOCKED=1 exec flock build/.lock sh "scripts/compile.sh" "$PWD"
fi

if ! cmp -s package-lock.json node_modules/.kilopy-lock; then
  echo 'kilopy: installing npm dependencies into node_modules/ (npm ci)'
  npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
  cp package-lock.json node_modules/.kilopy-lock
else
  # Same content: a checkout may have touched it.
  touch node_modules/.kilopy-lock
fi

if [ ! -e build/.stamp ] || [ -n "$(find src package.json tsconfig.build.json scripts/bundle.js scripts/merge-chunks.js -newer build/.stamp -print -quit)" ]; then
  echo 'kilopy: compiling src/ into build/'
  # The stamp is older than the compiler's reading, so that an edit during the compilation is seen the next time.
  touch build/.stamp.new
  node node_modules/typescript/bin/tsc -p tsconfig.build.json
  node scripts/bundle.js
  mv build/.stamp.new build/.stamp
fi
